"""Subcontractor invoices of the practice Procore: G702 and G703, stored materials, retainage, who may change what."""
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.procore_client import LONG, Site
from tieout.sandbox.procore.files import StoredFile


def first(invoice: Any) -> Any:
    return invoice["items"][0]


def due(invoice: Any) -> Any:
    return invoice["summary"]["current_payment_due"]


def test_the_official_g702_example_comes_out_to_the_cent(site: Site) -> None:
    contract = site.commitment("50000")
    package = site.change_order(contract, "5000")
    before = site.bill(site.invoice(contract)["id"], work="48000", held="4800")
    site.set_invoice(before, status="approved")
    now = site.invoice(contract)
    site.api.ok("POST", f"/rest/v1.0/requisitions/{now['id']}/add_change_order_package", None,
                {"project_id": site.project, "commitment_id": contract, "change_order_package_id": package["id"]})
    site.bill(now["id"], 1, work="4000", held="400")
    shown = site.bill(now["id"], 0, stored="1000", held_on_stored="100")
    assert {key: shown["summary"][key] for key in (
        "original_contract_sum", "net_change_by_change_orders", "contract_sum_to_date",
        "total_completed_and_stored_to_date", "completed_work_retainage_amount", "stored_materials_retainage_amount",
        "completed_work_retainage_percent", "stored_materials_retainage_percent", "total_retainage",
        "total_earned_less_retainage", "less_previous_certificates_for_payment", "current_payment_due",
        "balance_to_finish_including_retainage")} == {
        "original_contract_sum": "50000.00", "net_change_by_change_orders": "5000.00",
        "contract_sum_to_date": "55000.00", "total_completed_and_stored_to_date": "53000.00",
        "completed_work_retainage_amount": "5200.00", "stored_materials_retainage_amount": "100.00",
        "completed_work_retainage_percent": "10.00", "stored_materials_retainage_percent": "10.00",
        "total_retainage": "5300.00", "total_earned_less_retainage": "47700.00",
        "less_previous_certificates_for_payment": "43200.00", "current_payment_due": "4500.00",
        "balance_to_finish_including_retainage": "7300.00"}
    assert shown["percent_complete"] == "96.36%"
    assert shown["summary"]["positive_new_change_order_item_total"] == "5000.00"


def test_a_new_invoice_carries_the_previous_one_on_and_starts_at_nothing_due(site: Site) -> None:
    contract = site.commitment("50000")
    one = site.bill(site.invoice(contract)["id"], work="1000")
    assert (first(one)["work_completed_retainage_retained_this_period"], due(one)) == ("100.00", "900.00")
    two = site.invoice(contract)
    assert two["number"] == 2 and two["previous_requisition_id"] == one["id"]
    line = first(two)
    assert line["work_completed_from_previous_application"] == "1000.00"
    assert line["work_completed_retainage_from_previous_application"] == "100.00"
    assert line["work_completed_this_period"] == "0.00" and due(two) == "0.00"
    assert line["previous_progress_id"] == first(one)["id"]


def test_retainage_by_percent_is_rounded_half_up_to_the_cent_and_a_typed_amount_wins(site: Site) -> None:
    contract = site.commitment("50000", "50000")
    made = site.invoice(contract)["id"]
    assert first(site.bill(made, work="333.35"))["work_completed_retainage_retained_this_period"] == "33.34"
    assert site.bill(made, 1, work="-333.35")["items"][1]["work_completed_retainage_retained_this_period"] == "-33.34"
    typed = first(site.bill(made, work="1000", held="50"))
    assert typed["work_completed_retainage_retained_this_period"] == "50.00"
    assert typed["work_completed_retainage_percent_this_period"] == "5.00"
    following = first(site.invoice(contract))
    assert following["work_completed_retainage_percent_this_period"] == "5.00", "the next one goes on with that rate"


def test_a_percentage_is_kept_only_while_there_is_no_work_this_period(site: Site) -> None:
    contract = site.commitment("50000")
    made = site.invoice(contract)["id"]
    site.bill(made, percent="5")
    assert first(site.bill(made, work="1000"))["work_completed_retainage_retained_this_period"] == "50.00"
    assert first(site.bill(made, percent="8"))["work_completed_retainage_percent_this_period"] == "5.00"


