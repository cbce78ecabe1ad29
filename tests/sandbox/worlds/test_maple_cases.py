"""Each case that the practice year is to hold stands where cases.toml says, and is what it is called."""
from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.support.maple_ledger import MAPLE, Town, acts_of, expected
from tieout.sandbox.worlds.data import Application, Commitment, read

CASES: dict[str, Any] = {case["name"]: case
                         for case in tomllib.loads((MAPLE / "cases.toml").read_text("utf-8"))["cases"]}
WORLD = read(MAPLE)
COMMITMENTS = {one.number: one for one in WORLD.commitments}
TOWN = Town(MAPLE)
ACTS = [act for path in (MAPLE / "before.toml", *sorted((MAPLE / "script").glob("*.toml"))) for act in acts_of(path)]
FACTS = expected()


def commitment(where: str) -> Commitment:
    return COMMITMENTS[where.partition("/")[0]]


def application(where: str) -> Application:
    return next(one for one in commitment(where).applications if str(one.number) == where.partition("/")[2])


def change_order(where: str) -> Any:
    return next(one for one in commitment(where).change_orders if f"CO{one.number}" == where.partition("/")[2])


def gross(where: str) -> Decimal:
    return sum((g for _, g, _ in TOWN.movements[where]), Decimal(0))


def held(where: str) -> Decimal:
    return sum((r for _, _, r in TOWN.movements[where]), Decimal(0))


def lines_of(where: str, field: str) -> list[Decimal]:
    return [Decimal(getattr(line, field)) for line in application(where).lines if getattr(line, field)]


def rate(where: str) -> Decimal:
    return sum(lines_of(where, "held")) / sum(lines_of(where, "work"))


def acts(do: str, **facts: Any) -> list[dict[str, Any]]:
    return [act for act in ACTS if act["do"] == do and all(act.get(key) == value for key, value in facts.items())]


def decided(do: str, where: str) -> list[dict[str, Any]]:
    return [act for act in ACTS if act["do"] == do and where in (*act.get("applications", ()),
                                                                *act.get("change_orders", ()))]


def check_number(where: str) -> str:
    return where.removeprefix("check ")


def payment(where: str) -> dict[str, Any]:
    [found] = acts("pay", check=check_number(where))
    return found


def stored_rates_differ(first: str) -> bool:
    stored, kept = lines_of(first, "stored")[0], lines_of(first, "stored_held")[0]
    return stored > 0 and kept / stored == Decimal("0.05")


def flag_off(where: list[str]) -> bool:
    levels = [lines_of(one, "stored")[0] for one in where]
    return not commitment(where[0]).moves_materials and stored_rates_differ(where[0]) and rate(where[1]) == \
        Decimal("0.1") and levels == sorted(levels, reverse=True) and levels[-1] == 0


def flag_on(where: list[str]) -> bool:
    return commitment(where[0]).moves_materials and stored_rates_differ(where[0]) and \
        not lines_of(where[1], "stored") and held(where[1]) == Decimal("3200.00") and gross(where[1]) == 17000


def three_releases(where: list[str]) -> bool:
    key = ("24-017", "Delgado Concrete Inc")
    return all(not gross(one) and held(one) < 0 for one in where) and \
        key not in FACTS["months"]["2026-12"]["retention_payable"] and \
        key in FACTS["months"]["2026-10"]["retention_payable"]


def credit_used(where: list[str]) -> bool:
    return payment(where[1])["credits"] and payment(where[1])["bills"] == [application(where[0]).invoice] and \
        gross(where[0]) == 24000


def closed_order(where: list[str]) -> bool:
    one = commitment(where[0])
    billed = sum((gross(f"{one.number}/{n}") for n in (1, 2)), Decimal(0))
    [approved] = decided("approve_change_orders", where[1])
    return billed == sum((Decimal(line.amount) for line in one.lines), Decimal(0)) and \
        approved["date"] > application(where[0]).billing_date and gross(where[2]) > 0


def by_vendor(kind: str, where: str, number: str) -> bool:
    [found] = acts(kind, number=number)
    return bool(found["who"] == "bookkeeper" and found["lines"] and where.endswith(number))


