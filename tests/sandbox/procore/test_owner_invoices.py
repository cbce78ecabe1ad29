"""Owner invoices of the practice Procore: G702 and G703, retainage, markups, payments received, who may change what."""
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.procore_client import OWNER_LONG, Site
from tests.support.procore_owner import reckon


def rows(invoice: Any) -> Any:
    return invoice["g703"]


def due(invoice: Any) -> Any:
    return invoice["g702"]["current_payment_due"]


def test_an_owner_invoice_bills_the_contract_and_its_approved_change_orders(site: Site) -> None:
    contract = site.prime("40000", "10000")
    order = site.prime_change_order(contract, "5000")
    site.prime_change_order(contract, "777", approve=False)
    made = site.owner_invoice(contract, invoice_number="7", billing_date="2026-01-31")
    assert [(row["scheduled_value"], row["origin_type"], row["added_from_source"]) for row in rows(made)] == [
        ("40000.00", "LineItem", "contract"), ("10000.00", "LineItem", "contract"),
        ("5000.00", "LineItem", "change_order")]
    lines = site.prime_contract(contract)["line_items"]
    assert [row["origin_id"] for row in rows(made)][:2] == [line["id"] for line in lines], "Procore's own ids"
    assert rows(made)[2]["added_from_source_id"] == order["legacy_package_id"]
    site.bill_owner(contract, made["id"], 0, work="10000")
    shown = site.bill_owner(contract, made["id"], 1, work="1000", stored="500")
    assert shown["g702"] | {"formatted_period": ""} == {
        "original_contract_sum": "50000.00", "net_change_by_change_orders": "5000.00",
        "contract_sum_to_date": "55000.00", "total_completed_and_stored_to_date": "11500.00",
        "completed_work_retainage_percent": "10.00", "completed_work_retainage_amount": "1100.00",
        "stored_materials_retainage_percent": "10.00", "stored_materials_retainage_amount": "50.00",
        "total_retainage": "1150.00", "total_earned_less_retainage": "10350.00",
        "less_previous_certificates_for_payment": "0.00", "current_payment_due": "10350.00",
        "tax_applicable_to_this_payment": "0.00", "balance_to_finish_including_retainage": "44650.00",
        "positive_change_order_item_total": "5000.00", "negative_change_order_item_total": "0.00",
        "positive_new_change_order_item_total": "5000.00", "negative_new_change_order_item_total": "0.00",
        "positive_previous_change_order_item_total": "0.00", "negative_previous_change_order_item_total": "0.00",
        "formatted_period": ""}
    assert (shown["percent_complete"], shown["total_amount_accrued_this_period"]) == ("20.91", "11500.00")
    assert (shown["formatted_contract_company"], shown["contract"]["type"]) == ("SID Electrical", "PrimeContract")


def test_the_next_owner_invoice_goes_on_where_the_last_one_stopped(site: Site) -> None:
    contract = site.prime("50000")
    one = site.bill_owner(contract, site.owner_invoice(contract)["id"], work="1000", stored="200")
    site.prime_change_order(contract, "300")
    two = site.owner_invoice(contract)
    line, added = rows(two)
    assert (two["number"], due(two)) == (2, "0.00")
    assert line["work_completed_from_previous_application"] == "1000.00"
    assert line["work_completed_retainage_from_previous_application"] == "100.00"
    assert (line["materials_presently_stored"], line["materials_stored_retainage_from_previous_application"]) == (
        "200.00", "20.00")
    assert two["g702"]["less_previous_certificates_for_payment"] == one["g702"]["total_earned_less_retainage"]
    assert added["scheduled_value"] == "300.00" and added["work_completed_from_previous_application"] == "0.00"


def test_stored_materials_move_into_previous_work_where_the_contract_says_so(site: Site) -> None:
    contract = site.prime("50000")
    path = f"/rest/v1.0/projects/{site.project}/contracts/{contract}/invoice_configuration"
    site.api.ok("PATCH", path, {"invoice_configuration": {"stored_materials_billing_method": "move_new_materials"}})
    site.bill_owner(contract, site.owner_invoice(contract)["id"], work="1000", stored="200")
    [line] = rows(site.owner_invoice(contract))
    assert (line["work_completed_from_previous_application"], line["materials_presently_stored"]) == (
        "1200.00", "0.00")
    assert line["work_completed_retainage_from_previous_application"] == "120.00"
    assert site.api.get(path)["commitment_has_invoices"] is True