def test_stored_materials_stay_a_level_when_the_flag_is_off(site: Site) -> None:
    contract = site.commitment("50000")
    one = site.bill(site.invoice(contract)["id"], stored="12800", held_on_stored="640")
    assert due(one) == "12160.00"
    two = site.invoice(contract)
    assert first(two)["materials_presently_stored"] == "12800.00"
    assert first(two)["materials_stored_retainage_currently_retained"] == "640.00" and due(two) == "0.00"
    installed = site.bill(two["id"], work="12800", held="640", stored="0")
    assert first(installed)["materials_stored_retainage_currently_retained"] == "0.00"
    assert first(installed)["gross_amount"] == "0.00" and due(installed) == "0.00", "only an installation: nothing due"


def test_stored_materials_move_into_previous_work_when_the_flag_is_on(site: Site) -> None:
    contract = site.commitment("50000")
    path = f"/rest/v1.0/projects/{site.project}/contracts/{contract}/invoice_configuration"
    shown = site.api.ok("PATCH", path, {"invoice_configuration": {"move_materials_to_previous_work_completed": True}})
    assert shown["stored_materials_billing_method"] == "move_new_materials"
    assert site.api.get(path)["move_materials_to_previous_work_completed"] is True
    one = site.bill(site.invoice(contract)["id"], stored="12800", held_on_stored="640", work="1000", held="100")
    two = site.invoice(contract)
    line = first(two)
    assert two["move_materials_to_previous_work_completed"] is True
    assert line["work_completed_from_previous_application"] == "13800.00"
    assert line["work_completed_retainage_from_previous_application"] == "740.00"
    assert (line["materials_moved"], line["materials_retainage_retained_moved"]) == ("12800.00", "640.00")
    assert (line["materials_presently_stored"], line["gross_amount"], due(two)) == ("0.00", "0.00", "0.00")
    assert first(one)["materials_moved"] == "0.00"


def test_work_and_stored_materials_may_be_held_at_different_rates(site: Site) -> None:
    contract = site.commitment("50000")
    made = site.invoice(contract)["id"]
    site.bill(made, percent="10", percent_on_stored="5")
    shown = site.bill(made, work="1000", stored="2000")
    assert first(shown)["work_completed_retainage_retained_this_period"] == "100.00"
    assert first(shown)["materials_stored_retainage_currently_retained"] == "100.00"
    assert shown["summary"]["stored_materials_retainage_percent"] == "5.00" and due(shown) == "2800.00"


def test_new_and_stored_materials_together_make_what_is_presently_stored(site: Site) -> None:
    contract = site.commitment("50000")
    made = site.invoice(contract)["id"]
    shown = site.bill(made, new_materials="300", stored_materials="200")
    assert first(shown)["materials_presently_stored"] == "500.00"
    assert (shown["summary"]["new_materials"], shown["summary"]["stored_materials"]) == ("300.00", "200.00")


def test_releases_bring_the_retainage_of_a_line_to_zero(site: Site) -> None:
    contract = site.commitment("43750", retainage_percent="8")
    one = site.bill(site.invoice(contract)["id"], work="43750")
    assert due(one) == "40250.00"
    half = site.bill(site.invoice(contract)["id"], released="1750")
    assert (due(half), half["summary"]["total_retainage"]) == ("1750.00", "1750.00")
    assert half["invoice_type"] == "retainage_release"
    rest = site.bill(site.invoice(contract)["id"], released="1750", final="true")
    assert (due(rest), rest["summary"]["total_retainage"]) == ("1750.00", "0.00")
    assert rest["summary"]["balance_to_finish_including_retainage"] == "0.00"
    assert first(rest)["work_completed_retainage_released_this_period"] == "1750.00"


def test_a_release_of_retainage_on_stored_materials_lowers_the_level(site: Site) -> None:
    contract = site.commitment("50000")
    site.bill(site.invoice(contract)["id"], stored="1000")
    shown = site.bill(site.invoice(contract)["id"], released_of_stored="60")
    assert first(shown)["materials_stored_retainage_currently_retained"] == "40.00" and due(shown) == "60.00"
    again = site.bill(shown["id"], released_of_stored="60")
    assert first(again)["materials_stored_retainage_currently_retained"] == "40.00", "typed again, it is the same"


