"""The retainage payable account as QuickBooks holds it."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import RULES, Town
from tieout.core import retainage
from tieout.core.books import Account, Item
from tieout.core.money import money
from tieout.core.problems import Problem


def town_with_100_held() -> Town:
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    town.sync()
    return town


def held(town: Town, vendor: str = "Acme") -> str:
    return str(retainage.held_for(town.picture(), town.vendor(vendor)))


def test_A140_retainage_is_what_stands_on_its_own_account_for_the_vendor_and_the_project():
    town = town_with_100_held()
    assert (held(town), held(town, "Elm")) == ("100.00", "0.00")


def test_whoever_entered_it_counts_bill_expense_and_journal_alike():
    town = town_with_100_held()
    town.bill("Acme", {"5100": "500.00", "2050": "-50.00"})
    town.bill("Acme", {"5100": "-20.00", "2050": "2.00"}, credit=True)
    town.expense("Acme", {"2050": "30.00"})
    town.journal(("2050", "-7.00", "Acme", True), ("5100", "7.00", "", True))
    assert held(town) == "125.00"
    assert sorted(move.kind for move in retainage.movements(town.picture())) == [
        "bill", "bill", "expense", "journal_entry", "vendor_credit"]


def test_retainage_of_another_job_is_another_balance():
    town = town_with_100_held()
    key = town.bill("Acme", {"2050": "-50.00"})
    bill = town.books.bills[key]
    town.books.bills[key] = replace(bill, lines=(replace(bill.lines[0], job="elsewhere"),))
    assert held(town) == "100.00"


@pytest.mark.parametrize(("vendor", "on_job", "amount", "balance"), [
    ("Acme", False, "40.00", "60.00"), ("", True, "40.00", "60.00"),
    ("Acme", False, "-40.00", "100.00"), ("", True, "-40.00", "100.00")])
def test_A136_a_line_that_names_only_vendor_or_job_counts_when_it_lowers_the_balance(
        vendor: str, on_job: bool, amount: str, balance: str):
    """Raised by a line that may be another vendor's, it would let too much go."""
    town = town_with_100_held()
    town.journal(("2050", amount, vendor, on_job), ("1000", str(-money(amount)), "", False))
    assert held(town) == balance


def test_documents_that_are_left_out_do_not_count():
    town = town_with_100_held()
    bill = ("bill", town.bill_of("SC-1#1"))
    assert retainage.held_for(town.picture(), town.vendor("Acme"), {bill}) == money("0")


def test_an_item_line_counts_where_its_item_posts():
    town = town_with_100_held()
    town.books.items["r"] = Item(id="r", name="Retainage", type="Service", expense_account="25")
    key = town.bill("Acme", {"5100": "-1.00"})
    bill = town.books.bills[key]
    town.books.bills[key] = replace(bill, lines=(replace(bill.lines[0], account="", item="r"),))
    assert held(town) == "101.00"


def test_held_and_released_accounts_are_one_balance():
    town = town_with_100_held()
    town.books.accounts["26"] = Account(id="26", number="2060", name="Released", type="Other Current Liability")
    town.rules = replace(RULES, retainage_released="2060")
    town.bill("Acme", {"2060": "40.00"}, dated=date(2026, 5, 1))
    assert retainage.accounts(town.picture()) == {"25", "26"}
    assert held(town) == "60.00"


def test_without_a_retainage_account_nothing_is_held():
    town = town_with_100_held()
    town.rules = replace(RULES, retainage_held="", retainage_released="")
    assert retainage.accounts(town.picture()) == frozenset()
    assert held(town) == "0.00"


@pytest.mark.parametrize(("text", "kind"), [
    ("5100", "account_type_wrong"), ("2000", "account_type_wrong"), ("1000", "account_type_wrong"),
    ("2099 Nowhere", "account_not_found"), ("Concrete item", "account_type_wrong")])
def test_A134_A140_retainage_goes_to_a_liability_of_its_own_and_nowhere_else(text: str, kind: str):
    town = town_with_100_held()
    town.books.items["5"] = Item(id="5", name="Concrete item", type="Service", expense_account="51")
    found = retainage.coding(town.picture(), text, "account for retainage held")
    assert isinstance(found, Problem) and found.kind == kind
    assert text.split(maxsplit=1)[0] in found.says


@pytest.mark.parametrize("text", ["2050", "retainage payable", "2050 Retainage payable", "  RETAINAGE   payable "])
def test_an_account_is_found_by_number_name_or_both(text: str):
    found = retainage.coding(town_with_100_held().picture(), text, "account")
    assert isinstance(found, retainage.Coding) and found.account.id == "25"