def set_back(where: list[str]) -> bool:
    [approved], [back] = decided("approve", where[0]), decided("set_back", where[0])
    return bool(approved["date"] < back["date"] and where[0] in FACTS["documents"])


def typed_from_paper(where: list[str]) -> bool:
    [typed] = acts("bill", number="RJK-101")
    [approved] = decided("approve", where[1])
    return bool(typed["vendor"] == commitment(where[1]).vendor and application(where[1]).invoice == typed["number"]
                and typed["date"] < approved["date"])


def released_by_hand(where: list[str]) -> bool:
    [typed] = acts("bill", number="RET-0910")
    return typed["date"] < application(where[1]).billing_date and \
        Decimal(typed["lines"][0]["amount"]) == -held(where[1]) and typed["lines"][0]["account"] == "2050"


def late(where: list[str]) -> bool:
    [closing] = [act for act in acts("close_books") if act["date"].year == 2026]
    [approved] = decided("approve", where[0])
    return bool(closing["date"] < approved["date"] and application(where[0]).billing_date <= closing["through"])


def opened_by_bills(where: list[str]) -> bool:
    typed = {act["number"]: act for act in acts("bill") if act["date"].year == 2025}
    return all(any(line["account"] == "2050" and line["job"] == "24-017"
                   for line in typed[application(one).invoice]["lines"]) for one in where)


def opened_by_journal(where: list[str]) -> bool:
    [entry] = acts("journal", number="RET-2025")
    return entry["date"].year == 2025 and any(
        line["account"] == "2050" and line.get("vendor") == commitment(where[0]).vendor and
        Decimal(line["credit"]) == held(where[0]) for line in entry["lines"])


def terminated(where: list[str]) -> bool:
    one = commitment(where[0])
    billed = sum((gross(f"{one.number}/{a.number}") for a in one.applications), Decimal(0))
    return bool(acts("set_status", commitments=[one.number], status="Terminated")) and \
        TOWN_AT_END.revised(TOWN_AT_END.commitments[one.number]) == billed


def differ_by_punctuation(where: list[str]) -> bool:
    first, second = (commitment(one).vendor for one in where)
    plain = [name.replace(".", "").replace(" ", "") for name in (first, second)]
    return first != second and plain[0] == plain[1]


def town_at_end() -> Town:
    town = Town(MAPLE)
    for act in ACTS:
        if act["who"] == "project manager":
            town.pm(act)
    return town


TOWN_AT_END = town_at_end()

# The owner's side, and cost that nobody bills

PRIMES = {one.number: one for one in WORLD.prime_contracts}


def owner_invoice(where: str) -> Application:
    number, _, running = where.partition("/")
    return next(one for one in PRIMES[number].applications if str(one.number) == running)


def owner_total(where: str, field: str) -> Decimal:
    return sum((Decimal(getattr(line, field) or 0) for line in owner_invoice(where).lines), Decimal(0))


def owed(where: str) -> Decimal:
    return owner_total(where, "work") - owner_total(where, "held") + owner_total(where, "released")


def standing(where: str, month: str = "2026-12") -> dict[str, Decimal]:
    """What the project of an owner invoice comes to: contract, billed, retainage, received, open."""
    found: dict[str, Decimal] = FACTS["months"][month]["owner_side"][PRIMES[where.partition("/")[0]].project]
    return found


def received(where: str, *checks: str) -> bool:
    """The owner's checks settle the invoice, in both systems with the same amount on the same day."""
    entered = [acts("receive", check=check.removeprefix("receipt "))[0] for check in checks]
    kept = [acts("record_receipt", check=check.removeprefix("receipt "))[0] for check in checks]
    return {act["application"] for act in (*entered, *kept)} == {where} and \
        [act["date"] for act in entered] == [act["date"] for act in kept] and \
        all(act["amount"] == other["amount"] for act, other in zip(entered, kept, strict=True) if "amount" in act) and \
        sum(Decimal(act["amount"]) for act in kept) == owed(where)


