"""Procore's records in core's words, and in how few calls they are had."""
import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.adapters.procore.office import COMPANY, Office, Site, connected, cut, says
from tieout.adapters.procore import feeds
from tieout.adapters.procore.read import reading_of, understand
from tieout.core.construction import ChangeOrder, Code, Commitment, CommitmentLine, Company, Project, Requisition
from tieout.core.money import money
from tieout.ports import CursorTooOld, Feed, NotAuthorised, NotUnderstood, ProjectNotReadable, Reading, Unreachable


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_project_and_a_company_are_read_with_everything_a_vendor_needs(site: Site) -> None:
    [project] = site.read("projects").readings
    [company] = site.read("companies").readings
    assert understand(project) == Project(id=site.project, number="24-017", name="Oak Health", active=True)
    assert understand(company) == Company(
        id=site.vendor, name="SID Electric", active=True, email="jane@sid.example", phone="(812) 989-9810", fax="812-1",
        website="http://sid.example", street="846 Dogglesworth Drive", city="Jeffersonville", state="IN",
        postal_code="47130", country="US")


def test_an_inactive_company_is_read_too_and_says_so(site: Site) -> None:
    site.do("PATCH", f"/rest/v1.0/vendors/{site.vendor}", {"company_id": 4283186, "vendor": {"is_active": False}})
    read = site.read("companies")
    [company] = read.readings
    assert understand(company).active is False
    assert read.whole == (("company", ""),)


def test_a_subcontract_and_a_purchase_order_are_read_with_their_lines(site: Site) -> None:
    subcontract, order = (understand(reading) for reading in site.read("commitments", site.project).readings)
    rough_in = Code(cost_code="26-100", cost_type="S", description="Rough-in")
    assert subcontract == Commitment(
        id=site.contract, project=site.project, kind="subcontract", number="SC-001", title="Electrical",
        status="Approved", company=site.vendor, dated=date(2026, 1, 5), revised=money("50000"),
        company_name="SID Electric", retainage_percent=Decimal("10.0"), lines=(
            CommitmentLine(id=site.lines[0], code=rough_in, description="Rough-in & panels", amount=money("40000")),
            CommitmentLine(id=site.lines[1], code=Code(cost_code="26-200", cost_type="S", description="Fixtures"),
                           description="Fixtures", amount=money("10000"))))
    assert isinstance(order, Commitment) and order.kind == "purchase_order"
    assert order.lines == (CommitmentLine(
        id=site.order_lines[0], code=rough_in, description="EMT", amount=money("1255"), quantity=Decimal(1000),
        unit_cost=Decimal("1.255"), unit="lf"),)


def test_the_lines_of_a_change_order_and_its_markup_come_to_its_total(site: Site) -> None:
    site.change_order("5000.00", markup="10.00")
    [reading] = site.read("change_orders", site.project).readings
    order = understand(reading)
    assert isinstance(order, ChangeOrder)
    assert [(str(line.amount), line.markup, line.code.text) for line in order.lines] == [
        ("5000.00", False, "26-100.S"), ("500.00", True, "")]
    assert order.total == money("5500") == sum(line.amount for line in order.lines)
    assert (order.status, order.commitment) == ("approved", site.contract)
    assert reading.links == (("commitment", site.contract),)


def test_markup_that_no_line_shows_is_a_line_of_its_own() -> None:
    raw = json.dumps({"id": 9, "contract_id": 5, "grand_total": "110.00", "status": "approved", "line_items": [
        {"id": 1, "extended_amount": "100.00", "cost_code": {"full_code": "01"}, "markup_line_items": []}]})
    order = understand(Reading(kind="change_order", key="9", version="", raw=raw, scope="1"))
    assert isinstance(order, ChangeOrder)
    assert [(line.id, str(line.amount), line.markup) for line in order.lines] == [
        ("1", "100.00", False), ("9-markup", "10.00", True)]