def test_markups_are_billed_on_lines_of_their_own(site: Site) -> None:
    contract = site.prime("10000")
    holder = {"project_id": site.project, "holder_type": "Contract", "holder_id": contract}
    fee = site.api.ok("POST", "/rest/v1.0/financials/markups", {"markup": {
        "name": "Fee", "percentage": "5", "markup_set": "vertical"}}, holder)
    made = site.owner_invoice(contract)
    assert [(row["type"], row["scheduled_value"], row["description_of_work"]) for row in rows(made)] == [
        ("payment_application_line_item", "10000.00", None),
        ("payment_application_markup_line_item", "500.00", "Fee")]
    assert "origin_id" not in rows(made)[1]
    assert made["g702"]["original_contract_sum"] == "10500.00"
    assert due(site.bill_owner(contract, made["id"], 1, work="50")) == "45.00"
    path = f"/rest/v1.0/financials/markups/{fee['id']}"
    site.api.ok("PATCH", path, {"markup": {"percentage": "6"}}, holder)
    assert site.read_owner_invoice(made["id"])["g702"]["original_contract_sum"] == "10600.00"
    site.api.refused(422, "DELETE", path, None, holder)


def test_a_change_order_may_be_billed_as_one_sum(site: Site) -> None:
    contract = site.prime("10000")
    site.api.ok("PATCH", f"/rest/v2.0/companies/4283186/projects/{site.project}/prime_contracts/{contract}",
                {"change_order_level_of_detail": "change_order_package"})
    order = site.prime_change_order(contract, "100", "200")
    row = rows(site.owner_invoice(contract))[1]
    assert (row["scheduled_value"], row["origin_type"], row["origin_id"], row["description_of_work"]) == (
        "300.00", "ChangeOrderPackage", order["legacy_package_id"], "Owner add")


def test_a_change_order_goes_on_as_it_was_first_billed_when_the_level_of_detail_changes(site: Site) -> None:
    contract = site.prime("10000")
    site.prime_change_order(contract, "100", "200")
    assert len(rows(site.owner_invoice(contract))) == 3
    site.api.ok("PATCH", f"/rest/v2.0/companies/4283186/projects/{site.project}/prime_contracts/{contract}",
                {"change_order_level_of_detail": "change_order_package"})
    site.prime_change_order(contract, "7")
    shown = site.owner_invoice(contract)
    assert [row["scheduled_value"] for row in rows(shown)] == ["10000.00", "100.00", "200.00", "7.00"]
    assert rows(shown)[3]["origin_type"] == "ChangeOrderPackage"
    assert shown["g702"]["contract_sum_to_date"] == "10307.00"


def test_quantity_times_price_is_billed_on_a_unit_contract(site: Site) -> None:
    contract = site.prime(accounting_method="unit", lines=[{"quantity": "3", "unit_cost": "33.335", "uom": "ea"}])
    made = site.owner_invoice(contract)
    [row] = rows(site.bill_owner(contract, made["id"], quantity="1", work="999"))
    assert (row["scheduled_value"], row["work_completed_this_period"]) == ("100.01", "33.34")


def test_retainage_is_released_up_to_what_is_held_and_no_further(site: Site) -> None:
    contract = site.prime("1000")
    one = site.bill_owner(contract, site.owner_invoice(contract)["id"], work="1000")
    assert due(one) == "900.00"
    two = site.owner_invoice(contract)
    path = f"/rest/v1.0/prime_contracts/{contract}/payment_application_line_items/{rows(two)[0]['id']}"

    def refused(**amounts: str) -> Any:
        return site.api.refused(422, "PATCH", path, {"project_id": site.project,
                                                     "payment_application_line_item": amounts})["errors"]

    name = "work_completed_retainage_released_this_period"
    assert refused(**{name: "100.01"}) == {name: ["cannot be more than the retainage held"]}
    assert refused(**{name: "-1"}) == {name: ["cannot be below zero"]}
    assert site.read_owner_invoice(two["id"]) == two, "a refused line stays as it was"
    done = site.bill_owner(contract, two["id"], released="100")
    assert (due(done), done["g702"]["total_retainage"]) == ("100.00", "0.00")