def all_released(where: list[str]) -> bool:
    before = PRIMES["PC-24-017"].applications[:-1]
    held = sum((owner_total(f"PC-24-017/{one.number}", "held") for one in before), Decimal(0))
    ends = standing(where[0])
    return not owner_total(where[0], "work") and owner_total(where[0], "released") == held and received(*where) and \
        ends["retainage"] == ends["open"] == 0 and ends["received"] == ends["contract"] == ends["billed"]


def still_held(where: list[str]) -> bool:
    ends = [standing(one) for one in where]
    return [one["retainage"] for one in ends] == [Decimal("39612.00"), Decimal("43102.00")] and \
        all(one["billed"] == one["contract"] and not one["open"] for one in ends)


def deposited(where: list[str]) -> bool:
    number = where[1].removeprefix("receipt ")
    [entered] = acts("receive", check=number)
    [banked] = [act for act in acts("deposit") if number in act["checks"]]
    return received(*where[:2]) and entered["undeposited"] and where[2] == f"deposit {number}" and \
        (banked["date"] - entered["date"]).days == 2


def undeposited(where: list[str]) -> bool:
    number = where[1].removeprefix("receipt ")
    [entered] = acts("receive", check=number)
    held = FACTS["months"]["2026-12"]["trial_balance"][TOWN.undeposited]
    return received(*where) and entered["undeposited"] and held == owed(where[0]) and \
        not [act for act in acts("deposit") if number in act["checks"]]


def added_by_the_owner(where: list[str]) -> bool:
    """A change order, and the owner invoice that bills it."""
    pairs = list(zip(where[::2], where[1::2], strict=True))
    for key, invoice in pairs:
        number, _, running = key.partition("/CO")
        order = next(one for one in PRIMES[number].change_orders if one.number == running)
        [approved] = acts("approve_prime_change_orders", change_orders=[key])
        billed = next(line for line in owner_invoice(invoice).lines if line.line == order.lines[0].line)
        amount = Decimal(order.lines[0].amount)
        lines = sum((Decimal(line.amount) for line in PRIMES[number].lines), Decimal(0))
        if approved["date"] > owner_invoice(invoice).billing_date or Decimal(billed.work) != amount or \
                Decimal(billed.held) != amount / 20 or standing(invoice)["contract"] != lines + amount:
            return False
    return len(pairs) == 2


def direct_cost(where: str) -> dict[str, Any]:
    key = where.removeprefix("cost ")
    [found] = [act for act in acts("direct_cost") if key in (act.get("number"), act["date"].isoformat())]
    return found


def amount_of(act: dict[str, Any]) -> Decimal:
    return sum((Decimal(line.get("amount", line.get("debit", 0))) for line in act["lines"]), Decimal(0))


def cost_in_both(where: list[str], kind: str) -> bool:
    """A direct cost, and what the bookkeeper typed for it."""
    cost, (do, _, number) = direct_cost(where[0]), where[1].partition(" ")
    [typed] = acts(do, number=number)
    return bool(cost["kind"] == kind and amount_of(cost) == amount_of(typed) and
                cost.get("status", "approved") == "approved")


def pending(where: list[str]) -> bool:
    cost = direct_cost(where[0])
    return cost["status"] == "pending" and not acts("bill", number=cost["number"]) and \
        cost["project"] not in FACTS["months"]["2026-12"]["direct_costs"]


def worked(where: list[str]) -> bool:
    sheets = [act for one in where[:-1] for act in acts("timesheet") if f"hours {act['date']}" == one]
    hours = sum(Decimal(entry["hours"]) for act in sheets for entry in act["entries"])
    [approved] = acts("approve_timesheets", project=sheets[-1]["project"])
    return len(sheets) == 4 and approved["date"] == sheets[-1]["date"] and direct_cost(where[-1])["kind"] == "payroll" \
        and hours == FACTS["months"]["2026-12"]["hours"][sheets[-1]["project"]] == 110


