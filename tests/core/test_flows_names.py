"""Companies to vendors, projects to jobs, cost codes to items: what is linked, made, and asked about."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import RULES, Town
from tieout.core.books import Account, Customer, Item, Vendor
from tieout.core.construction import Company
from tieout.core.drafts import ItemDraft, JobDraft, Ref, VendorDraft
from tieout.core.flows.cost_code_to_item import coding_of
from tieout.core.money import money
from tieout.core.picture import Said
from tieout.core.plan import Intent
from tieout.core.problems import Problem

VENDORS, JOBS, ITEMS = "company_to_vendor", "project_to_job", "cost_code_to_item"


def town_of(vendor: str = "Norton Lumber", code: str = "03-300.S") -> Town:
    town = Town()
    town.subcontract("SC-1", vendor=vendor, lines={code: "10000.00"})
    return town


def vendor_intent(town: Town, vendor: str = "Norton Lumber") -> Intent:
    return town.intent(VENDORS, f"co {vendor}")


def job_intent(town: Town) -> Intent:
    return town.intent(JOBS, town.project.id)


def item_intent(town: Town, name: str = "03-300.s") -> Intent:
    return town.intent(ITEMS, name)


def asked(intent: Intent) -> Problem:
    assert intent.act == "ask"
    [problem] = intent.problems
    return problem


# --- companies to vendors --------------------------------------------------------------------------------------------


def test_A44_A48_a_company_becomes_a_vendor_with_all_that_procore_knows_of_it():
    town = town_of()
    town.field.companies["co Norton Lumber"] = Company(
        id="co Norton Lumber", name="Norton  Lumber ", email="ar@norton.example", phone="1", fax="2", website="3",
        street="4 Mill Rd", city="Elm", state="IN", postal_code="47130", country="US", tax_id="12-3456789")
    assert vendor_intent(town).draft == VendorDraft(
        name="Norton Lumber", email="ar@norton.example", phone="1", fax="2", website="3", street="4 Mill Rd",
        city="Elm", state="IN", postal_code="47130", country="US")


def test_A45_the_vendor_of_exactly_that_name_is_linked_and_no_twin_is_made():
    town = town_of()
    town.books.vendors["7"] = Vendor(id="7", name="NORTON   lumber")
    intent = vendor_intent(town)
    assert (intent.act, intent.target) == ("settle", "7")


def test_an_inactive_vendor_of_that_name_is_not_taken():
    town = town_of()
    town.books.vendors["7"] = Vendor(id="7", name="Norton Lumber", active=False)
    assert vendor_intent(town).act == "enter"


@pytest.mark.parametrize("near", ["Smith Plumbing LLC", "SMITH PLUMBING, L.L.C.", "The Smith Plumbing Company",
                                  "Smith-Plumbing"])
def test_A39_a_name_that_is_equal_but_for_its_form_is_suggested_and_never_applied(near: str):
    town = town_of("Smith Plumbing Co.")
    town.books.vendors["7"] = Vendor(id="7", name=near)
    problem = asked(vendor_intent(town, "Smith Plumbing Co."))
    assert problem.kind == "vendor_may_exist"
    assert [choice.id for choice in problem.choices] == ["link:7", "new"]
    assert problem.amount == money("10000.00")
    assert town.sync() > 0 and len(town.books.vendors) == 1


def test_A39_another_company_is_not_suggested():
    town = town_of("J. Smith Plumbing")
    for key, name in (("7", "Smithson Painting"), ("8", "Jones Plumbing"), ("9", "Smith Electrical LLC")):
        town.books.vendors[key] = Vendor(id=key, name=name)
    assert vendor_intent(town, "J. Smith Plumbing").act == "enter"


def test_A120_a_vendor_that_another_company_holds_is_not_suggested_again():
    town = town_of("Smith Plumbing LLC")
    town.sync()
    town.subcontract("SC-2", vendor="Smith Plumbing Co.", lines={"03-300.S": "1.00"})
    assert vendor_intent(town, "Smith Plumbing Co.").act == "enter"


def test_A39_a_person_says_which_vendor_it_is_or_that_it_is_new():
    town = town_of("Smith Plumbing Co.")
    town.books.vendors["7"] = Vendor(id="7", name="Smith Plumbing LLC")
    key = ("vendor_may_exist", "company:co Smith Plumbing Co.")
    town.said[key] = Said(choice="new")
    assert vendor_intent(town, "Smith Plumbing Co.").act == "enter"
    town.said[key] = Said(choice="link:7")
    assert (vendor_intent(town, "Smith Plumbing Co.").act, vendor_intent(town, "Smith Plumbing Co.").target) == (
        "settle", "7")


@pytest.mark.parametrize("target", ["7", "elm supply", "Elm Supply"])
def test_A42_a_mapping_by_id_or_name_comes_first(target: str):
    town = town_of()
    town.books.vendors |= {"7": Vendor(id="7", name="Elm Supply"), "8": Vendor(id="8", name="Norton Lumber")}
    town.mappings["vendor"] = {"norton lumber": target}
    assert vendor_intent(town).target == "7"


@pytest.mark.parametrize("mapped", ["Nortn Lumber", "Old Lumber", "7"])
def test_A42_a_mapping_to_a_vendor_that_is_not_there_or_inactive_makes_no_new_one(mapped: str):
    town = town_of()
    town.mappings["vendor"] = {"norton lumber": mapped}
    town.books.vendors["7"] = Vendor(id="7", name="Old Lumber", active=False)
    problem = asked(vendor_intent(town))
    assert problem.kind == "vendor_not_found" and f"“{mapped}”" in problem.says
    town.books.vendors["8"] = Vendor(id="8", name="Norton Lumber East")
    town.said[problem.kind, problem.subject] = Said(choice="link", value="8")
    assert vendor_intent(town).target == "8"


def test_A39_a_vendor_that_was_named_and_is_gone_since_is_asked_about_again():
    town = town_of("Smith Plumbing Co.")
    town.books.vendors["8"] = Vendor(id="8", name="Smith Plumbing Inc.")
    town.said["vendor_may_exist", "company:co Smith Plumbing Co."] = Said(choice="link:7")
    assert asked(vendor_intent(town, "Smith Plumbing Co.")).kind == "vendor_may_exist"


def test_A41_a_name_that_a_customer_bears_is_no_vendors_name():
    town = town_of("Oak Health")
    problem = asked(vendor_intent(town, "Oak Health"))
    assert problem.kind == "name_taken" and "the customer “Oak Health”" in problem.says
    town.books.vendors["7"] = Vendor(id="7", name="Oak Health (vendor)")
    town.said[problem.kind, problem.subject] = Said(choice="link", value="7")
    assert vendor_intent(town, "Oak Health").target == "7"


@pytest.mark.parametrize(("name", "why"), [
    ("Norton: Lumber", "a colon"), ("Norton\tLumber", "a tab"), ("Norton\nLumber", "a line break"), ("  ", "empty"),
    ("N" * 101, "101 characters; 100 are allowed")])
def test_a_name_that_quickbooks_does_not_take_is_a_problem_and_not_changed(name: str, why: str):
    town = town_of()
    town.field.companies["co Norton Lumber"] = replace(town.field.companies["co Norton Lumber"], name=name)
    problem = asked(vendor_intent(town))
    assert problem.kind == "name_not_allowed" and why in problem.says


def test_a_company_that_is_not_in_the_directory_is_said_to_be_missing():
    town = town_of()
    town.field.companies.clear()
    problem = asked(vendor_intent(town))
    assert (problem.kind, problem.who) == ("not_understood", "IT")


def test_only_companies_with_a_commitment_in_use_become_vendors():
    town = town_of()
    town.subcontract("SC-2", vendor="Draft Co", lines={"03-300.S": "1.00"}, status="Draft")
    town.field.companies["x"] = Company(id="x", name="Nobody")
    assert [i.wish.party for i in town.intents() if i.wish.slot.flow == VENDORS] == ["Norton Lumber"]


def test_A47_a_later_rename_in_either_system_makes_no_second_vendor():
    town = town_of()
    town.sync()
    town.field.companies["co Norton Lumber"] = replace(town.field.companies["co Norton Lumber"], name="Norton & Sons")
    key = town.vendor("Norton Lumber")
    town.books.vendors[key] = replace(town.books.vendors[key], name="Norton East")
    assert town.sync() == 0 and len(town.books.vendors) == 1


# --- projects to jobs ------------------------------------------------------------------------------------------------


def test_A60_A61_a_project_becomes_a_job_under_its_customer():
    intent = job_intent(town_of())
    assert intent.draft == JobDraft(name="24-017 Clinic", customer=Ref(kind="customer", name="Oak Health", id="c1"))


def test_a_mapped_customer_is_the_one_the_job_goes_under():
    town = town_of()
    town.books.customers["c2"] = Customer(id="c2", name="Oak Health Holdings", full_name="Oak Health Holdings")
    town.mappings["customer"] = {"oak health": "Oak Health Holdings"}
    draft = job_intent(town).draft
    assert isinstance(draft, JobDraft) and draft.customer.id == "c2"


def test_A57_the_name_of_a_job_is_made_by_the_rule_and_tidied():
    town = Town(rules=replace(RULES, job_name="{name} - {number}"))
    town.project = replace(town.project, name="Clinic  West ")
    draft = job_intent(town).draft
    assert isinstance(draft, JobDraft) and draft.name == "Clinic West - 24-017"


def test_A67_the_customers_job_of_that_name_is_linked():
    town = town_of()
    full = "Oak Health:24-017 CLINIC"
    town.books.customers["9"] = Customer(id="9", name="24-017 CLINIC", full_name=full, parent="c1")
    assert (job_intent(town).act, job_intent(town).target) == ("settle", "9")


def test_another_customers_job_of_that_name_bars_the_name():
    town = town_of()
    town.books.customers |= {
        "c2": Customer(id="c2", name="Elm", full_name="Elm"),
        "9": Customer(id="9", name="24-017 Clinic", full_name="Elm:24-017 Clinic", parent="c2")}
    problem = asked(job_intent(town))
    assert problem.kind == "name_taken" and "Elm:24-017 Clinic" in problem.says
    town.said[problem.kind, problem.subject] = Said(choice="link", value="gone")
    assert asked(job_intent(town)).kind == "name_taken"
    town.said[problem.kind, problem.subject] = Said(choice="link", value="9")
    assert job_intent(town).target == "9"


@pytest.mark.parametrize("job", ["Old clinic", "oak health:old clinic"])
def test_A67_the_set_up_may_name_an_existing_job(job: str):
    town = town_of()
    town.route = replace(town.route, job=job)
    town.books.customers["9"] = Customer(id="9", name="Old clinic", full_name="Oak Health:Old clinic", parent="c1")
    assert job_intent(town).target == "9"


def test_a_job_or_customer_that_is_not_there_is_asked_for():
    town = town_of()
    town.route = replace(town.route, job="No such job")
    assert asked(job_intent(town)).kind == "customer_not_found"
    town.route = replace(town.route, job="", customer="No such customer")
    problem = asked(job_intent(town))
    assert problem.kind == "customer_not_found" and "“No such customer”" in problem.says
    town.said[problem.kind, problem.subject] = Said(choice="customer", value="c1")
    assert isinstance(job_intent(town).draft, JobDraft)
    town.route = replace(town.route, customer="")
    town.said.clear()
    assert "its customer, which is not set" in asked(job_intent(town)).says


def test_a_job_name_that_quickbooks_does_not_take_can_be_linked_instead():
    town = town_of()
    town.project = replace(town.project, name="Clinic: East")
    problem = asked(job_intent(town))
    assert problem.kind == "name_not_allowed"
    town.books.customers["9"] = Customer(id="9", name="Clinic East", full_name="Oak Health:Clinic East", parent="c1")
    town.said[problem.kind, problem.subject] = Said(choice="link", value="9")
    assert job_intent(town).target == "9"


def test_A62_a_job_that_was_renamed_or_converted_in_quickbooks_keeps_its_link():
    town = town_of()
    town.sync()
    job = town.books.customers[town.job]
    town.books.customers[job.id] = replace(job, name="Clinic (done)", full_name="Clinic (done)")
    assert town.sync() == 0
    town.books.customers[job.id] = replace(job, parent="")
    assert town.sync() == 0 and town.job == job.id


def test_A62_a_job_moved_to_another_customer_stays_where_it_was_put():
    town = town_of()
    town.sync()
    town.books.customers["c2"] = Customer(id="c2", name="Elm", full_name="Elm")
    job = town.books.customers[town.job]
    town.books.customers[job.id] = replace(job, parent="c2", full_name="Elm:24-017 Clinic")
    assert town.sync() == 0
    assert town.books.customers[job.id].parent == "c2"


# --- cost codes to items ---------------------------------------------------------------------------------------------


def test_A69_a_code_in_use_becomes_a_service_item_on_the_account_of_its_type():
    town = town_of(code="03-300.M")
    assert item_intent(town, "03-300.m").draft == ItemDraft(
        name="03-300.M", description="03-300.M", expense=Ref(kind="account", name="5200 Materials", id="52"))


def test_A69_codes_that_nothing_committed_carries_make_no_items():
    town = town_of()
    town.subcontract("SC-2", vendor="Draft Co", lines={"99-100.S": "1.00"}, status="Draft")
    town.change_order("SC-1", {"98-100.S": "1.00"}, status="pending")
    assert [i.wish.number for i in town.intents() if i.wish.slot.flow == ITEMS] == ["03-300.S"]


@pytest.mark.parametrize(("mappings", "account"), [
    ({"cost_type": {"s": "5100"}}, "51"),
    ({"cost_type": {"s": "5100"}, "cost_code": {"03-300": "5200"}}, "52"),
    ({"cost_type": {"s": "5100"}, "cost_code": {"03-300": "5200", "03-300.s": "6000"}}, "60"),
    ({"cost_code": {"03-300.s": "Subcontractors"}}, "51"),
])
def test_A69_the_account_is_the_codes_own_before_that_of_its_type(mappings: dict[str, dict[str, str]], account: str):
    town = town_of()
    town.mappings = mappings
    draft = item_intent(town).draft
    assert isinstance(draft, ItemDraft) and draft.expense.id == account


def test_A69_a_code_without_an_account_is_asked_about_and_the_answer_holds_for_it():
    town = town_of()
    town.mappings = {}
    problem = asked(item_intent(town))
    assert (problem.kind, problem.amount) == ("cost_code_has_no_account", money("10000.00"))
    town.said[problem.kind, problem.subject] = Said(choice="account", value="60")
    draft = item_intent(town).draft
    assert isinstance(draft, ItemDraft) and draft.expense.id == "60"


def test_a_mapping_to_an_account_that_is_not_there_says_which():
    town = town_of()
    town.mappings = {"cost_type": {"s": "5999 Gone"}}
    problem = asked(item_intent(town))
    assert problem.kind == "account_not_found" and "“5999 Gone”" in problem.says
    town.mappings = {"cost_type": {"s": "6000"}}
    town.books.accounts["60"] = replace(town.books.accounts["60"], active=False)
    assert asked(item_intent(town)).kind == "account_not_found"


@pytest.mark.parametrize("account", ["1000", "2000", "2050", "4000"])
def test_job_cost_never_goes_to_an_account_that_is_no_cost(account: str):
    town = town_of()
    town.mappings = {"cost_type": {"s": account}}
    assert asked(item_intent(town)).kind == "account_type_wrong"


def test_the_income_account_of_new_items_must_be_there():
    town = town_of()
    town.rules = replace(RULES, item_income_account="4000")
    draft = item_intent(town).draft
    assert isinstance(draft, ItemDraft)
    assert draft.income == Ref(kind="account", name="4000 Construction income", id="40")
    town.rules = replace(RULES, item_income_account="4999")
    assert asked(item_intent(town)).kind == "account_not_found"


def test_A72_A82_the_item_of_that_name_is_adopted_however_it_is_spelt():
    town = Town(rules=replace(RULES, item_name="{project_number}-{cost_code}.{cost_type}"))
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.books.items["5"] = Item(id="5", name="24-017-03-300.s", type="Service", expense_account="51")
    intent = town.intent(ITEMS, "24-017-03-300.s")
    assert (intent.act, intent.target) == ("settle", "5")


@pytest.mark.parametrize(("change", "why"), [
    ({"type": "Inventory"}, "its type is Inventory"), ({"expense_account": ""}, "it has no expense account")])
def test_an_item_that_cannot_be_bought_is_a_problem(change: dict[str, str], why: str):
    town = town_of()
    town.books.items["5"] = replace(Item(id="5", name="03-300.S", type="Service", expense_account="51"), **change)
    problem = asked(item_intent(town))
    assert problem.kind == "item_not_usable" and why in problem.says


def test_A74_an_item_name_longer_than_quickbooks_takes_is_a_problem():
    town = town_of(code="0" * 99 + ".S")
    assert asked(item_intent(town, "0" * 99 + ".s")).kind == "name_not_allowed"


def test_A72_equal_codes_of_two_commitments_are_one_item():
    town = town_of()
    town.subcontract("SC-2", vendor="Acme", lines={"03-300.S": "5000.00"})
    town.sync()
    assert [item.name for item in town.books.items.values()] == ["03-300.S"]


def test_A70_a_code_without_a_type_leaves_no_dot_behind():
    assert [i.wish.title for i in town_of(code="03300").intents() if i.wish.slot.flow == ITEMS] == ["Item 03300"]


def test_A94_coded_by_account_needs_no_items_but_an_account():
    town = town_of()
    town.rules = replace(RULES, line_coding="account")
    intent = town.intent(ITEMS, "account:03-300.S")
    assert (intent.act, intent.wish.nothing) == ("settle", "coded to an account")
    town.mappings = {}
    assert asked(town.intent(ITEMS, "account:03-300.S")).kind == "cost_code_has_no_account"
    town.sync()
    assert not town.books.items


def test_A124_a_line_is_coded_by_the_linked_item_wherever_quickbooks_lets_it_post():
    town = town_of()
    town.sync()
    [item] = town.books.items.values()
    town.books.accounts["53"] = Account(id="53", number="5300", name="Concrete", type="Cost of Goods Sold")
    town.books.items[item.id] = replace(item, name="Concrete work", expense_account="53")
    coding, account = coding_of(town.picture(), town.field.commitments["SC-1"].lines[0].code)
    assert (coding.id, coding.name, account.name) == (item.id, "Concrete work", "5300 Concrete")


def test_A68_what_is_older_than_the_projects_start_makes_its_names_all_the_same():
    town = Town(start=date(2027, 1, 1))
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    assert {i.act for i in town.intents()} == {"enter"}
