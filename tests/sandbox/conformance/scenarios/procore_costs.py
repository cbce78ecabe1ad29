"""Direct costs, people, tax codes, units of measure and currencies (procore.md 5.5, 5.16, 5.20 to 5.23)."""
from __future__ import annotations

from hashlib import sha256
from urllib.parse import unquote, urlsplit

from tests.support.procore_client import Site
from tieout.sandbox.kit import Request, Response

COMPANY = 4283186
C = f"/rest/v1.0/companies/{COMPANY}"


def people(site: Site) -> None:
    for base in (f"{C}/people", f"/rest/v1.0/projects/{site.project}/people"):
        made = site.api.ok("POST", base, {"person": {"last_name": "Doe", "is_employee": True, "origin_id": "7"}})["id"]
        site.api.get(base)
        site.api.ok("PATCH", f"{base}/{made}", {"person": {"employee_id": "E12", "origin_id": None}})
        site.api.refused(422, "POST", base, {"person": {"first_name": "Dana"}})


def direct_costs_with_lines(site: Site) -> None:
    base = f"/rest/v1.1/projects/{site.project}/direct_costs"
    lines = [{"wbs_code_id": site.codes[0], "manual_amount": 12.5, "ref": "a"},
             {"wbs_code_id": site.codes[1], "quantity": 2, "unit_cost": "3.25", "uom": "ea"}]
    for kind in ("invoice", "expense", "payroll"):
        made = site.api.ok("POST", base, {"direct_cost": {
            "direct_cost_type": kind, "vendor_id": site.vendor, "invoice_number": "A-77", "terms": "Net 30",
            "direct_cost_date": "2026-01-04", "line_items": lines, "origin_id": kind}})["id"]
    site.api.get(base)
    site.api.get(f"{base}/{made}")
    site.api.refused(422, "PATCH", f"{base}/{made}", {"direct_cost": {"status": "approved"}})
    site.api.ok("PATCH", f"{base}/{made}", {"direct_cost": {"origin_id": None}})
    site.api.ok("PATCH", f"{base}/{made}", {"direct_cost": {"status": "approved", "line_items": lines}})
    site.api.refused(413, "PATCH", f"{base}/{made}", {"direct_cost": {"line_items": lines * 51}})
    site.api.ok("DELETE", f"{base}/{made}")