IS_SO: dict[str, Callable[[list[str]], bool]] = {
    "stored materials installed, flag off": flag_off,
    "stored materials installed, flag on": flag_on,
    "a rate that falls half-way": lambda w: rate(w[0]) == Decimal("0.1") and rate(w[1]) == Decimal("0.05"),
    "three releases, one to zero": three_releases,
    "a release of part": lambda w: not gross(w[0]) and held(w[0]) == -13800,
    "a wholly negative application": lambda w: gross(w[0]) == -12000 and
        FACTS["documents"][w[0]]["kind"] == "vendor_credit",
    "its credit is used and the work billed again": credit_used,
    "an application that nets to nothing": lambda w: not TOWN.movements[w[0]] and lines_of(w[0], "work") != [] and
        FACTS["settled"] == w,
    "an application of 0.00 with lines": lambda w: FACTS["documents"][w[0]]["total"] == 0 and
        len(TOWN.movements[w[0]]) == 2,
    "several lines on one code": lambda w: [x.flat_code for x in commitment(w[0]).lines].count("03-300.S") == 3,
    "unit prices": lambda w: all(commitment(one).accounting == "unit" for one in w),
    "retainage opened before the year by bills": opened_by_bills,
    "retainage opened before the year by a journal entry": opened_by_journal,
    "change order, additive": lambda w: all(
        sum(Decimal(x.amount) for x in change_order(one).lines) > 0 and decided("approve_change_orders", one)
        for one in w),
    "change order, deductive": lambda w: Decimal(change_order(w[0]).lines[0].amount) < 0 and
        any(x < 0 for x in lines_of(w[1], "work")) and gross(w[1]) > 0,
    "change order with markup": lambda w: change_order(w[0]).markup_percent == "10",
    "change order not yet billed": lambda w: bool(decided("approve_change_orders", w[0])) and not any(
        line.line.startswith("CO") for one in commitment(w[0]).applications for line in one.lines),
    "change order on a closed order": closed_order,
    "change orders that do not count": lambda w: not any(decided("approve_change_orders", one) for one in w) and
        bool(decided("reject_change_orders", w[1])),
    "a terminated commitment": terminated,
    "an application in draft": lambda w: bool(decided("draft", w[0])) and not decided("approve", w[0]),
    "approved as noted": lambda w: bool(decided("approve_as_noted", w[0])) and w[0] in FACTS["documents"],
    "set back after posting": set_back,
    "two vendors with the same invoice number": lambda w: application(w[0]).invoice == application(w[1]).invoice and
        commitment(w[0]).vendor != commitment(w[1]).vendor,
    "two vendor names that differ by punctuation": differ_by_punctuation,
    "vendor names that differ between the systems": lambda w: all(
        any(v.name == commitment(one).vendor and v.books_name not in ("", v.name) for v in WORLD.vendors) for one in w),
    "a bill partly paid": lambda w: [act["amount"] for act in acts("pay", vendor="Cascade Masonry")
                                     if "amount" in act] == ["15000.00", "10000.00"],
    "a payment over three bills": lambda w: {application(one).invoice for one in w[1:]} ==
        {"D-2284-R1", "D-2311", "D-2330"} and payment(w[0])["vendor"] == "Delgado Concrete Inc",
    "a voided payment": lambda w: bool(acts("void_payment", check=check_number(w[0]))) and
        payment(w[0])["bills"] == [application(w[1]).invoice],
    "a deleted payment": lambda w: bool(acts("delete_payment", check=check_number(w[0]))) and
        payment(w[0])["bills"] == [application(w[1]).invoice],
    "a prepayment": lambda w: payment(w[0])["extra"] == "2500.00" and
        payment(w[0])["bills"] == [application(w[1]).invoice],
    "a bill typed by hand, without an order": lambda w: by_vendor("bill", w[0], "WW-3391"),
    "a bill typed by hand from the paper": typed_from_paper,
    "a retainage release typed by hand": released_by_hand,
    "journal entries typed by hand": lambda w: by_vendor("journal", w[0], "JE-1031") and
        by_vendor("journal", w[1], "JE-1130"),
    "a month closed, one approval late": late,
    "a memo edited in QuickBooks": lambda w: bool(acts("note_on_bill", bill=application(w[0]).invoice)),
    "checks with a job, without an order": lambda w: by_vendor("check", w[0], "20100"),
    "an owner invoice and its payment on both sides": lambda w: received(*w) and owed(w[0]) == 171000,
    "the owner's retainage falls half-way": lambda w: [owner_total(one, "held") / owner_total(one, "work")
                                                       for one in w] == [Decimal("0.1"), Decimal("0.05")],
    "retainage released by the owner": all_released,
    "retainage that the owner still holds": still_held,
    "a short payment of the owner, made good": lambda w: received(*w) and owed(w[0]) == Decimal("287536.50") and
        acts("receive", check="5333")[0]["amount"] == "160000.00",
    "an owner's check deposited later": deposited,
    "an owner's check not deposited": undeposited,
    "owner invoices not paid yet": lambda w: [standing(one)["open"] for one in w] == [owed(one) for one in w] ==
        [Decimal("10773.00"), Decimal("32043.50")],
    "change order of the owner": added_by_the_owner,
    "direct cost, an invoice that QuickBooks has too": lambda w: cost_in_both(w, "invoice"),
    "direct cost, an expense under another name": lambda w: cost_in_both(w, "expense") and
        direct_cost(w[0])["vendor"] != acts("check", number="20100")[0]["payee"],
    "direct cost, payroll": lambda w: cost_in_both(w, "payroll"),
    "direct cost, pending": pending,
    "timesheets": worked,
}