def test_an_application_gives_levels_of_completed_and_retained_per_line(site: Site) -> None:
    """Second of two: work 10,000 then 5,000, 2,000 stored and then half of it installed, 300 released."""
    first = site.bill(1, {"work_completed_this_period": "10000.00"}, {"materials_presently_stored": "2000.00"})
    site.bill(2, {"work_completed_this_period": "5000.00", "work_completed_retainage_released_this_period": "300.00"},
              {"work_completed_this_period": "1000.00", "materials_presently_stored": "1000.00"})
    one, two = (understand(reading) for reading in site.read("subcontractor_invoices", site.project).readings)
    assert isinstance(one, Requisition) and isinstance(two, Requisition)
    assert [(str(line.completed), str(line.retained), str(line.released)) for line in two.lines] == [
        ("15000.00", "1200.00", "300.00"), ("2000.00", "200.00", "0.00")]
    assert [line.source for line in two.lines] == site.lines
    assert [line.code.text for line in two.lines] == ["26-100.S", "26-200.S"]
    assert (one.previous, two.previous, two.number) == ("", first, 2)
    assert (two.completed, two.retained) == (money("17000"), money("1400"))
    assert two.retained == sum(line.retained for line in two.lines)
    assert two.due_now == (two.completed - two.retained) - (one.completed - one.retained)
    assert (two.billing_date, two.period_start, two.period_end) == (
        date(2026, 2, 28), date(2026, 2, 1), date(2026, 2, 28))


def test_a_unit_priced_line_gives_the_units_of_the_period_and_their_price(site: Site) -> None:
    site.bill(1, {"work_completed_this_period_quantity": "250"}, contract=site.order)
    [reading] = site.read("subcontractor_invoices", site.project).readings
    invoice = understand(reading)
    assert isinstance(invoice, Requisition)
    [line] = invoice.lines
    assert (line.quantity, line.unit_price, str(line.completed)) == (Decimal(250), Decimal("1.255"), "313.75")


def test_a_change_order_line_is_billed_under_its_own_id(site: Site) -> None:
    package = site.change_order()
    invoice = site.bill(1, {"work_completed_this_period": "1000.00"}, status="draft")
    site.do("POST", f"/rest/v1.0/requisitions/{invoice}/add_change_order_package", project_id=site.project,
            commitment_id=site.contract, change_order_package_id=package)
    [order] = site.read("change_orders", site.project).readings
    [reading] = site.read("subcontractor_invoices", site.project).readings
    found, changed = understand(reading), understand(order)
    assert isinstance(found, Requisition) and isinstance(changed, ChangeOrder)
    assert found.lines[-1].source == changed.lines[0].id


@pytest.mark.parametrize("missing", [
    "items", "summary.current_payment_due", "items[0].total_completed_and_stored_to_date"])
def test_an_application_without_what_the_books_need_is_not_understood_and_says_what(site: Site, missing: str) -> None:
    site.bill(1, {"work_completed_this_period": "10.00"})
    [reading] = site.read("subcontractor_invoices", site.project).readings
    data = json.loads(reading.raw)
    holder, _, name = missing.rpartition(".")
    del (data["items"][0] if holder.startswith("items") else data[holder] if holder else data)[name]
    with pytest.raises(NotUnderstood, match=f"subcontractor invoice {reading.key}: .*{name}"):
        understand(Reading(kind=reading.kind, key=reading.key, version="", raw=json.dumps(data), scope=site.project))


def test_every_record_of_a_project_carries_the_project_and_the_records_it_names(site: Site) -> None:
    invoice = site.bill(1, {"work_completed_this_period": "1000.00"})
    paid = site.pay("900.00", requisition_id=int(invoice))
    found = {reading.key: reading for name in ("commitments", "subcontractor_invoices")
             for reading in site.read(name, site.project).readings}
    assert {reading.scope for reading in found.values()} == {site.project}
    assert site.read("projects").readings[0].links == (("number", "24-017"),)
    assert found[site.contract].links == (("company", site.vendor),)
    assert found[invoice].links == (("commitment", site.contract),)
    assert found[paid].links == (("commitment", site.contract), ("subcontractor_invoice", invoice))


# How often Procore is asked

def test_a_first_read_asks_for_each_page_once_and_shows_only_what_no_list_holds(site: Site) -> None:
    site.change_order()
    paid = site.pay("900.00")
    lists = {"projects": 1, "companies": 2, "subcontractor_invoices": 1,
             "change_orders": 1 + 1,          # the list, and the package
             "commitments": 2 + 2 + 1,        # both lists, both contracts, the payments of the one that has any
             "payments": 0}                   # all read with the commitments
    for name, calls in lists.items():
        read = site.read(name, "" if name in ("projects", "companies") else site.project)
        assert len([url for _, url in site.asked if "oauth" not in url]) == calls, (name, site.asked)
        assert (paid in [reading.key for reading in read.readings]) == (name == "commitments")