def direct_costs_line_by_line(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/direct_costs"
    made = site.api.ok("POST", base, {"item": {"direct_cost_type": "expense", "vendor_id": site.vendor}})["id"]
    site.api.get(base)
    site.api.get(f"{base}/{made}")
    site.api.ok("PATCH", f"{base}/{made}", {"item": {"status": "approved"}})
    site.api.ok("PATCH", f"{base}/sync", {"updates": [
        {"direct_cost_type": "payroll", "vendor_id": site.vendor}, {"direct_cost_type": "gift"}]})
    lines = f"{base}/{made}/line_items"
    line = site.api.ok("POST", lines, {"line_item": {"wbs_code_id": site.codes[0], "amount": "5"}})["id"]
    site.api.get(lines)
    site.api.get(f"{base}/line_items")
    site.api.get(f"{lines}/{line}")
    site.api.ok("PATCH", f"{lines}/{line}", {"line_item": {"amount": "6"}})
    site.api.ok("PATCH", f"{base}/line_items/sync", {"updates": [{"id": line, "amount": 7}, {"amount": 1}]})
    site.api.ok("DELETE", f"{lines}/{line}")
    site.api.ok("DELETE", f"{base}/{made}")


def taxes(site: Site) -> None:
    scope = {"company_id": COMPANY}
    for kind, fields in (("tax_type", {"name": "HST"}), ("tax_code", {"code": "HST", "rate1": 13.5})):
        base = f"/rest/v1.0/{kind}s"
        made = site.api.ok("POST", base, {kind: fields}, scope)["id"]
        site.api.get(base, **scope)
        site.api.get(f"{base}/{made}", **scope)
        site.api.ok("PATCH", f"{base}/{made}", {kind: {"description": "Harmonised"}}, scope)
        site.api.ok("PATCH", f"{base}/sync", {**scope, "updates": [{"id": made, "origin_id": "t1"}, {"id": 99}]})
        site.api.refused(422, "POST", base, {kind: {}}, scope)
    kind = site.api.get("/rest/v1.0/tax_types", **scope)[0]["id"]
    site.api.ok("DELETE", f"/rest/v1.0/tax_types/{kind}", None, scope)


def units_of_measure(site: Site) -> None:
    category = site.api.get(f"{C}/uom_categories")[0]["id"]
    made = site.api.ok("POST", f"{C}/uoms", {"uom": {"name": "pallet", "uom_category_id": category}})["id"]
    site.api.get(f"{C}/uoms")
    site.api.get(f"{C}/uoms/{made}")
    site.api.ok("PATCH", f"{C}/uoms/{made}", {"uom": {"name": "skid"}})
    site.api.ok("PATCH", f"{C}/uoms/sync", {"updates": [{"name": "roll", "uom_category_id": category}, {"id": 1}],
                                            "deletes": [5]})
    site.api.get(f"/rest/v2.0/companies/{COMPANY}/uoms/configuration")
    site.api.ok("DELETE", f"{C}/uoms/{made}")


def currencies(site: Site) -> None:
    own = f"{C}/projects/{site.project}/currency_configuration"
    for path in (f"{C}/currency_configuration", own):
        rates = {"base_currency_iso_code": "USD", "exchange_rates": [
            {"quote_currency_iso_code": "CAD", "exchange_rate": "1.36"}]}
        rate = site.api.ok("POST", f"{path}/exchange_rates", rates)["exchange_rates"][0]["id"]
        site.api.get(f"{path}/exchange_rates")
        site.api.ok("PATCH", f"{path}/exchange_rates", {"exchange_rates": [{"id": rate, "exchange_rate": "1.37"}]})
        site.api.get(path)
    site.api.ok("POST", own, {"currency_iso_code": "CAD", "company_currency_exchange_rate_override": "1.36"})
    site.contract(site.commitment("5"))
    site.api.ok("PATCH", own, {"currency_display": "code"})
    site.api.ok("DELETE", own)
    site.api.ok("PATCH", f"{C}/currency_configuration", {"multicurrency_enabled": True})
    site.api.ok("DELETE", f"{C}/currency_configuration")
    site.api.ok("POST", f"/rest/v2.0/companies/{COMPANY}/currency_configuration", {"currency_iso_code": "USD"})


PDF = b"%PDF-1.7 an invoice"
SEGMENT = {"size": len(PDF), "sha256": sha256(PDF).hexdigest()}


def _fetch(site: Site, method: str, url: str, body: bytes = b"", **headers: str) -> Response:
    parts = urlsplit(url)
    return site.service.handle(Request.of(method, unquote(parts.path), query=parts.query, body=body,
                                          headers={name.replace("_", "-"): text for name, text in headers.items()}))


def uploads_in_segments(site: Site) -> None:
    for base in ("/rest/v2.1/companies/4283186", f"/rest/v2.1/companies/4283186/projects/{site.project}"):
        made = site.api.ok("POST", base + "/uploads", {"file_name": "a.pdf", "content_type": "application/pdf",
                                                       "file_size": len(PDF), "segments": [SEGMENT]})["data"]
        one = f"{base}/uploads/{made['upload_id']}"
        _fetch(site, "PUT", made["segments"][0]["url"], b"wrong")
        etag = _fetch(site, "PUT", made["segments"][0]["url"], PDF).headers["ETag"]
        site.api.refused(422, "PATCH", one, {"part_etags": ["x"]})
        site.api.ok("PATCH", one, {"part_etags": [etag]})
        site.api.get(one)
    contract = site.commitment("5", upload_ids=[made["upload_id"]])
    site.change_order(contract, "1", upload_ids=[made["upload_id"]])
    invoice = site.invoice(contract, upload_ids=[made["upload_id"]])
    site.pay(contract, "1", prostore_file_ids=[invoice["attachments"][0]["id"]])
    site.contract(contract)
    first = _fetch(site, "GET", invoice["attachments"][0]["url"])
    assert _fetch(site, "GET", first.headers["Location"]).body == PDF
    assert _fetch(site, "GET", first.headers["Location"] + "0").status == 403


def older_uploads(site: Site) -> None:
    for version in ("v1.0", "v1.1"):
        for scope in (C, f"/rest/v1.0/projects/{site.project}"):
            base = scope.replace("v1.0", version) + "/uploads"
            whole = site.api.ok("POST", base, {"response_filename": "a.pdf"})
            body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF + b"\r\n--x--"
            kind = "multipart/form-data; boundary=x"
            assert _fetch(site, "POST", whole["url"], body, content_type=kind).status == 204
            made = site.api.ok("POST", base, {"response_filename": "a.pdf", "size": len(PDF), "segments": [SEGMENT]})
            part = made["segments"][0]
            etag = _fetch(site, "PUT", part["url"], PDF, **{
                name.replace("-", "_"): text for name, text in part["headers"].items()}).headers["ETag"]
            site.api.ok("PATCH", f"{base}/{made['uuid']}", {"segments": [{**SEGMENT, "etag": etag}]})
            site.api.get(f"{base}/{made['uuid']}")
