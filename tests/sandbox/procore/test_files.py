"""Uploads, attachments and their download (procore.md 5.24)."""
from hashlib import md5, sha256
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.procore_client import Answered, Client, Site
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.sandbox import Sandbox

PDF = b"%PDF-1.7 an invoice"
V21 = "/rest/v2.1/companies/4283186"


def fetch(site: Site, url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Response:
    """One call to the storage, without a token unless it is given."""
    parts = urlsplit(url)
    assert parts.netloc == "sandbox.test"
    return site.service.handle(Request.of(method, unquote(parts.path), query=parts.query, body=body,
                                          headers={name.replace("_", "-"): text for name, text in headers.items()}))


def digest(body: bytes) -> dict[str, object]:
    return {"size": len(body), "sha256": sha256(body).hexdigest()}


def start(site: Site, *pieces: bytes, **fields: object) -> Any:
    return site.api.ok("POST", f"{V21}/uploads", {
        "file_name": "inv 77.pdf", "content_type": "application/pdf", "file_size": sum(map(len, pieces)),
        "segments": [digest(piece) for piece in pieces], **fields})["data"]


def uploaded(site: Site, body: bytes = PDF) -> str:
    made = start(site, body)
    etag = fetch(site, made["segments"][0]["url"], "PUT", body).headers["ETag"]
    site.api.ok("PATCH", f"{V21}/uploads/{made['upload_id']}", {"part_etags": [etag]})
    return str(made["upload_id"])


def multipart(*parts: tuple[str, bytes, str | None]) -> tuple[bytes, str]:
    """(name, body, filename) of each part."""
    rows = []
    for name, body, filename in parts:
        extra = f'; filename="{filename}"\r\nContent-Type: application/pdf' if filename else ""
        rows.append(f'--xyz\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + body + b"\r\n")
    return b"".join(rows) + b"--xyz--\r\n", "multipart/form-data; boundary=xyz"


def send(site: Site, method: str, path: str, *parts: tuple[str, bytes, str | None]) -> Answered:
    body, kind = multipart(*parts)
    return site.api.call(method, path, body, Content_Type=kind)


def download(site: Site, url: str) -> Response:
    """As a client does: an address of Procore's that leads on to the storage's."""
    first = fetch(site, url, Authorization=f"Bearer {site.api.token}")
    assert first.status == 302
    return fetch(site, first.headers["Location"])


def test_an_upload_in_segments_becomes_an_attachment(site: Site) -> None:
    big = b"x" * (5 * 1024 * 1024 + 1)
    made = start(site, big, PDF)
    assert made["status"] == "ready" and made["segments"][1]["headers"] == {"Content-Length": str(len(PDF))}
    one = f"{V21}/uploads/{made['upload_id']}"
    etags = [fetch(site, part["url"], "PUT", body).headers["ETag"]
             for part, body in zip(made["segments"], (big, PDF), strict=True)]
    assert etags[1] == f'"{md5(PDF, usedforsecurity=False).hexdigest()}"'
    assert site.api.get(one)["data"]["status"] == "receiving"
    assert site.api.ok("PATCH", one, {"part_etags": etags})["data"]["status"] == "complete"
    assert site.api.get(one)["data"]["status"] == "available"
    contract = site.commitment("1", approve=False)
    [held] = site.patch("work_order_contract", contract, upload_ids=[made["upload_id"]])["attachments"]
    assert held["filename"] == "inv 77.pdf"
    found = download(site, held["url"])
    assert found.body == big + PDF and found.headers["Content-Type"] == "application/pdf"
    assert "inv%2077.pdf" in found.headers["Content-Disposition"]


@pytest.mark.parametrize("fields", [
    {"file_name": ""}, {"file_size": 3}, {"segments": []}, {"segments": "all"}, {"file_size": "big"},
    {"segments": [{"size": len(PDF), "sha256": "abc"}]}, {"segments": [{"size": 0, "sha256": "0" * 64}]},
    {"segments": [digest(b"small"), digest(PDF)], "file_size": 5 + len(PDF)},
    {"segments": [{"size": 101 * 1024 * 1024, "sha256": "0" * 64}], "file_size": 101 * 1024 * 1024},
])
def test_an_upload_says_what_will_come(site: Site, fields: dict[str, object]) -> None:
    body = {"file_name": "a.pdf", "file_size": len(PDF), "segments": [digest(PDF)], **fields}
    assert "error" in site.api.refused(422, "POST", f"{V21}/uploads", body)


def test_the_storage_takes_what_was_said_at_the_address_that_it_gave(site: Site) -> None:
    made = start(site, PDF)
    url = made["segments"][0]["url"]
    for status, sent, headers in ((400, PDF + b"!", {}), (400, b"%PDF-1.7 another   "[:len(PDF)], {}),
                                  (400, PDF, {"Authorization": "Bearer x"})):
        assert fetch(site, url, "PUT", sent, **headers).status == status
    assert fetch(site, url.replace("signature=", "signature=0"), "PUT", PDF).status == 403
    assert fetch(site, url.replace("signature=", "signature=é"), "PUT", PDF).status == 403
    assert fetch(site, url.replace("/storage/4283186", "/storage/1"), "PUT", PDF).status == 403
    assert fetch(site, url, "DELETE").status == 405
    one = f"{V21}/uploads/{made['upload_id']}"
    for etags in (["x"], [], None):
        site.api.refused(422, "PATCH", one, {"part_etags": etags})
    contract = site.commitment("1", approve=False)
    site.api.refused(422, "PATCH", f"/rest/v1.0/work_order_contracts/{contract}", {
        "project_id": site.project, "work_order_contract": {"title": "x", "upload_ids": [made["upload_id"]]}})
    assert site.contract(contract)["title"] == "Electrical", "a refused upload refuses the whole write"
    site.pass_time(hours=2)
    expired = fetch(site, url, "PUT", PDF)
    assert expired.status == 403 and b"expired" in expired.body


def test_an_upload_that_nothing_uses_is_gone_after_a_day(site: Site) -> None:
    used, unused = uploaded(site), uploaded(site, b"other")
    contract = site.commitment("1", approve=False)
    site.patch("work_order_contract", contract, upload_ids=[used])
    site.pass_time(hours=25)
    assert site.api.get(f"{V21}/uploads/{used}")["data"]["status"] == "available"
    site.api.refused(404, "GET", f"{V21}/uploads/{unused}")
    body = {"project_id": site.project, "work_order_contract": {"upload_ids": [unused]}}
    site.api.refused(422, "PATCH", f"/rest/v1.0/work_order_contracts/{contract}", body)


def test_an_upload_is_available_when_the_storage_has_looked_at_it(site: Site) -> None:
    site.service.company.switches.upload_scan_s = 5
    one = f"{V21}/uploads/{uploaded(site)}"
    assert site.api.get(one)["data"]["status"] == "complete"
    site.pass_time(seconds=5)
    assert site.api.get(one)["data"]["status"] == "available"


def test_an_upload_of_a_project_is_found_there_only(site: Site) -> None:
    made = site.api.ok("POST", f"{V21}/projects/{site.project}/uploads", {
        "file_name": "a.pdf", "file_size": len(PDF), "segments": [digest(PDF)]})["data"]["upload_id"]
    site.api.get(f"{V21}/projects/{site.project}/uploads/{made}")
    site.api.refused(404, "GET", f"{V21}/uploads/{made}")
    site.api.refused(404, "GET", f"/rest/v1.1/projects/{site.project}/uploads/{made}")


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_older_uploads_take_segments_with_their_digest_in_a_header(site: Site, version: str) -> None:
    base = f"/rest/{version}/projects/{site.project}/uploads"
    made = site.api.ok("POST", base, {"response_filename": "a.pdf", "segments": [digest(PDF)]})
    [part] = made["segments"]
    assert made["status"] == "ready" and fetch(site, part["url"], "PUT", PDF).status == 403
    etag = fetch(site, part["url"], "PUT", PDF, x_amz_content_sha256=part["headers"]["x-amz-content-sha256"]
                 ).headers["ETag"]
    one = f"{base}/{made['uuid']}"
    for wrong in ([], [{"etag": "x"}], "all", [5]):
        site.api.refused(422, "PATCH", one, {"segments": wrong})
    assert site.api.ok("PATCH", one, {"segments": [{**digest(PDF), "etag": etag}]})["status"] == "complete"
    invoice = site.invoice(site.commitment("1"), upload_ids=[made["uuid"]])
    assert download(site, invoice["attachments"][0]["url"]).body == PDF
    late = site.api.ok("POST", base, {"response_filename": "a.pdf", "segments": [digest(PDF)]})["uuid"]
    site.pass_time(days=2)
    site.api.refused(410, "PATCH", f"{base}/{late}", {"segments": [{}]})


def test_the_oldest_uploads_post_one_form_to_the_storage(site: Site) -> None:
    made = site.api.ok("POST", "/rest/v1.0/companies/4283186/uploads", {"response_filename": "a.pdf"})
    assert made["status"] == "non_segmented"
    body, kind = multipart(("key", made["fields"]["key"].encode(), None), ("file", PDF, "a.pdf"))
    assert fetch(site, made["url"], "POST", b"nothing", content_type=kind).status == 400
    assert fetch(site, made["url"], "POST", body, content_type=kind).status == 204
    contract = site.commitment("1", approve=False, upload_ids=[made["uuid"]])
    assert download(site, site.contract(contract)["attachments"][0]["url"]).body == PDF
    site.api.refused(422, "POST", "/rest/v1.1/companies/4283186/uploads", {"size": 5})


def test_a_direct_cost_takes_its_lines_and_files_as_a_form(site: Site) -> None:
    code = str(site.codes[0]).encode()
    line = "direct_cost[line_items][][{}]".format
    made = send(site, "POST", f"/rest/v1.1/projects/{site.project}/direct_costs",
                ("direct_cost[direct_cost_type]", b"expense", None),
                ("direct_cost[vendor_id]", str(site.vendor).encode(), None),
                (line("wbs_code_id"), code, None), (line("manual_amount"), b"10.50", None),
                (line("wbs_code_id"), code, None), (line("manual_amount"), b"2", None),
                ("attachments[]", PDF, "a.pdf"), ("attachments[]", b"second", "b.pdf")).body
    assert made["grand_total"] == "12.5" and made["attachments_count"] == 2
    assert [download(site, one["url"]).body for one in made["attachments"]] == [PDF, b"second"]
    path = f"/rest/v1.1/projects/{site.project}/direct_costs/{made['id']}"
    site.api.ok("PATCH", path, {"direct_cost": {"origin_id": "o1"}})
    refused = send(site, "PATCH", path, ("direct_cost[origin_data]", b"x", None), ("attachments[]", PDF, "c.pdf"))
    assert refused.status == 422


def test_payments_take_files_even_when_the_accounting_system_holds_them(site: Site) -> None:
    contract = site.commitment("100")
    paid = site.pay(contract, "10", origin_id="bill-payment-1")
    scope = (("project_id", str(site.project).encode(), None), ("contract_id", str(contract).encode(), None))
    done = send(site, "PATCH", f"/rest/v1.0/contract_payments/{paid['id']}", *scope,
                ("contract_payment[origin_data]", b"x", None), ("attachments[]", PDF, "cheque.pdf"))
    assert done.status == 200
    [held] = done.body["attachments"]
    again = site.pay(contract, "5", prostore_file_ids=[held["id"]])["attachments"]
    assert again[0]["id"] == held["id"] and download(site, again[0]["url"]).body == PDF
    assert site.contract(contract)["payments_issued"][0]["attachments"] == [held]
    site.api.refused(422, "POST", "/rest/v1.0/contract_payments", {
        "project_id": site.project, "contract_id": contract,
        "contract_payment": {"amount": "1", "prostore_file_ids": [5]}})


def test_owner_contracts_and_invoices_take_files_too(site: Site) -> None:
    made = site.api.ok("POST", "/rest/v1.0/prime_contract", {"project_id": site.project, "prime_contract": {
        "title": "Owner", "vendor_id": site.vendor, "status": "Approved", "upload_ids": [uploaded(site)]}})
    assert download(site, made["attachments"][0]["url"]).body == PDF
    base = f"/rest/v1.0/prime_contracts/{made['id']}/payment_applications"
    field = "payment_application[{}]".format
    scope = (("project_id", str(site.project).encode(), None),)
    invoice = send(site, "POST", base, *scope, (field("commitment_billing_period_id"), str(site.period).encode(), None),
                   ("attachments[]", PDF, "a.pdf")).body
    assert [one["filename"] for one in invoice["attachments"]] == ["a.pdf"]
    more = send(site, "PATCH", f"{base}/{invoice['id']}", *scope, (field("invoice_number"), b"7", None),
                ("attachments[]", PDF, "b.pdf")).body
    assert [one["filename"] for one in more["attachments"]] == ["a.pdf", "b.pdf"]


@pytest.mark.parametrize("body", [
    b"", b"--xyz\r\n\r\nno name\r\n--xyz--", b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
    b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
    b"--xyz\r\nContent-Disposition: form-data; name=\"a[b]\"\r\n\r\n1\r\n--xyz--",
    b"--xyz\r\nContent-Disposition: form-data; name=\"a" + b"[b]" * 40 + b"\"\r\n\r\n1\r\n--xyz--"])
def test_a_broken_form_is_answered_400(site: Site, body: bytes) -> None:
    path = f"/rest/v1.1/projects/{site.project}/direct_costs"
    assert site.api.call("POST", path, body, Content_Type="multipart/form-data; boundary=xyz").status == 400
    assert site.api.call("POST", path, b"x", Content_Type="multipart/form-data").status == 400


def test_a_link_ends_and_the_record_gives_a_fresh_one(site: Site) -> None:
    contract = site.commitment("1", approve=False, upload_ids=[uploaded(site)])
    old = site.contract(contract)["attachments"][0]["url"]
    site.pass_time(hours=3)
    assert fetch(site, old).status == 403
    assert download(site, site.contract(contract)["attachments"][0]["url"]).body == PDF
    assert fetch(site, "http://sandbox.test/storage/x").status == 403


def test_a_restarted_sandbox_has_the_files(tmp_path: Any) -> None:
    def begin() -> Sandbox:
        return Sandbox.start("empty", state=tmp_path, clock="2026-01-05T08:00:00+00:00", frozen=True)

    first = begin()
    site = Site.inside(first.procore)
    contract = site.commitment("1", approve=False, upload_ids=[uploaded(site)])
    url = site.contract(contract)["attachments"][0]["url"]
    first.close()
    again = begin()
    site.api = Client(again.procore, site.api.token)
    assert site.contract(contract)["attachments"][0]["url"] == url and download(site, url).body == PDF
    again.close()