def test_an_idle_turn_is_one_call_per_list_and_brings_nothing(site: Site) -> None:
    site.change_order()
    site.pay("900.00")
    for feed in site.procore.feeds([site.project]):
        cursor = site.read(feed.name, feed.scope).cursor
        for _ in range(3 if feed.turn == "rotating" else 0):          # round once, to know every contract's payments
            cursor = site.read(feed.name, feed.scope, cursor).cursor
        for _ in range(3):
            read = site.read(feed.name, feed.scope, cursor)
            calls = [url for _, url in site.asked]
            assert len(calls) == (2 if feed.name == "commitments" else 1), (feed, calls)
            assert read.readings == [] and read.whole == (), feed
            cursor = read.cursor


def test_A13_every_call_says_which_company_and_which_project(site: Site) -> None:
    site.change_order()
    headers: list[str] = []
    for feed in site.procore.feeds([site.project]):
        site.read(feed.name, feed.scope)
        headers += [url for _, url in site.asked if feed.scope and "oauth" not in url and site.project not in url]
    assert headers == []
    with pytest.raises(NotAuthorised, match="company 999"):
        list(site.adapter("999").read(Feed(name="projects"), ""))


def test_what_changed_is_brought_and_nothing_else(site: Site) -> None:
    package = site.change_order(status="draft")
    cursors = {name: site.read(name, site.project).cursor for name in ("commitments", "change_orders")}
    site.later()
    site.do("PATCH", f"/rest/v1.0/change_order_packages/{package}", {
        "project_id": int(site.project), "contract_id": int(site.contract), "change_order": {"status": "approved"}})
    changed, contract = site.read("change_orders", site.project, cursors["change_orders"]).readings
    assert understand(changed).status == "approved"
    assert (contract.kind, contract.key) == ("commitment", site.contract), "its revised sum moved with the change order"
    changed_contracts = site.read("commitments", site.project, cursors["commitments"]).readings
    assert {reading.key for reading in changed_contracts} <= {site.contract}


def test_a_change_within_the_same_second_is_brought_with_another_version(site: Site) -> None:
    invoice = site.bill(1, {"work_completed_this_period": "1000.00"}, status="under_review")
    first = site.read("subcontractor_invoices", site.project)
    site.do("PATCH", f"/rest/v1.1/requisitions/{invoice}", {
        "project_id": int(site.project), "commitment_id": int(site.contract), "requisition": {"status": "approved"}})
    [again] = site.read("subcontractor_invoices", site.project, first.cursor).readings
    assert again.changed_at == first.readings[0].changed_at
    assert again.version != first.readings[0].version


def test_a_deleted_change_order_is_noticed_by_the_next_read(site: Site) -> None:
    package = site.change_order(status="draft")
    cursor = site.read("change_orders", site.project).cursor
    site.later()
    newer = site.do("GET", f"/rest/v1.0/projects/{site.project}/commitment_change_orders")[0]["id"]
    site.do("DELETE", f"/rest/v1.0/projects/{site.project}/commitment_change_orders/{newer}")
    [gone] = site.read("change_orders", site.project, cursor).readings
    assert (gone.key, gone.deleted, gone.raw) == (package, True, "")


def test_a_deleted_invoice_is_missing_from_a_whole_read(site: Site) -> None:
    site.bill(1, {"work_completed_this_period": "1000.00"})
    last = site.bill(2, {"work_completed_this_period": "1000.00"}, status="draft")
    assert last in [reading.key for reading in site.read("subcontractor_invoices", site.project).readings]
    site.do("DELETE", f"/rest/v1.1/requisitions/{last}", project_id=site.project)
    read = site.read("subcontractor_invoices", site.project)
    assert last not in [reading.key for reading in read.readings]
    assert read.whole == (("subcontractor_invoice", site.project),)


def test_a_payment_typed_changed_and_deleted_in_procore_is_noticed_by_the_next_read(site: Site) -> None:
    cursor = site.read("commitments", site.project).cursor
    site.later()
    paid = site.pay("900.00")
    read = site.read("commitments", site.project, cursor)
    assert [reading.key for reading in read.of("payment_issued")] == [paid]
    site.later()
    ids = {"project_id": int(site.project), "contract_id": int(site.contract)}
    site.do("PATCH", f"/rest/v1.0/contract_payments/{paid}", {**ids, "contract_payment": {"amount": "800.00"}})
    read = site.read("commitments", site.project, read.cursor)
    assert [str(understand(reading).amount) for reading in read.of("payment_issued")] == ["800.00"]
    site.later()
    site.do("DELETE", f"/rest/v1.0/contract_payments/{paid}", None, **ids)
    [gone] = site.read("commitments", site.project, read.cursor).of("payment_issued")
    assert (gone.key, gone.deleted) == (paid, True)