def test_a_credit_after_a_release_takes_back_no_retainage_that_is_not_held(site: Site) -> None:
    contract = site.prime("1000")
    site.bill_owner(contract, site.owner_invoice(contract)["id"], work="1000")
    site.bill_owner(contract, site.owner_invoice(contract)["id"], released="90")
    credit = site.bill_owner(contract, site.owner_invoice(contract)["id"], work="-500")
    assert rows(credit)[0]["work_completed_retainage_retained_this_period"] == "-10.00"
    assert (due(credit), credit["g702"]["total_retainage"]) == ("-490.00", "0.00")
    path = f"/rest/v1.0/prime_contracts/{contract}/payment_application_line_items/{rows(credit)[0]['id']}"
    name = "work_completed_retainage_retained_this_period"
    refused = site.api.refused(422, "PATCH", path, {"project_id": site.project, "payment_application_line_item": {
        name: "-50"}})
    assert refused["errors"] == {name: ["takes back more than the retainage held"]}


def test_retainage_needs_the_work_or_the_materials_that_it_is_held_on(site: Site) -> None:
    contract = site.prime("1000")
    made = site.owner_invoice(contract)
    path = f"/rest/v1.0/prime_contracts/{contract}/payment_application_line_items/{rows(made)[0]['id']}"
    for name in ("work_completed_retainage_retained_this_period", "materials_stored_retainage_retained_this_period"):
        refused = site.api.refused(422, "PATCH", path, {"project_id": site.project,
                                                        "payment_application_line_item": {name: "5"}})
        assert set(refused["errors"]) == {name}
    shown = site.bill_owner(contract, made["id"], work="100", held="7", stored="50", held_on_stored="3")
    assert (shown["g702"]["total_retainage"], due(shown)) == ("10.00", "140.00")


def test_overbilling_is_refused_where_the_project_does_not_allow_it(site: Site) -> None:
    contract = site.prime("1000")
    made = site.owner_invoice(contract)
    assert rows(site.bill_owner(contract, made["id"], work="1001"))[0][
        "total_completed_and_stored_to_date_percent"] == "100.10"
    site.service.company.switches.allow_overbilling = False
    path = f"/rest/v1.0/prime_contracts/{contract}/payment_application_line_items/{rows(made)[0]['id']}"
    refused = site.api.refused(422, "PATCH", path, {"project_id": site.project, "payment_application_line_item": {
        "work_completed_this_period": "1002"}})
    assert set(refused["errors"]) == {"total_completed_and_stored_to_date"}


def test_only_the_most_recent_owner_invoice_takes_amounts_or_is_deleted(site: Site) -> None:
    contract = site.prime("1000")
    one = site.bill_owner(contract, site.owner_invoice(contract)["id"], work="100")
    two = site.owner_invoice(contract)
    path = f"/rest/v1.0/prime_contracts/{contract}/payment_application_line_items/{rows(one)[0]['id']}"
    body = {"project_id": site.project, "payment_application_line_item": {"work_completed_this_period": "1"}}
    site.api.refused(422, "PATCH", path, body)
    scope = {"project_id": site.project}
    site.api.refused(422, "DELETE", f"/rest/v1.0/payment_applications/{one['id']}", None, scope)
    assert site.set_owner_invoice(contract, one["id"], status="approved")["status"] == "approved", "its header may"
    listed = site.api.get(f"/rest/v1.0/prime_contracts/{contract}/payment_applications", project_id=site.project,
                          **{"filters[is_last]": "true"})
    assert [row["id"] for row in listed] == [two["id"]]
    site.api.ok("DELETE", f"/rest/v1.0/payment_applications/{two['id']}", None, scope)
    site.api.ok("PATCH", path, body)
    assert site.owner_invoice(contract)["number"] == 2