def test_a_wholly_negative_application_gives_back_work_and_its_retainage(site: Site) -> None:
    contract = site.commitment("50000")
    site.bill(site.invoice(contract)["id"], work="2000")
    back = site.bill(site.invoice(contract)["id"], work="-500")
    assert due(back) == "-450.00" and first(back)["net_amount"] == "-450.00"


def test_on_a_unit_contract_the_quantity_drives_the_amount(site: Site) -> None:
    contract = site.commitment(accounting_method="unit",
                               lines=[{"quantity": "120", "unit_cost": "12.345", "uom": "cy"}])
    assert site.contract(contract)["grand_total"] == "1481.4"
    shown = site.bill(site.invoice(contract)["id"], quantity="10.5", work="999", stored="500")
    line = first(shown)
    assert (line["work_completed_this_period"], line["work_completed_this_period_quantity"]) == ("129.62", "10.5")
    assert line["materials_presently_stored"] == "0.00", "amounts of materials are ignored"
    assert (line["scheduled_quantity"], line["scheduled_unit_price"], line["uom"]) == ("120.0", "12.345", "cy")
    stored = first(site.bill(shown["id"], new_materials_quantity="4"))
    assert stored["materials_presently_stored"] == "49.38"
    assert first(site.invoice(contract))["work_completed_from_previous_application_quantity"] == "10.5"


def test_change_order_lines_are_billed_once_the_approved_package_is_added(site: Site) -> None:
    contract = site.commitment("50000")
    pending = site.change_order(contract, "1000", approve=False)
    made = site.invoice(contract)
    params = {"project_id": site.project, "commitment_id": contract, "change_order_package_id": pending["id"]}
    path = f"/rest/v1.0/requisitions/{made['id']}/add_change_order_package"
    assert "change_order_package_id" in site.api.refused(422, "POST", path, None, params)["errors"]
    site.set_package(pending["id"], status="approved")
    [line] = site.api.ok("POST", path, None, params)
    assert (line["scheduled_value"], line["change_order_package_id"]) == ("1000.00", pending["id"])
    site.api.refused(422, "POST", path, None, params)
    assert len(site.api.get(f"/rest/v1.0/requisitions/{made['id']}/change_order_items", project_id=site.project)) == 1
    refusal = site.api.refused(422, "PATCH", f"/rest/v1.0/change_order_packages/{pending['id']}",
                               {"project_id": site.project, "change_order": {"status": "draft"}})
    assert "on an invoice" in refusal["errors"]["status"][0]
    following = site.invoice(contract)
    assert [item["item_type"] for item in following["items"]] == ["contract_item", "change_order_item"]
    gone = f"/rest/v1.0/requisitions/{following['id']}/remove_change_order_package"
    site.api.refused(422, "DELETE", gone, None, params)
    site.api.ok("DELETE", f"/rest/v1.1/requisitions/{following['id']}", None, {"project_id": site.project})
    site.api.ok("DELETE", f"/rest/v1.0/requisitions/{made['id']}/remove_change_order_package", None, params)
    assert site.set_package(pending["id"], status="void")["status"] == "void"


def test_a_change_order_line_is_scheduled_with_its_horizontal_markup(site: Site) -> None:
    contract = site.commitment("50000")
    package = site.change_order(contract, "1000", approve=False)
    potential = site.api.get("/rest/v1.0/potential_change_orders", project_id=site.project)[0]["id"]
    holder = {"project_id": site.project, "holder_type": "PotentialChangeOrder", "holder_id": potential}
    site.api.ok("POST", "/rest/v1.0/financials/markups", {"markup": {
        "name": "Overhead", "percentage": "15", "markup_set": "horizontal"}}, holder)
    site.api.ok("POST", "/rest/v1.0/financials/markups", {"markup": {
        "name": "Bond", "percentage": "1", "markup_set": "vertical"}}, holder)
    shown = site.set_package(package["id"], status="approved")
    assert shown["grand_total"] == "1161.5" and shown["line_items"][0]["extended_amount"] == "1000.0"
    assert [m["amount"] for m in shown["line_items"][0]["markup_line_items"]] == ["150.0"]
    assert site.contract(contract)["revised_contract"] == "51161.5"
    made = site.invoice(contract)
    [line] = site.api.ok("POST", f"/rest/v1.0/requisitions/{made['id']}/add_change_order_package", None, {
        "project_id": site.project, "commitment_id": contract, "change_order_package_id": package["id"]})
    assert line["scheduled_value"] == "1150.00"


