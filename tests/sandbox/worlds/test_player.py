"""Worlds are set up and played the same way every time, and leave books that balance."""
from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.maple_clerk import Clerk
from tests.support.maple_ledger import MAPLE, Town, expected
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox, SandboxError
from tieout.sandbox.worlds import WorldError, scenario_of
from tieout.sandbox.worlds.data import read, step_of

ENTITIES = ("Account", "Customer", "Vendor", "Item", "Term", "Bill", "VendorCredit", "BillPayment", "Purchase",
            "JournalEntry", "PurchaseOrder")


def ask(sandbox: Sandbox, path: str, **query: str) -> Any:
    headers = {"authorization": f"Bearer {sandbox.quickbooks.script_token}", "accept": "application/json"}
    request = Request.of("GET", f"/v3/company/{sandbox.quickbooks.realm_id}/{path}", headers=headers,
                         query=tuple(query.items()))
    answer = sandbox.handle("quickbooks", request)
    assert answer.status == 200, answer.body
    return json.loads(answer.body, parse_float=Decimal)


def rows(sandbox: Sandbox, entity: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(sandbox, "query", query=f"select * from {entity} maxresults 1000"
                                      )["QueryResponse"].get(entity, [])
    return found


def state(sandbox: Sandbox) -> dict[str, Any]:
    """Everything in both companies, but the moments at which it was written."""
    shown: dict[str, Any] = {entity: [{k: v for k, v in row.items() if k != "MetaData"}
                                      for row in rows(sandbox, entity)] for entity in ENTITIES}
    headers = {"authorization": f"Bearer {sandbox.procore.script_token}",
               "procore-company-id": str(sandbox.procore.company_id)}

    def procore(path: str, **query: object) -> Any:
        pairs = tuple((name, str(value)) for name, value in {"per_page": 300, **query}.items())
        return json.loads(sandbox.handle("procore", Request.of("GET", path, query=pairs, headers=headers)).body)

    projects = procore("/rest/v1.1/projects", company_id=sandbox.procore.company_id)
    for name, path in (("subcontracts", "/rest/v1.0/work_order_contracts"),
                       ("orders", "/rest/v1.0/purchase_order_contracts"), ("invoices", "/rest/v1.1/requisitions"),
                       ("change orders", "/rest/v1.0/change_order_packages")):
        found = [one for project in projects for one in procore(path, project_id=project["id"], view="extended")]
        shown[name] = [{k: v for k, v in one.items() if not k.endswith("_at")} for one in found]
    return shown


def play(sandbox: Sandbox) -> list[dict[str, Any]]:
    done = []
    while (step := sandbox.play_next()) is not None:
        done.append(step)
    return done


def debits_and_credits(sandbox: Sandbox, day: str) -> tuple[Decimal, Decimal]:
    report = ask(sandbox, "reports/TrialBalance", start_date=f"{day[:4]}-01-01", end_date=day)
    columns = [row["ColData"] for row in report["Rows"].get("Row", []) if "ColData" in row]
    return (sum((Decimal(row[1]["value"] or 0) for row in columns), Decimal(0)),
            sum((Decimal(row[2]["value"] or 0) for row in columns), Decimal(0)))


def test_the_books_balance_after_every_step_with_no_product_connected():
    sandbox = Sandbox.start(world="maple")
    while (step := sandbox.play_next()) is not None:
        debits, credits = debits_and_credits(sandbox, step["step"])
        assert debits == credits > 0, step["step"]


def test_the_same_world_played_twice_is_the_same_to_the_last_document():
    first, second = Sandbox.start(world="maple"), Sandbox.start(world="maple")
    assert play(first) == play(second)
    assert state(first) == state(second)


def test_C21_a_year_has_two_steps_a_month_and_ends():
    sandbox = Sandbox.start(world="maple")
    assert len(sandbox.world.steps) == 24
    assert (sandbox.world.steps[0], sandbox.world.steps[1]) == ("2026-01-15", "2026-01-31")
    assert [done["step"] for done in play(sandbox)] == list(sandbox.world.steps)
    assert sandbox.play_next() is None


def test_the_clock_stands_on_the_first_day_when_the_world_is_loaded_and_goes_with_the_steps():
    sandbox = Sandbox.start(world="maple")
    assert sandbox.kit.clock.now().date() == date(2026, 1, 1)
    for step in sandbox.world.steps[:3]:
        sandbox.play_next()
        assert sandbox.kit.clock.now().date().isoformat() == step


def test_a_bookkeeper_says_what_has_not_arrived_and_goes_on():
    said = [sentence for done in play(Sandbox.start(world="maple")) for sentence in done["acts"]]
    assert "2026-02-12 bookkeeper: Nothing to pay: QuickBooks has no open bill through 2026-01-31 of " \
           "Summit Mechanical LLC." in said
    assert "2026-04-20 bookkeeper: Check 10016 to Ironwood Erectors Inc was never written." in said
    assert "2026-09-10 bookkeeper: Entered bill RET-0910 of Summit Mechanical LLC by hand: 13,505.00." in said


def test_what_happened_before_the_year_is_there_when_the_world_is_loaded():
    sandbox = Sandbox.start(world="maple")
    assert {bill["DocNumber"]: bill["Balance"] for bill in rows(sandbox, "Bill")} == {
        "D-2207": 0, "TC-5501": 0, "D-2231": Decimal("27450.00"), "7714": Decimal("31950.00")}
    assert [row["DisplayName"] for row in rows(sandbox, "Customer") if row.get("Job")] == ["24-017 Oak Street Clinic"]
    preferences = ask(sandbox, "preferences")["Preferences"]["AccountingInfoPrefs"]
    assert preferences["BookCloseDate"] == "2025-12-31"
    assert preferences["UseAccountNumbers"] is True
    assert preferences["ClassTrackingPerTxnLine"] is True


def test_a_month_is_closed_during_the_year():
    sandbox = Sandbox.start(world="maple")
    play(sandbox)
    assert ask(sandbox, "preferences")["Preferences"]["AccountingInfoPrefs"]["BookCloseDate"] == "2026-04-30"


def test_the_controller_s_answers_name_accounts_and_customers_that_quickbooks_has():
    sandbox = Sandbox.start(world="maple")
    setup = sandbox.world.setup()
    accounts = {f"{row['AcctNum']} {row['Name']}" for row in rows(sandbox, "Account") if "AcctNum" in row}
    customers = {row["DisplayName"] for row in rows(sandbox, "Customer")}
    assert {account for _, _, account in setup["cost_codes"]} | {setup["retainage"]} <= accounts
    assert {project["customer"] for project in setup["projects"]} <= customers
    assert {project["job"] for project in setup["projects"]} - {""} <= customers
    assert {books for _, books in setup["vendors"]} <= {row["DisplayName"] for row in rows(sandbox, "Vendor")}


def test_a_folder_laid_out_like_maple_is_a_world(tmp_path):
    shutil.copytree(MAPLE, tmp_path / "oak")
    company = (tmp_path / "oak" / "company.toml").read_text().replace("Maple Ridge Builders", "Oak Ridge Builders")
    (tmp_path / "oak" / "company.toml").write_text(company)
    sandbox = Sandbox.start(world=str(tmp_path / "oak"))
    assert sandbox.world.name == "oak"
    assert len(sandbox.world.steps) == 24


@pytest.mark.parametrize(("spec", "sentence"), [
    ("mapel", "There is no world “mapel”"),
    ("generate:projects=0", "projects must be between 1 and"),
    ("generate:rooms=4", "“rooms” is not a setting of a generated world"),
    ("generate:projects=many", "projects must be a whole number"),
])
def test_a_world_that_does_not_exist_is_refused_in_words(spec, sentence):
    with pytest.raises(WorldError, match=sentence):
        scenario_of(spec)


def test_a_folder_without_a_company_is_refused_in_words(tmp_path):
    with pytest.raises(WorldError, match=r"it has no company\.toml"):
        scenario_of(str(tmp_path))


def test_a_file_that_is_not_toml_is_named(tmp_path):
    shutil.copytree(MAPLE, tmp_path / "oak")
    broken = tmp_path / "oak" / "commitments" / "SC-17-01.toml"
    broken.write_text("number = ")
    with pytest.raises(WorldError, match=r"SC-17-01\.toml"):
        scenario_of(str(tmp_path / "oak"))


@pytest.mark.parametrize(("who", "do"), [("bookkeeper", "dance"), ("plumber", "bill")])
def test_a_world_with_an_act_that_nobody_can_do_is_refused_in_words(tmp_path, who, do):
    shutil.copytree(MAPLE, tmp_path / "oak")
    script = tmp_path / "oak" / "script" / "2026-01.toml"
    script.write_text(f'[[acts]]\ndate = 2026-01-02\nwho = "{who}"\ndo = "{do}"\n' + script.read_text())
    with pytest.raises(SandboxError, match=f"oak, 2026-01-02: a {who} cannot “{do}”"):
        Sandbox.start(world=str(tmp_path / "oak"))


def test_what_its_people_cannot_do_any_more_is_said_and_the_rest_is_done_also_after_a_kill(tmp_path):
    sandbox = Sandbox.start(world="maple", state=tmp_path)
    sandbox.handle("quickbooks", Request.of("POST", "/_sandbox/quickbooks/closing-date",
                                            body=b'{"date": "2026-01-31", "password": true}'))
    answer = sandbox.handle("quickbooks", Request.of("POST", "/_sandbox/world/next"))
    acts = json.loads(answer.body)["done"]["acts"]
    refused = [said for said in acts if "Could not" in said and "6210" in said]
    assert (answer.status, 0 < len(refused) < len(acts), sandbox.world.played) == (200, True, 1)
    left = state(sandbox)
    sandbox.close()
    back = Sandbox.start(world="maple", state=tmp_path)
    assert state(back) == left
    back.close()


@pytest.mark.parametrize("world", ["maple", "fjord", "generate:projects=3,months=5,seed=2,by_hand=1,direct_costs=2"])
def test_left_alone_nobody_in_a_world_is_refused_anything(world):
    sandbox, said = Sandbox.start(world=world), []
    while (done := sandbox.play_next()) is not None:
        said += done["acts"]
    assert [one for one in said if "which is left out" in one] == [] != said


def test_steps_end_on_the_fifteenth_and_on_the_last_day():
    assert step_of(date(2026, 2, 1)) == step_of(date(2026, 2, 15)) == date(2026, 2, 15)
    assert step_of(date(2026, 2, 16)) == step_of(date(2026, 2, 28)) == date(2026, 2, 28)
    assert step_of(date(2028, 2, 16)) == date(2028, 2, 29)


def test_the_files_are_read_as_they_stand():
    world = read(MAPLE)
    assert world.company["name"] == "Maple Ridge Builders"
    assert [act.on for act in world.script] == sorted(act.on for act in world.script)


def test_nothing_in_a_company_is_younger_than_the_world_s_clock():
    sandbox = Sandbox.start(world="maple")
    for entity in ENTITIES:
        for row in rows(sandbox, entity):
            assert datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]) <= sandbox.kit.clock.now(), row


def test_a_sandbox_that_was_killed_half_way_goes_on_with_the_same_year(tmp_path):
    facts = expected()

    def year(folder: Path, stops: tuple[str, ...]) -> Sandbox:
        sandbox = Sandbox.start(world="maple", state=folder)
        while True:
            answer = sandbox.handle("quickbooks", Request.of("POST", "/_sandbox/world/next"))
            done = json.loads(answer.body)["done"]
            if done is None:
                return sandbox
            Clerk(sandbox, Town(MAPLE), facts["documents"]).enter(done["step"])
            if done["step"] in stops:
                sandbox.close()
                sandbox = Sandbox.start(world="maple", state=folder)

    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole, parts = year(tmp_path / "whole", ()), year(tmp_path / "parts", ("2026-03-31", "2026-08-15"))
    assert state(whole) == state(parts)
    assert debits_and_credits(parts, "2026-12-31")[0] == sum(
        amount for amount in facts["months"]["2026-12"]["trial_balance"].values() if amount > 0)
    whole.close()
    parts.close()
