"""A client's mistake in direct costs, time, taxes, units, currencies and uploads is never our failure, and changes
nothing."""
import json
import re
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.procore_client import Client, Site
from tieout.sandbox.kit import Kit

C = "/rest/v1.0/companies/4283186"
OF_COLLECTION = (("direct_costs/line_items", "line"), ("/line_items/{id}", "line"), ("direct_costs", "cost"),
                 ("timecard_entries", "entry"), ("timesheets", "sheet"), ("time_types", "time_type"),
                 ("tax_codes", "tax_code"), ("tax_types", "tax_type"), ("uoms", "uom"), ("people", "person"))
MINE = re.compile(r"direct_costs|timecard|timesheet|time_types|tax_|uom|currency_configuration|uploads|/people")
WRAPPERS = ("direct_cost", "item", "line_item", "person", "tax_code", "tax_type", "uom", "timecard_entry", "timesheet",
            "timecard_time_type")
IDS = ("vendor_id", "employee_id", "party_id", "cost_code_id", "line_item_type_id", "wbs_code_id", "timesheet_id",
       "tax_code_id", "timecard_time_type_id", "direct_cost_id", "uom_category_id", "user_id", "id",
       "erp_default_line_item_type_id", "project_id")
NAMES = (
    "direct_cost_type", "status", "invoice_number", "origin_id", "direct_cost_date", "payment_date", "manual_amount",
    "amount", "extended_type", "quantity", "unit_cost", "uom", "ref", "last_name", "is_employee", "code", "rate1",
    "archived", "default_tax_code", "name", "currency_iso_code", "multicurrency_enabled", "exchange_rate", "is_active",
    "quote_currency_iso_code", "base_currency_iso_code", "company_currency_exchange_rate_override", "date", "datetime",
    "hours", "lunch_time", "time_in", "time_out", "billable", "approval_status", "file_name", "file_size", "sha256",
    "size", "part_etags", "etag", "response_filename", "deletes", "ids", "pay_rate", "apply_to_existing",
    "currency_display", "content_type")
ROWS = ("line_items", "updates", "timecard_entries", "timesheets", "segments", "exchange_rates")
VALUES = st.none() | st.booleans() | st.integers(-3, 2 ** 40) | st.floats() | st.text(max_size=6) | st.sampled_from([
    "1,000", "1e14", "NaN", "2026-01-05", "2026-13-01", "approved", "invoice", "expense", "8", "-1", "", "USD", "CAD",
    "calculated", "2026-01-05T08:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31", "f" * 64, [], {}, [1], "1e-20"])


def full_site() -> tuple[Site, dict[str, int]]:
    site = Site.new()
    ok = site.api.ok
    scope = {"company_id": 4283186}
    code = ok("POST", "/rest/v1.0/tax_codes", {"tax_code": {"code": "HST", "rate1": 13}}, scope)["id"]
    kind = ok("POST", "/rest/v1.0/tax_types", {"tax_type": {"name": "HST"}}, scope)["id"]
    dana = ok("POST", f"{C}/people", {"person": {"last_name": "Doe", "is_employee": True}})["id"]
    ok("POST", f"/rest/v1.0/projects/{site.project}/people", {"person": {"last_name": "Ito"}})
    unit = ok("POST", f"{C}/uoms", {"uom": {"name": "pallet", "uom_category_id": 202}})["id"]
    cost = ok("POST", f"/rest/v1.1/projects/{site.project}/direct_costs", {"direct_cost": {
        "direct_cost_type": "invoice", "invoice_number": "1", "vendor_id": site.vendor, "origin_id": None,
        "line_items": [{"wbs_code_id": site.codes[0], "manual_amount": "5", "origin_id": "l1"}]}})
    sheet = ok("POST", f"/rest/v1.1/projects/{site.project}/project_timesheet_timecard_entries/draft_create", {
        "date": "2026-01-05", "timecard_entries": [{"hours": "8", "party_id": dana, "origin_id": 5}, {"hours": "1"}]})
    service = site.service
    return site, {
        "project_id": site.project, "company_id": 4283186, "vendor_id": site.vendor, "employee_id": dana,
        "party_id": dana, "person": dana, "cost": cost["id"], "direct_cost_id": cost["id"],
        "line": cost["line_items"][0]["id"], "entry": sheet["timecard_entries"][0]["id"], "sheet": sheet["id"],
        "timesheet_id": sheet["id"], "time_type": 1, "timecard_time_type_id": 2, "tax_code": code, "tax_code_id": code,
        "tax_type": kind, "uom": unit, "uom_category_id": 203, "wbs_code_id": site.codes[1],
        "cost_code_id": next(iter(service.company.projects[site.project].cost_codes)),
        "line_item_type_id": next(iter(service.company.types)), "user_id": service.person.id,
        "erp_default_line_item_type_id": next(iter(service.company.types))}