def test_amounts_are_refused_on_an_invoice_that_is_not_the_latest_and_header_fields_are_not(site: Site) -> None:
    contract = site.commitment("50000")
    old = site.bill(site.invoice(contract)["id"], work="1000")
    site.invoice(contract)
    site.api.refused(422, "PATCH", f"/rest/v1.0/requisitions/{old['id']}/bulk_item_update", {"requisition_items": [
        {"id": first(old)["id"], "item_type": "contract_item", "work_completed_this_period": "1"}]},
        {"project_id": site.project})
    changed = site.set_invoice(old, invoice_number="INV-7A", status="draft")
    assert (changed["invoice_number"], changed["status"], changed["deletable"]) == ("INV-7A", "draft", False)


def test_only_the_latest_invoice_is_deleted_and_the_one_before_is_the_latest_again(site: Site) -> None:
    contract = site.commitment("50000")
    one, two = site.invoice(contract), site.invoice(contract)
    scope = {"project_id": site.project}
    site.api.refused(422, "DELETE", f"/rest/v1.1/requisitions/{one['id']}", None, scope)
    site.api.ok("DELETE", f"/rest/v1.1/requisitions/{two['id']}", None, scope)
    site.api.refused(404, "GET", f"/rest/v1.1/requisitions/{two['id']}", None, scope)
    assert site.read(one["id"])["deletable"] is True


def test_an_origin_id_locks_an_invoice_until_it_is_taken_away(site: Site) -> None:
    contract = site.commitment("50000")
    made = site.set_invoice(site.bill(site.invoice(contract)["id"], work="1000"), origin_id="bill-9")
    assert (made["erp_status"], made["deletable"]) == ("synced", False)
    path = f"/rest/v1.1/requisitions/{made['id']}"
    body = {"project_id": site.project, "commitment_id": contract, "requisition": {"status": "draft"}}
    assert "synced" in site.api.refused(422, "PATCH", path, body)["errors"]["base"][0]
    site.api.refused(422, "DELETE", path, None, {"project_id": site.project})
    site.set_invoice(made, origin_data="kept open")
    site.set_invoice(made, origin_id=None)
    assert site.set_invoice(made, status="under_review")["status"] == "under_review"


def test_a_commitment_is_invoiced_only_when_approved_or_complete_and_in_a_billing_period(site: Site) -> None:
    draft = site.commitment("100", approve=False)
    body = {"project_id": site.project, "commitment_id": draft, "requisition": {"period_id": site.period}}
    assert "commitment_id" in site.api.refused(422, "POST", "/rest/v1.1/requisitions", body)["errors"]
    site.patch("work_order_contract", draft, status="Complete")
    no_period = {**body, "requisition": {"status": "draft"}}
    assert "period_id" in site.api.refused(422, "POST", "/rest/v1.1/requisitions", no_period)["errors"]
    site.api.ok("POST", "/rest/v1.1/requisitions", body)
    site.patch("work_order_contract", draft, status="Terminated")
    site.api.refused(422, "POST", "/rest/v1.1/requisitions", body)


def test_a_rejected_line_sends_the_invoice_back(site: Site) -> None:
    made = site.set_invoice(site.invoice(site.commitment("50000")), status="under_review")
    assert made["submitted_at"] == "2026-01-05"
    assert site.bill(made["id"], status="rejected")["status"] == "revise_and_resubmit"


def test_standard_users_submit_drafts_and_leave_retainage_alone(site: Site) -> None:
    contract = site.commitment("50000")
    made = site.invoice(contract)
    admin, site.api.token = site.api.token, site.service.issue_token("standard")
    path = f"/rest/v1.1/requisitions/{made['id']}"
    scope = {"project_id": site.project, "commitment_id": contract}
    body = {**scope, "requisition": {"status": "approved"}}
    assert site.api.refused(403, "PATCH", path, body)["code"] == 56
    held = [{"id": first(made)["id"], "item_type": "contract_item", "work_completed_this_period": "10",
             "work_completed_retainage_retained_this_period": "1"}]
    site.api.refused(403, "PATCH", path, {**scope, "requisition": {"items": held}})
    assert first(site.read(made["id"]))["work_completed_this_period"] == "0.00", "nothing of a refused call stays"
    assert site.set_invoice(made, status="under_review")["status"] == "under_review"
    site.api.refused(403, "PATCH", path, {**scope, "requisition": {"invoice_number": "X"}})
    site.api.token = admin
    assert site.set_invoice(made, status="approved")["status"] == "approved"