@pytest.mark.parametrize("name", CASES)
def test_the_case_stands_where_it_is_said_to_stand(name):
    assert IS_SO[name](CASES[name]["where"]), CASES[name]


def test_every_check_of_a_case_has_its_case():
    assert set(IS_SO) == set(CASES)


def test_the_problems_of_the_cases_are_those_that_stand_at_the_end_of_the_year():
    asked = {where: Decimal(case["amount"]) for case in CASES.values() if "problem" in case
             for where in case["where"] if "/" in where}
    assert asked == {one["document"]: one["amount"] for one in FACTS["problems"]}


def test_the_world_has_the_size_it_is_said_to_have():
    assert len(WORLD.projects) == 5
    assert len([vendor for vendor in WORLD.vendors if vendor.name]) == 30
    assert len(WORLD.cost_codes) == 60
    assert len(WORLD.commitments) == 25
    assert sum(len(one.change_orders) for one in WORLD.commitments) == 12
    assert sum(len(one.applications) for one in WORLD.commitments) == 90
    assert len({act["date"].strftime("%Y-%m") for act in ACTS if act["date"].year == 2026}) == 12


def test_about_half_of_the_vendors_are_in_quickbooks_already():
    known = [vendor for vendor in WORLD.vendors if vendor.name and vendor.books_name]
    assert len(known) == 16


def test_every_line_is_coded_to_a_budget_code_of_the_world():
    codes = {f"{code.code}.{kind}" for code in WORLD.cost_codes for kind in code.types}
    used = {line.flat_code for one in WORLD.commitments
            for line in (*one.lines, *(x for order in one.change_orders for x in order.lines))}
    assert used <= codes
    assert f"{WORLD.company['markup_code']}.{WORLD.company['markup_type']}" in codes


def test_every_application_is_written_and_decided_in_the_order_of_its_number():
    for one in WORLD.commitments:
        dates = [decided("submit", f"{one.number}/{a.number}") + decided("draft", f"{one.number}/{a.number}")
                 for a in one.applications]
        assert all(len(found) == 1 for found in dates), one.number
        assert [found[0]["date"] for found in dates] == sorted(found[0]["date"] for found in dates)


def test_no_line_is_billed_beyond_its_value():
    for one in WORLD.commitments:
        values = {line.line: Decimal(line.amount) if line.amount else Decimal(line.quantity) * Decimal(line.unit_cost)
                  for line in (*one.lines, *(x for order in one.change_orders for x in order.lines))}
        billed = dict.fromkeys(values, Decimal(0))
        for application_ in one.applications:
            for line, amount, _ in TOWN.movements[f"{one.number}/{application_.number}"]:
                billed[line] += amount
        for line, value in values.items():
            assert abs(billed[line]) <= abs(value) + Decimal("0.01"), (one.number, line)