def held(site: Site) -> object:
    """Everything that the company holds, as plain values; a record that comes again is named by its place."""
    seen: dict[int, int] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return [(plain(key), plain(part)) for key, part in value.items()]
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        if isinstance(value, set):
            return sorted(map(str, value))
        if isinstance(value, Kit):
            return "the sandbox's own"
        if not is_dataclass(value) or isinstance(value, type):
            return value if isinstance(value, (str, int, bytes, type(None))) else str(value)
        if id(value) in seen:
            return seen[id(value)]
        seen[id(value)] = len(seen)
        return [(one.name, plain(getattr(value, one.name))) for one in fields_of(value)
                if one.name not in ("ids", "kit")]

    return [plain(site.service.company), site.service.ids.mark()]


def drawn_fields(data: st.DataObject, ids: dict[str, int]) -> dict[str, Any]:
    known = {name: st.just(ids[name]) for name in IDS if name in ids and name != "project_id"}
    fields: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from((*NAMES, *IDS)), VALUES, max_size=5))
    for name in data.draw(st.lists(st.sampled_from(sorted(known)), max_size=3)):
        fields[name] = ids[name]
    return fields


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_a_client_sends_about_costs_and_time_the_answer_is_never_a_500(data: st.DataObject) -> None:
    site, ids = full_site()
    method, template = data.draw(st.sampled_from([e for e in site.service.endpoints() if MINE.search(e)])).split(" ")
    ids["id"] = next((ids[name] for part, name in OF_COLLECTION if part in template), site.project)
    odd = st.sampled_from([*ids.values(), 0, "x", "99999999999999999999"])

    def part(match: re.Match[str]) -> str:
        known = ids.get(match.group(1))
        return str(data.draw(odd) if known is None or data.draw(st.integers(0, 9)) == 0 else known)

    path = re.sub(r"\{(\w+)\}", part, template)
    query = [("project_id", str(site.project)), ("company_id", "4283186")]
    query += data.draw(st.lists(st.tuples(st.sampled_from([
        "page", "per_page", "view", "start_date", "end_date", "log_date", "serializer_view", "filters[id]", "sort",
        "filters[updated_at]", "filters[deleted_at]", "filters[payment_date]", "filters[include_deleted]",
        "filters[date]", "include_inactive"]), st.text(max_size=8) | odd.map(str) | st.sampled_from([
            "...", "2026-01-01...9999-12-31", "2026-01-05", "0001-01-01", "true", "ids_only", "with"])), max_size=3))
    body: Any = None
    if method != "GET":
        fields = drawn_fields(data, ids)
        for name in data.draw(st.lists(st.sampled_from(ROWS), max_size=3)):
            fields[name] = [drawn_fields(data, ids) for _ in range(data.draw(st.integers(0, 2)))]
        body = json.dumps({**dict.fromkeys(WRAPPERS, fields), **fields, "project_id": site.project,
                           "company_id": 4283186}).encode()
        if data.draw(st.integers(0, 19)) == 0:
            body = data.draw(st.binary(max_size=20))
    kind = data.draw(st.sampled_from(["application/json"] * 9 + ["multipart/form-data; boundary=x"]))
    before = held(site)
    answer = Client(site.service, site.api.token).call(method, path, body, query, Content_Type=kind)
    assert answer.status < 500
    if method == "GET" or answer.status >= 400:
        assert held(site) == before, "a read or a refused call changes nothing"