def test_retainage_on_no_work_is_refused_in_words(site: Site) -> None:
    made = site.invoice(site.commitment("50000"))
    refusal = site.api.refused(422, "PATCH", f"/rest/v1.0/requisitions/{made['id']}/bulk_item_update", {
        "requisition_items": [{"id": first(made)["id"], "item_type": "contract_item",
                               "work_completed_retainage_retained_this_period": "5"}]}, {"project_id": site.project})
    assert refusal["errors"] == {"work_completed_retainage_retained_this_period": ["needs work completed this period"]}


def test_of_several_lines_written_at_once_all_are_taken_or_none(site: Site) -> None:
    contract = site.commitment("1000", "1000")
    made = site.bill(site.invoice(contract)["id"], work="1000")
    good, bad = ({"id": item["id"], "item_type": "contract_item"} for item in made["items"])
    lines = [{**good, "work_completed_this_period": "7"}, {**bad, LONG["held"]: "5"}]
    site.api.refused(422, "PATCH", f"/rest/v1.0/requisitions/{made['id']}/bulk_item_update",
                     {"requisition_items": lines}, {"project_id": site.project})
    assert site.read(made["id"]) == made


def test_a_refused_call_takes_no_ids(site: Site) -> None:
    contract = site.commitment("1000")
    line = site.contract(contract)["line_items"][0]["id"]
    one = site.invoice(contract)
    body = {"project_id": site.project, "commitment_id": contract, "requisition": {"period_id": site.period, "items": [
        {"line_item_id": line, "item_type": "contract_item", LONG["held"]: "5"}]}}
    site.api.refused(422, "POST", "/rest/v1.1/requisitions", body)
    two = site.invoice(contract)
    assert (two["id"], first(two)["id"], two["number"]) == (one["id"] + 1, first(one)["id"] + 1, 2)


def test_tax_set_in_procore_enters_the_payment_due(site: Site) -> None:
    made = site.bill(site.invoice(site.commitment("50000"))["id"], work="1000")
    site.pass_time(hours=1)
    site.service.set_tax(made["id"], Decimal("72.50"))
    shown = site.read(made["id"])
    assert shown["summary"]["tax_applicable_to_this_payment"] == "72.50" and due(shown) == "972.50"
    assert shown["updated_at"] > made["updated_at"]


def test_an_invoice_moves_its_updated_at_when_its_lines_change_and_not_when_nothing_does(site: Site) -> None:
    made = site.bill(site.invoice(site.commitment("50000"))["id"], work="1000")
    site.pass_time(hours=1)
    assert site.bill(made["id"], work="1000")["updated_at"] == made["updated_at"]
    assert site.bill(made["id"], work="1001")["updated_at"] == "2026-01-05T09:00:00Z"


def test_an_invoice_is_found_by_commitment_period_status_and_change(site: Site) -> None:
    contract, other = site.commitment("50000"), site.commitment("100", number="SC-9")
    one = site.set_invoice(site.invoice(contract), status="approved")
    site.pass_time(days=2)
    two, third = site.invoice(contract), site.invoice(other)

    def ids(**filters: object) -> list[int]:
        params = {"project_id": site.project, **{f"filters[{k}]": v for k, v in filters.items()}}
        return [r["id"] for r in site.api.get("/rest/v1.1/requisitions", **params)]

    assert ids(commitment_id=contract) == [one["id"], two["id"]]
    assert ids(is_last="true") == [two["id"], third["id"]] and ids(is_last="false") == [one["id"]]
    assert ids(status="approved") == [one["id"]] and ids(status="Approved") == []
    assert ids(updated_at='"2026-01-07T00:00:00Z...2026-01-08T00:00:00Z"') == [two["id"], third["id"]]
    assert ids(updated_at="2026-01-05...2026-01-05") == [one["id"]]
    assert ids(period_id=site.period, commitment_id=other) == [third["id"]]
    assert ids(no_such_filter="1") == [one["id"], two["id"], third["id"]]