def test_the_rotation_looks_at_one_contract_a_turn_and_finds_what_moved_no_time_stamp(site: Site) -> None:
    paid = site.pay("900.00")
    site.read("projects")
    contract = site.practice.company.projects[int(site.project)].contracts[int(site.contract)]

    def turns(cursor: str, times: int) -> tuple[str, list[tuple[str, bool]]]:
        seen = []
        for _ in range(times):
            read = site.read("payments", site.project, cursor)
            assert len(site.asked) == 1
            cursor = read.cursor
            seen += [(reading.key, reading.deleted) for reading in read.readings]
        return cursor, seen

    start = site.read("payments", site.project).cursor
    assert turns(start, 3) == (turns(start, 3)[0], [(paid, False)])        # both contract lists, then the one contract
    cursor, _ = turns(start, 3)
    cursor, nothing_new = turns(cursor, 6)
    assert nothing_new == []
    contract.payments.clear()
    assert turns(cursor, 3)[1] == [(paid, True)]


def test_a_list_longer_than_a_page_is_read_to_its_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(feeds.PER_PAGE, feeds.VENDORS, 3)
    for number in range(7):
        site.do("POST", "/rest/v1.0/vendors", {"company_id": 4283186, "vendor": {
            "name": f"V{number}", "is_active": True}})
    read = site.read("companies")
    assert len(read.readings) == 8 and len({reading.key for reading in read.readings}) == 8
    assert [url.split("page=")[1][0] for _, url in site.asked if "/v1.0/vendors?" in url] == ["1", "2", "3"]
    assert read.whole == (("company", ""),)


