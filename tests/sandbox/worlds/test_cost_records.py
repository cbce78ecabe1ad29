"""Direct costs and hours as the people of a world write them down."""
from datetime import date

import pytest

from tests.support.procore_client import Site
from tieout.sandbox.worlds.cost_records import CostRecords
from tieout.sandbox.worlds.places import Places
from tieout.sandbox.worlds.rest import ProcoreRest, Refused

DAY = date(2026, 1, 5)


@pytest.fixture
def site() -> Site:
    made = Site.new()
    made.api.ok("POST", "/rest/v1.0/companies/4283186/people", {"person": {
        "first_name": "Dana", "last_name": "Doe", "is_employee": True}})
    return made


@pytest.fixture
def office(site: Site) -> CostRecords:
    rest = ProcoreRest(site.service.handle, site.api.token, "4283186")
    return CostRecords(rest, Places(rest))


def test_every_kind_of_cost_is_written_down_and_said(site: Site, office: CostRecords) -> None:
    line = {"code": "300.S", "amount": "120.50", "description": "Pipe"}
    said = [office.does["direct_cost"]({"project": "24-017", "lines": [line], **facts}, DAY) for facts in (
        {"kind": "invoice", "vendor": "SID Electrical", "number": "A-7", "status": "pending", "terms": "Net 30"},
        {"kind": "expense", "employee": "Dana Doe", "paid": "2026-01-06"},
        {"kind": "payroll", "employee": "Dana Doe", "lines": [
            {"code": "400.S", "quantity": "8", "unit": "hours", "unit_cost": "31.255"}]})]
    assert said == [["Wrote down invoice A-7 of SID Electrical on 24-017: 120.50."],
                    ["Wrote down expense of Dana Doe on 24-017: 120.50."],
                    ["Wrote down payroll of Dana Doe on 24-017: 250.04."]]
    assert office.does["approve_direct_costs"]({"project": "24-017", "numbers": ["A-7"]}, DAY) == [
        "Approved invoice A-7 of SID Electrical on 24-017."]
    rows = site.api.get(f"/rest/v1.1/projects/{site.project}/direct_costs")
    assert [(row["status"], row["terms"], row["payment_date"]) for row in rows] == [
        ("approved", "Net 30", None), ("approved", None, "2026-01-06"), ("approved", None, None)]
    with pytest.raises(Refused):
        office.does["direct_cost"]({"project": "24-017", "kind": "invoice", "vendor": "SID Electrical",
                                    "lines": [line]}, DAY)


def test_hours_are_handed_in_by_the_day_and_approved(site: Site, office: CostRecords) -> None:
    entry = {"employee": "Dana Doe", "hours": "8", "code": "300.S"}
    assert office.does["timesheet"]({"project": "24-017", "entries": [
        entry, {**entry, "hours": "1.5", "time_type": "OT", "billable": True, "memo": "Late pour"}]}, DAY) == [
            "Handed in timesheet 2026-01-05 - 01 on 24-017: 9.5 hours."]
    office.does["timesheet"]({"project": "24-017", "day": "2026-01-03", "entries": [entry]}, DAY)
    assert office.does["approve_timesheets"]({"project": "24-017"}, DAY) == [
        "Approved timesheet 2026-01-05 - 01 on 24-017.", "Approved timesheet 2026-01-03 - 01 on 24-017."]
    assert office.does["approve_timesheets"]({"project": "24-017"}, DAY) == []
    rows = site.api.get("/rest/v1.0/companies/4283186/timecard_entries")
    assert [(row["hours"], row["timecard_time_type"]["abbreviated_time_type"], row["approval_status"])
            for row in rows] == [("8.0", "REG", "approved"), ("1.5", "OT", "approved"), ("8.0", "REG", "approved")]
    assert {row["cost_code"]["name"] for row in rows} == {"Work 300"}