def test_lists_of_invoices_show_lines_only_when_asked(site: Site) -> None:
    site.invoice(site.commitment("50000"))
    [plain] = site.api.get("/rest/v1.1/requisitions", project_id=site.project)
    [full] = site.api.get("/rest/v1.1/requisitions", project_id=site.project, view="extended")
    assert "items" not in plain and full["items"] and "summary" in plain
    assert full["item_packages"][0]["title"] == "Electrical"


def test_the_continuation_sheet_and_single_lines_say_the_same(site: Site) -> None:
    made = site.bill(site.invoice(site.commitment("50000"))["id"], work="1000", stored="500")
    base, scope = f"/rest/v1.0/requisitions/{made['id']}", {"project_id": site.project}
    [row] = site.api.get(base + "/detail", **scope)
    [line] = site.api.get(base + "/contract_items", **scope)
    assert site.api.get(f"{base}/contract_items/{line['id']}", **scope) == line
    assert row["total_retainage_currently_retained"] == "150.00" and row["balance_to_finish"] == "48500.00"
    assert line["total_completed_and_stored_to_date"] == row["total_completed_and_stored_to_date"] == "1500.00"
    changed = site.api.ok("PATCH", f"{base}/contract_items/{line['id']}", {
        "requisition_contract_item": {"work_completed_this_period": 20.1}}, scope)
    assert changed["work_completed_this_period"] == "20.10"
    assert site.api.get(base + "/contract_detail_items", **scope) == []


def test_overbilling_is_refused_where_the_company_forbids_it(site: Site) -> None:
    made = site.invoice(site.commitment("1000"))
    assert first(site.bill(made["id"], work="1001"))["total_completed_and_stored_to_date_percent"] == "100.10"
    site.service.company.switches.allow_overbilling = False
    site.api.refused(422, "PATCH", f"/rest/v1.0/requisitions/{made['id']}/bulk_item_update", {"requisition_items": [
        {"id": first(made)["id"], "item_type": "contract_item", "work_completed_this_period": "1002"}]},
        {"project_id": site.project})


AMOUNT = st.integers(-500_000, 2_000_000).map(lambda n: str(Decimal(n) / 100))
SHARE = st.integers(0, 200_000).map(lambda n: str(Decimal(n) / 100))
LINE = st.fixed_dictionaries({"work": AMOUNT, "stored": SHARE}, optional={"held": SHARE, "released": SHARE,
                                                                          "held_on_stored": SHARE})


@settings(max_examples=60, deadline=None)
@given(moves=st.booleans(), applications=st.lists(st.tuples(LINE, LINE), min_size=1, max_size=5))
def test_every_g702_adds_up_whatever_was_applied_for(moves: bool, applications: list[Any]) -> None:
    site = Site.new()
    contract = site.commitment("50000", "70000")
    site.service.company.projects[site.project].contracts[contract].configuration["move"] = moves
    paid = held = Decimal(0)
    for lines in applications:
        made = site.invoice(contract)["id"]
        for index, line in enumerate(lines):
            usable = {k: v for k, v in line.items()
                      if not (k == "held" and Decimal(line["work"]) == 0)
                      and not (k == "held_on_stored" and Decimal(line["stored"]) == 0)}
            shown = site.bill(made, index, **usable)
        paid += Decimal(due(shown))
        held = check_identities(shown, paid, held)


def check_identities(shown: Any, paid: Decimal, held_before: Decimal) -> Decimal:
    total = {key: Decimal(value) for key, value in shown["summary"].items() if key != "formatted_period"}
    items = [{key: Decimal(value) for key, value in item.items() if isinstance(value, str)
              and key not in ("item_type", "accounting_method", "status", "line_number")} for item in shown["items"]]

    def add(key: str) -> Decimal:
        return sum((item[key] for item in items), Decimal(0))

    for item in items:
        assert item["total_completed_and_stored_to_date"] == (
            item["work_completed_from_previous_application"] + item["work_completed_this_period"]
            + item["materials_presently_stored"])
        assert item["gross_amount"] == (item["total_completed_and_stored_to_date"]
                                        - item["total_completed_and_stored_to_date_from_previous"])
    held = (add("work_completed_retainage_from_previous_application")
            + add("work_completed_retainage_retained_this_period")
            - add("work_completed_retainage_released_this_period")
            + add("materials_stored_retainage_currently_retained"))
    assert total["total_retainage"] == held
    assert total["total_completed_and_stored_to_date"] == add("total_completed_and_stored_to_date")
    assert total["current_payment_due"] == add("gross_amount") - (held - held_before) == add("net_amount")
    assert total["total_earned_less_retainage"] == paid, "what was certified is the sum of what was due"
    assert total["balance_to_finish_including_retainage"] + paid == total["contract_sum_to_date"]
    return held