def test_an_origin_id_locks_the_whole_owner_invoice(site: Site) -> None:
    contract = site.prime("1000")
    made = site.owner_invoice(contract, origin_id="inv-1")
    base, scope = f"/rest/v1.0/prime_contracts/{contract}", {"project_id": site.project}
    one = f"{base}/payment_applications/{made['id']}"
    site.api.refused(422, "PATCH", one, {**scope, "payment_application": {"status": "approved"}})
    site.api.refused(422, "PATCH", f"{base}/payment_application_line_items/{rows(made)[0]['id']}", {
        **scope, "payment_application_line_item": {"work_completed_this_period": "1"}})
    site.api.refused(422, "DELETE", f"/rest/v1.0/payment_applications/{made['id']}", None, scope)
    taken = site.api.refused(422, "POST", base + "/payment_applications", {**scope, "payment_application": {
        "commitment_billing_period_id": site.period, "origin_id": "inv-1"}})
    assert taken == {"errors": {"origin_id": ["has already been taken"]}}
    assert site.set_owner_invoice(contract, made["id"], origin_data="{}", origin_id=None)["origin_id"] is None
    assert site.set_owner_invoice(contract, made["id"], status="approved")["status"] == "approved"


def test_a_billed_change_order_stays_approved_while_it_is_on_an_owner_invoice(site: Site) -> None:
    contract = site.prime("1000")
    order = site.prime_change_order(contract, "100")
    made = site.owner_invoice(contract)
    path = f"/rest/v1.0/projects/{site.project}/prime_change_orders/{order['id']}"
    site.api.refused(422, "PATCH", path, {"change_order": {"status": "void"}})
    site.api.ok("DELETE", f"/rest/v1.0/payment_applications/{made['id']}", None, {"project_id": site.project})
    site.api.ok("PATCH", path, {"change_order": {"status": "void"}})
    assert len(rows(site.owner_invoice(contract))) == 1


def test_an_owner_invoice_needs_an_approved_contract_and_a_period(site: Site) -> None:
    contract = site.prime("1000", approve=False)
    path = f"/rest/v1.0/prime_contracts/{contract}/payment_applications"

    def create(**fields: object) -> Any:
        return site.api.refused(422, "POST", path, {"project_id": site.project, "payment_application": fields})

    assert "base" in create(commitment_billing_period_id=site.period)["errors"]
    site.set_prime(contract, status="Complete")
    assert create()["errors"] == {"commitment_billing_period_id": ["can't be blank"]}
    assert create(commitment_billing_period_id=1)["errors"] == {"commitment_billing_period_id": ["is invalid"]}
    assert "status" in create(commitment_billing_period_id=site.period, status="approved_as_noted")["errors"]
    backwards = create(period_start="2026-02-01", period_end="2026-01-01")
    assert backwards["errors"] == {"period_end": ["must be after the start date"]}
    site.api.refused(400, "POST", path, {"project_id": site.project})
    made = site.api.ok("POST", path, {"project_id": site.project, "payment_application": {
        "period_start": "2026-01-01", "period_end": "2026-01-31"}})
    assert (made["period_id"], made["period_start"]) == (None, "2026-01-01")
    site.api.ok("PATCH", f"/rest/v2.0/companies/4283186/projects/{site.project}/prime_contracts/{contract}",
                {"allow_payment_applications": False})
    site.api.refused(403, "POST", path, {"project_id": site.project, "payment_application": {
        "commitment_billing_period_id": site.period}})


def test_a_billing_period_with_an_owner_invoice_stays(site: Site) -> None:
    site.owner_invoice(site.prime("1000"))
    path = f"/rest/v1.0/projects/{site.project}/billing_periods/{site.period}"
    site.api.refused(422, "DELETE", path)


def test_the_lists_of_owner_invoices_know_no_filter_by_updated_at(site: Site) -> None:
    made = site.owner_invoice(site.prime("1000"))
    long_ago = {"filters[updated_at]": "1999-01-01...1999-12-31"}
    listed = site.api.get("/rest/v1.0/payment_applications", project_id=site.project, **long_ago)
    assert [row["id"] for row in listed] == [made["id"]] and "g703" not in listed[0]
    paid = site.pay(made["contract"]["id"], "1")
    payments = site.api.get("/rest/v1.0/contract_payments", project_id=site.project,
                            contract_id=made["contract"]["id"], **long_ago)
    assert [row["id"] for row in payments] == [paid["id"]]