def test_a_list_that_shrinks_while_it_is_read_is_not_taken_for_the_whole(
        site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record moves to a page already read; taken for gone, its bills would be asked about."""
    monkeypatch.setitem(feeds.PER_PAGE, feeds.VENDORS, 2)
    made = [site.do("POST", "/rest/v1.0/vendors", {"company_id": 4283186, "vendor": {
        "name": f"V{number}", "is_active": True}})["id"] for number in range(4)]
    reading = site.procore.read(Feed(name="companies"), "")
    next(reading)
    site.do("PATCH", f"/rest/v1.0/vendors/{made[0]}", {"company_id": 4283186, "vendor": {"is_active": False}})
    assert list(reading)[-1].whole == ()


def test_a_record_that_comes_on_two_pages_hides_another_one_and_nothing_is_taken_for_gone(site: Site) -> None:
    site.read("projects")
    rows = [json.dumps({"id": key, "name": f"V{key}", "is_active": True}) for key in (1, 2, 3)]
    link = '<https://procore.example/rest/v1.0/vendors?page=2>; rel="next"'
    site.next("GET", "v1.0/vendors", says(200, f"[{rows[0]}, {rows[1]}]", Total="4", Link=link))
    site.next("GET", "v1.0/vendors", says(200, f"[{rows[1]}, {rows[2]}]", Total="4"))
    read = site.read("companies")
    assert {reading.key for reading in read.readings} == {"1", "2", "3"} and read.whole == ()


def test_a_project_that_was_closed_in_procore_is_still_read(site: Site) -> None:
    site.do("PATCH", f"/rest/v1.0/projects/{site.project}", {"company_id": 4283186, "project": {"active": False}})
    [reading] = site.read("projects").readings
    assert understand(reading).active is False


def test_an_owners_change_order_is_no_commitments_change_order(site: Site) -> None:
    package = site.change_order()
    shown = site.do("GET", f"/rest/v1.0/change_order_packages/{package}", project_id=site.project)
    site.next("GET", f"change_order_packages/{package}", says(200, json.dumps(
        {**shown, "type": "PrimeContractChangeOrder"})))
    read = site.read("change_orders", site.project)
    assert read.readings == [] and read.whole == (("change_order", site.project),)
    again = site.read("change_orders", site.project, read.cursor)
    assert again.readings == [] and len(site.asked) == 1


def test_an_empty_project_is_watched_without_reading_everything_again(site: Site) -> None:
    read = site.read("change_orders", site.project)
    assert read.whole == (("change_order", site.project),)
    again = site.read("change_orders", site.project, read.cursor)
    assert again.whole == () and "filters%5Bupdated_at%5D=2000" in site.asked[0][1]
    site.change_order()
    kinds = [reading.kind for reading in site.read("change_orders", site.project, again.cursor).readings]
    assert kinds == ["change_order", "commitment"]


def test_a_cursor_that_is_not_ours_asks_for_a_whole_read(site: Site) -> None:
    with pytest.raises(CursorTooOld):
        site.read("projects", cursor="2026-01-01")


# One record

def test_each_kind_of_record_is_shown_as_it_is_listed(site: Site) -> None:
    site.change_order()
    site.bill(1, {"work_completed_this_period": "1000.00"})
    site.pay("900.00")
    for feed in site.procore.feeds([site.project]):
        for reading in site.read(feed.name, feed.scope).readings:
            shown = site.procore.show(reading.kind, reading.key, reading.scope)
            assert shown is not None and understand(shown) == understand(reading)


@pytest.mark.parametrize("kind", ["company", "commitment", "change_order", "subcontractor_invoice", "payment_issued"])
def test_a_record_that_is_gone_is_none(site: Site, kind: str) -> None:
    assert site.procore.show(kind, "12345", "" if kind == "company" else site.project) is None


def test_a_project_out_of_sight_does_not_make_its_records_look_deleted(site: Site) -> None:
    invoice = site.bill(1, {"work_completed_this_period": "1000.00"})
    with pytest.raises(ProjectNotReadable):
        site.procore.show("subcontractor_invoice", invoice, "777")


# What goes wrong

def test_a_tool_that_is_off_in_one_project_stops_only_that_project(site: Site) -> None:
    site.practice.disable_tool(int(site.project), "change_orders")
    with pytest.raises(ProjectNotReadable, match=f"change orders of project {site.project} .403: The change_orders "):
        site.read("change_orders", site.project)
    assert site.read("subcontractor_invoices", site.project).whole
    other = str(site.do("POST", "/rest/v1.0/projects", {"company_id": 4283186, "project": {"name": "Elm"}})["id"])
    assert site.read("change_orders", other).whole == (("change_order", other),)


def test_a_project_that_is_not_permitted_is_named(site: Site) -> None:
    site.practice.company.permitted = set()
    with pytest.raises(ProjectNotReadable) as found:
        site.read("commitments", site.project)
    assert found.value.project == site.project and "permit the project" in found.value.fix


def test_A13_a_project_that_the_set_up_does_not_allow_is_never_asked_for(site: Site) -> None:
    site.read("projects")
    site.gate.hidden.add(site.project)
    with pytest.raises(NotAuthorised):
        site.read("commitments", site.project)
    assert site.asked == []


def test_a_wrong_company_id_is_said_in_plain_words(site: Site) -> None:
    with pytest.raises(NotAuthorised, match="App is not connected to this company"):
        list(site.adapter("999").read(Feed(name="companies"), ""))


@pytest.mark.parametrize("name", ["projects", "companies"])
def test_an_html_page_instead_of_records_is_a_dead_line_not_an_empty_list(site: Site, name: str) -> None:
    for _ in range(3):
        site.next("GET", "/rest/", says(200, "<html><h1>Scheduled maintenance</h1></html>"))
    with pytest.raises(Unreachable, match="Scheduled maintenance"):
        site.read(name)


def test_a_busy_procore_is_waited_for_until_the_later_of_both_headers(site: Site) -> None:
    reset = int(site.clock.now().timestamp()) + 40
    site.next("GET", "projects", says(429, '{"errors": "slow down"}', Retry_After="3", X_Rate_Limit_Reset=str(reset)))
    assert len(site.read("projects").readings) == 1
    assert 40 <= sum(site.waits.seconds) < 60


def test_a_read_that_is_cut_is_read_again(site: Site) -> None:
    site.next("GET", "projects", cut)
    assert len(site.read("projects").readings) == 1


def test_a_record_that_cannot_be_understood_stops_neither_its_list_nor_the_others(site: Site) -> None:
    site.bill(1, {"work_completed_this_period": "1000.00"})
    site.bill(2, {"work_completed_this_period": "1000.00"})
    rows = site.do("GET", "/rest/v1.1/requisitions", project_id=site.project, view="items")
    rows[0]["summary"]["current_payment_due"] = "nine hundred"
    rows[0]["updated_at"] = "yesterday"
    rows[1]["summary"]["current_payment_due"] = 900
    site.read("projects")
    site.next("GET", "requisitions", says(200, json.dumps(rows), Total="2"))
    broken, sound = site.read("subcontractor_invoices", site.project).readings
    with pytest.raises(NotUnderstood) as why:
        understand(broken)
    assert str(why.value) == (f"subcontractor invoice {broken.key}: summary.current_payment_due should be a number, "
                              'got "nine hundred"')
    assert understand(sound).due_now == money("900")


ODD = [None, True, 0, -1, 1.5, "", "x", "1e9", "2026-13-45", [], [1], {}, {"id": []}, [None], [{}], "9" * 40, {"a": {}}]


@pytest.fixture(scope="module")
def records() -> list[Reading]:
    site = Site()
    site.change_order(markup="10.00")
    site.bill(1, {"work_completed_this_period": "1000.00"})
    site.pay("900.00")
    return [reading for feed in site.procore.feeds([site.project])
            for reading in site.read(feed.name, feed.scope).readings]


@pytest.mark.parametrize("seed", range(300))
def test_whatever_stands_in_a_field_the_record_is_read_or_named(records: list[Reading], seed: int) -> None:
    chance = random.Random(seed)
    reading = chance.choice(records)
    data = json.loads(reading.raw)
    holder: Any = data
    while True:
        key = chance.choice(sorted(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
        if isinstance(holder[key], (dict, list)) and holder[key] and chance.random() < 0.8:
            holder = holder[key]
            continue
        if holder is not data or key != "id":
            holder[key] = chance.choice(ODD)
        break
    again = reading_of(reading.kind, reading.scope, json.dumps(data))
    try:
        understand(again)
    except NotUnderstood as why:
        assert str(why).startswith(f"{reading.kind.replace('_', ' ')} {reading.key}: ")


# Companies to choose from, and the doctor

def test_the_companies_of_a_grant_are_listed_before_one_is_chosen() -> None:
    office = connected(Office(company="", how="authorization_code"))
    assert [(found.id, found.name) for found in office.procore.list_companies()] == [(COMPANY, "Demo Builders")]


def test_a_service_account_has_to_say_its_company_first(site: Site) -> None:
    with pytest.raises(NotAuthorised, match="wants to know the company first"):
        site.adapter("").list_companies()


def test_A14_the_doctor_reads_one_record_of_each_kind(site: Site) -> None:
    site.change_order()
    site.bill(1, {"work_completed_this_period": "1000.00"})
    site.pay("900.00")
    checks = site.adapter(COMPANY, (site.project,)).doctor()
    assert all(check.passed for check in checks), [check for check in checks if not check.passed]
    assert [check.what for check in checks] == [
        "signed in", "clock", "token", "company", "company directory", "24-017 Oak Health: subcontracts",
        "24-017 Oak Health: purchase orders", "24-017 Oak Health: change orders",
        "24-017 Oak Health: subcontractor invoices", "24-017 Oak Health: payments issued"]


def test_the_doctor_says_what_is_missing_and_how_to_get_it(site: Site) -> None:
    site.practice.disable_tool(int(site.project), "change_orders")
    failed = [check for check in site.adapter(COMPANY, (site.project, "777")).doctor() if not check.passed]
    assert [check.what for check in failed] == ["24-017 Oak Health: change orders", "project 777"]
    assert all(check.fix for check in failed)


def test_the_doctor_notices_a_clock_that_is_wrong(site: Site) -> None:
    site.read("projects")
    site.next("GET", "/me", says(200, '{"id": 1}', Date="Mon, 30 Mar 2026 15:00:00 GMT"))
    [clock] = [check for check in site.adapter(COMPANY).doctor() if check.what == "clock"]
    assert not clock.passed and "86400 seconds" in clock.says


def test_the_doctor_of_a_wrong_company_says_only_that(site: Site) -> None:
    [check] = site.adapter("999", (site.project,)).doctor()
    assert not check.passed and "App is not connected to this company" in check.says and "company id" in check.fix


def test_A73_a_project_without_a_number_goes_by_the_external_code_that_procore_shows(site: Site) -> None:
    site.do("PATCH", f"/rest/v1.0/projects/{site.project}", {
        "company_id": int(COMPANY), "project": {"project_number": "", "origin_code": "QB-77"}})
    [found] = [reading for reading in site.read("projects").readings if reading.key == site.project]
    project = understand(found)
    assert isinstance(project, Project) and project.number == "QB-77"
    assert ("number", "QB-77") in found.links