@pytest.mark.parametrize("status", ["approved", "approved_as_noted", "pending_owner_approval", "revise_and_resubmit"])
def test_an_admin_sets_any_status_and_sets_it_back(site: Site, status: str) -> None:
    made = site.invoice(site.commitment("50000"))
    assert site.set_invoice(made, status=status)["status"] == status
    assert site.set_invoice(made, status="draft")["status"] == "draft"


def test_version_10_shows_the_same_invoice_in_its_own_shape(site: Site) -> None:
    contract = site.commitment("1000")
    body = {"project_id": site.project, "commitment_id": contract, "requisition": {
        "period_id": site.period, "comment": "First one"}}
    made = site.api.ok("POST", "/rest/v1.0/requisitions", body)
    site.bill(made["id"], work="400")
    older = site.api.get(f"/rest/v1.0/requisitions/{made['id']}", project_id=site.project)
    newer = site.read(made["id"])
    assert older["comment"] == "First one" and "items" not in older and "vendor_id" not in older
    assert older["summary"] == {name: newer["summary"][name] for name in older["summary"]}
    assert [row["id"] for row in site.api.get("/rest/v1.0/requisitions", project_id=site.project)] == [made["id"]]


def test_the_history_of_an_invoice_says_who_changed_what_from_what_to_what(site: Site) -> None:
    made = site.invoice(site.commitment("1000"))
    site.bill(made["id"], work="400")
    site.set_invoice(made, status="approved")
    told = site.api.get(f"/rest/v1.0/requisitions/{made['id']}/change_histories", project_id=site.project)
    assert [(row["column"], row["old_value"], row["new_value"], row["ref_id"]) for row in told] == [
        ("work_completed_this_period", "0.00", "400.00", first(made)["id"]),
        ("work_completed_retainage_retained_this_period", "0.00", "40.00", first(made)["id"]),
        ("status", "draft", "approved", made["id"])]
    assert {row["action_by"] for row in told} == {"Paula Marsh"}


def test_the_due_date_of_an_invoice_is_set_beside_it_and_not_once_it_is_synced(site: Site) -> None:
    made = site.invoice(site.commitment("1000"))
    path = f"/rest/v2.0/companies/4283186/projects/{site.project}/requisitions/{made['id']}/payment_details"
    assert site.api.ok("PATCH", path, {"due_date": "2026-02-28"}) == {"data": {"due_date": "2026-02-28"}}
    assert site.api.refused(422, "PATCH", path, {})["error"]["details"] == [
        {"reason_code": "due_date", "message": "can't be blank"}]
    site.set_invoice(made, origin_id="bill-1")
    site.api.refused(422, "PATCH", path, {"due_date": "2026-03-01"})


def test_no_invoice_has_a_lien_waiver_and_another_projects_is_not_found(site: Site) -> None:
    made = site.invoice(site.commitment("1000"))
    path = f"/rest/v1.0/projects/{site.project}/lien_waivers"
    assert site.api.get(path, invoice_id=made["id"]) == []
    site.api.refused(404, "GET", path, None, {"invoice_id": 1})
    site.api.refused(400, "GET", path)


def test_an_invoice_without_a_status_is_a_draft(site: Site) -> None:
    assert site.invoice(site.commitment("100"), status=None)["status"] == "draft"


@pytest.mark.parametrize("way", ["single", "bulk", "create"])
def test_rejecting_a_line_sends_the_invoice_back_in_every_way_of_writing_it(site: Site, way: str) -> None:
    contract, scope = site.commitment("100"), {"project_id": site.project}
    if way == "create":
        line = site.contract(contract)["line_items"][0]["id"]
        made = site.invoice(contract, status="under_review", items=[
            {"item_type": "contract_item", "line_item_id": line, "status": "rejected"}])
    else:
        made = site.invoice(contract, status="under_review")
        item, base = first(made), f"/rest/v1.0/requisitions/{made['id']}"
        if way == "single":
            site.api.ok("PATCH", f"{base}/contract_items/{item['id']}", {
                "requisition_contract_item": {"status": "rejected"}}, scope)
        else:
            site.api.ok("PATCH", base + "/bulk_item_update", {"requisition_items": [
                {"id": item["id"], "item_type": "contract_item", "status": "rejected"}]}, scope)
    assert site.read(made["id"])["status"] == "revise_and_resubmit"