def test_payments_received_name_their_owner_invoice_by_its_number(site: Site) -> None:
    contract = site.prime("1000")
    one = site.bill_owner(contract, site.owner_invoice(contract, invoice_number="A-1")["id"], work="500")
    two = site.owner_invoice(contract, invoice_number="A-2")
    assert site.pay(contract, "450.00", invoice_number="A-1")["draw_request_number"] == 1
    site.pay(contract, "20.00", draw_request_number=2)
    site.pay(contract, "5.00")
    assert site.read_owner_invoice(one["id"])["total_amount_paid"] == "450.00"
    assert site.read_owner_invoice(two["id"])["total_amount_paid"] == "20.00"
    shown = site.prime_contract(contract)
    assert (shown["total_payments"], shown["outstanding_balance"]) == ("475.0", "525.0")
    assert [payment["payment_number"] for payment in shown["payments_received"]] == [1, 2, 3]
    requisition = site.invoice(site.commitment("10"))
    refused = site.api.refused(422, "POST", "/rest/v1.0/contract_payments", {
        "project_id": site.project, "contract_id": contract, "contract_payment": {
            "amount": "1", "requisition_id": requisition["id"]}})
    assert refused == {"errors": {"requisition_id": ["is invalid"]}}
    site.api.refused(400, "GET", "/rest/v1.0/contract_payments", None, {"project_id": site.project})


def test_a_contract_with_invoices_or_payments_cannot_be_deleted(site: Site) -> None:
    scope = {"project_id": site.project}
    for contract in (site.prime("1000"), site.prime("1000")):
        made = site.owner_invoice(contract) if contract % 2 else site.pay(contract, "1")
        site.set_prime(contract, status="Draft")
        site.api.refused(422, "DELETE", f"/rest/v1.0/prime_contract/{contract}", None, scope)
        assert made["id"]


CENTS = st.integers(0, 200_000).map(lambda n: f"{Decimal(n) / 100:.2f}")
SIGNED = st.integers(-100_000, 200_000).map(lambda n: f"{Decimal(n) / 100:.2f}")
WRITES = st.fixed_dictionaries({}, optional={
    "work": SIGNED, "stored": CENTS, "held": CENTS, "held_on_stored": SIGNED, "released": CENTS})
APPLICATIONS = st.lists(st.lists(st.tuples(st.integers(0, 5), WRITES), max_size=5), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@example(applications=[[(0, {"work": "1000.00"})], [(0, {"released": "90.00"})], [(0, {"work": "-500.00"})]],
         moves=False, percent="10")
@example(applications=[[(0, {"work": "-0.10", "held_on_stored": "0.00", "stored": "0.10"})], []],
         moves=True, percent="5")
@given(applications=APPLICATIONS, moves=st.booleans(), percent=st.sampled_from(["0", "5", "7.5", "10", "33.33"]))
def test_whatever_is_billed_the_lines_make_the_cover_and_no_retainage_falls_below_zero(
        applications: list[list[tuple[int, dict[str, str]]]], moves: bool, percent: str) -> None:
    """Refused writes change nothing; the rest adds up, and the next application begins where this one ends."""
    site = Site.new()
    contract = site.prime("10000.05", "333.33", retainage_percent=percent)
    holder = {"project_id": site.project, "holder_type": "Contract", "holder_id": contract}
    for name, markup_set in (("Overhead", "horizontal"), ("Fee", "vertical")):
        site.api.ok("POST", "/rest/v1.0/financials/markups", {"markup": {
            "name": name, "percentage": "3.33", "markup_set": markup_set}}, holder)
    configuration = f"/rest/v1.0/projects/{site.project}/contracts/{contract}/invoice_configuration"
    site.api.ok("PATCH", configuration, {"invoice_configuration": {
        "move_materials_to_previous_work_completed": moves}})
    before: Any = None
    for writes in applications:
        site.prime_change_order(contract, "-50.01")
        made = site.owner_invoice(contract)["id"]
        for index, amounts in writes:
            lines = rows(site.read_owner_invoice(made))
            row = lines[index % len(lines)]
            kind = row["type"]
            answer = site.api.call("PATCH", f"/rest/v1.0/prime_contracts/{contract}/{kind}s/{row['id']}", {
                "project_id": site.project, kind: {OWNER_LONG[name]: value for name, value in amounts.items()}})
            assert answer.status in (200, 422)
            if answer.status == 422:
                assert rows(site.read_owner_invoice(made)) == lines
        shown = site.read_owner_invoice(made)
        assert reckon(shown, before, moves=moves) == []
        revised = Decimal(site.prime_contract(contract)["revised_contract_amount"])
        assert shown["g702"]["contract_sum_to_date"] == f"{revised:.2f}"
        before = shown