def test_a_synced_invoice_takes_no_more_files(site: Site) -> None:
    contract = site.commitment("100")
    made = site.invoice(contract, origin_id="bill-1")
    storage = site.service.company.storage
    held = StoredFile(1, "waiver.pdf", "application/pdf", b"%PDF", storage, False)
    storage.files[held.id] = held
    body = {"project_id": site.project, "commitment_id": contract, "requisition": {"prostore_file_ids": [held.id]}}
    refusal = site.api.refused(422, "PATCH", f"/rest/v1.1/requisitions/{made['id']}", body)
    assert "synced" in refusal["errors"]["base"][0]
    assert site.read(made["id"])["attachments"] == []


def test_a_credit_is_no_overbilling_and_giving_more_back_than_a_credit_line_has_is(site: Site) -> None:
    site.service.company.switches.allow_overbilling = False
    contract = site.commitment("100", "-50")
    made = site.invoice(contract)
    assert due(site.bill(made["id"], work="-150")) == "-135.00"
    rows = [{"id": made["items"][index]["id"], "item_type": "contract_item", "work_completed_this_period": amount}
            for index, amount in ((0, "101"), (1, "-51"))]
    for row in rows:
        site.api.refused(422, "PATCH", f"/rest/v1.0/requisitions/{made['id']}/bulk_item_update", {
            "requisition_items": [row]}, {"project_id": site.project})


HOLDS = "/rest/v1.0/projects/{}/payment_readiness/manual_holds"


def test_a_hold_is_of_an_invoice_or_of_whatever_a_vendor_bills(site: Site) -> None:
    base, scope = HOLDS.format(site.project), {"project_id": site.project}
    first, second = ({"invoice_id": site.invoice(site.commitment("1000"))["id"]} for _ in range(2))
    stranger = site.api.ok("POST", "/rest/v1.0/vendors", {"company_id": 4283186, "vendor": {"name": "Elm"}})["id"]
    own = site.api.ok("POST", base, {"description": "Waiver is missing"}, first)
    assert (own["status"], own["hold_type"], own["visible_to_vendor"]) == ("applied", "invoice", False)
    of_vendor = site.api.ok("POST", base, {"hold_type": "vendor", "vendor_id": site.vendor})
    site.api.ok("POST", base, {"hold_type": "vendor", "vendor_id": stranger})
    assert [one["id"] for one in site.api.get(base, **first)] == [own["id"], of_vendor["id"]]
    assert [one["id"] for one in site.api.get(base, **second)] == [of_vendor["id"]]
    site.api.refused(404, "PATCH", f"{base}/{own['id']}", {"status": "released"}, second)
    assert site.api.ok("PATCH", f"{base}/{own['id']}", {"status": "released"}, first)["status"] == "released"
    assert site.api.get(f"/rest/v1.1/requisitions/{first['invoice_id']}", **scope)["status"] == "draft"


@pytest.mark.parametrize(("status", "body"), [
    (422, {"status": "paid"}), (422, {"hold_type": "project"}), (400, {"hold_type": "vendor"}),
    (422, {"hold_type": "vendor", "vendor_id": 5}), (422, {"visible_to_vendor": "yes"})])
def test_a_hold_that_cannot_be_is_refused_and_not_kept(site: Site, status: int, body: dict[str, Any]) -> None:
    invoice = {"invoice_id": site.invoice(site.commitment("1000"))["id"]}
    base = HOLDS.format(site.project)
    site.api.refused(status, "POST", base, body, invoice)
    site.api.refused(404, "POST", base, {}, {"invoice_id": 5})
    assert site.api.get(base, **invoice) == []
    made = site.api.ok("POST", base, {}, invoice)["id"]
    site.api.refused(422, "PATCH", f"{base}/{made}", {"hold_type": "vendor"}, invoice)
