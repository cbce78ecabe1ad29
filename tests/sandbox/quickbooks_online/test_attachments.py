"""Files and notes on documents: uploads in every shape that clients send, temporary addresses, links (qbo.md 13.9)."""
import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online import attachments

PDF = b"%PDF-1.4\r\n--B-not-a-boundary\n\x00\xff end\r\n"


def part(name: str, content: bytes, kind: str, *, file: str = "", base64: bool = False, end: bytes = b"\r\n") -> bytes:
    filename = f'; filename="{file}"' if file else ""
    head = [f'Content-Disposition: form-data; name="{name}"{filename}', f"Content-Type: {kind}"]
    if base64:
        head.append("Content-Transfer-Encoding: base64")
        content = b64encode(content)
    return end.join(line.encode() for line in head) + end + end + content + end


def multipart(*parts: bytes, end: bytes = b"\r\n") -> bytes:
    return b"".join(b"--B" + end + one for one in parts) + b"--B--" + end


def send(office: Office, body: bytes, kind: str = "multipart/form-data; boundary=B", **query: str) -> Response:
    return office.service.handle(Request.of("POST", f"{office.base}/upload", query=tuple(query.items()), headers={
        "Authorization": f"Bearer {office.token}", "Accept": "application/json", "Content-Type": kind,
        "Host": "127.0.0.1:9101"}, body=body))


def answers(office: Office, body: bytes, **query: str) -> list[Any]:
    answer = send(office, body, **query)
    assert answer.status == 200, answer.body
    return list(json.loads(answer.body)["AttachableResponse"])


def metadata(bill: Any = None, **more: Any) -> bytes:
    said: dict[str, Any] = {"FileName": "inv88123.pdf", "ContentType": "application/pdf", **more}
    if bill is not None:
        said["AttachableRef"] = [{"EntityRef": {"type": "Bill", "value": bill["Id"]}}]
    return part("file_metadata_01", json.dumps(said).encode(), "application/json", file="attachment.json")


def content(data: bytes = PDF, *, base64: bool = False) -> bytes:
    return part("file_content_01", data, "application/pdf", file="inv88123.pdf", base64=base64)


def fetched(office: Office, address: str) -> Response:
    return office.service.handle(Request.of("GET", urlsplit(address).path))


def attached(office: Office, bill: Any) -> list[str]:
    return [row["Id"] for row in office.rows(
        "select * from Attachable where AttachableRef.EntityRef.Type = 'bill' and "
        f"AttachableRef.EntityRef.value = '{bill['Id']}'")]


@pytest.fixture
def bill(office: Office) -> Any:
    return office.bill(office.cost_line("10.00"))


@pytest.mark.parametrize("base64", [False, True])
def test_a_file_goes_up_hangs_on_its_bill_and_comes_down_as_it_was(office: Office, bill: Any, base64: bool) -> None:
    [answer] = answers(office, multipart(metadata(bill), content(base64=base64)))
    made = answer["Attachable"]
    assert (made["FileName"], made["Size"], made["SyncToken"]) == ("inv88123.pdf", len(PDF), "0")
    assert made["AttachableRef"] == [{"EntityRef": {"value": bill["Id"], "type": "Bill"}}]
    assert attached(office, bill) == [made["Id"]]
    address = office.raw("GET", f"{office.base}/download/{made['Id']}")
    assert address.headers["Content-Type"].startswith("text/plain")
    for where in (address.body.decode(), made["TempDownloadUri"]):
        file = fetched(office, where)
        assert (file.status, file.body, file.headers["Content-Type"]) == (200, PDF, "application/pdf")
    assert made["TempDownloadUri"].startswith("http://127.0.0.1:9101/")


def test_lines_that_end_in_a_bare_newline_are_read_as_python_clients_write_them(office: Office, bill: Any) -> None:
    said = json.dumps({"FileName": "a.txt", "ContentType": "text/plain", "AttachableRef": [
        {"EntityRef": {"type": "Bill", "value": bill["Id"]}}]})
    body = ("\n--B\nContent-Disposition: form-data; name=\"file_metadata_01\"\nContent-Type: application/json\n\n"
            f"{said}\n\n--B\nContent-Disposition: form-data; name=\"file_content_01\"\nContent-Type: text/plain\n"
            f"Content-Transfer-Encoding: base64\n\n{b64encode(b'hello').decode()}\n\n--B--\n")
    [answer] = answers(office, body.encode())
    assert fetched(office, answer["Attachable"]["TempDownloadUri"]).body == b"hello"


def test_a_file_without_metadata_is_named_by_its_part_and_hung_up_later_by_a_sparse_update(office: Office,
                                                                                          bill: Any) -> None:
    [answer] = answers(office, multipart(content()))
    made = answer["Attachable"]
    assert (made["FileName"], "AttachableRef" in made) == ("inv88123.pdf", False)
    changed = office.change("Attachable", made, {"AttachableRef": [
        {"EntityRef": {"type": "Bill", "value": bill["Id"]}}]})
    assert (changed["SyncToken"], changed["Size"], attached(office, bill)) == ("1", len(PDF), [made["Id"]])


def test_several_files_are_matched_by_their_suffix_and_a_bad_one_stops_no_other(office: Office) -> None:
    found = answers(office, multipart(
        part("file_metadata_1", b'{"FileName": "a.txt", "Note": "one"}', "application/json"),
        part("file_metadata_2", b'{"FileName": "b.zip"}', "application/json"),
        part("file_content_2", b"PK", "application/zip"), part("file_content_1", b"one", "text/plain")))
    assert found[0]["Attachable"]["Note"] == "one"
    assert found[1]["Fault"]["Error"][0]["code"] == "6041"


def test_a_temporary_address_dies_after_a_quarter_of_an_hour_and_cannot_be_made_up(office: Office) -> None:
    [answer] = answers(office, multipart(metadata(), content()))
    address = answer["Attachable"]["TempDownloadUri"]
    office.kit.clock.advance(timedelta(minutes=15))
    assert fetched(office, address).status == 200
    office.kit.clock.advance(timedelta(seconds=1))
    assert fetched(office, address).status == 403
    fresh = office.read("Attachable", answer["Attachable"]["Id"])["TempDownloadUri"]
    assert fetched(office, fresh).status == 200
    assert fetched(office, fresh.replace("/5", "/6", 1)).status == 403
    assert office.service.handle(Request.of("GET", "/attachments/x")).status == 403


def test_a_note_needs_no_file_and_has_none_to_load(office: Office, bill: Any) -> None:
    note = office.create("Attachable", {"Note": "Waiver received", "AttachableRef": [
        {"EntityRef": {"type": "bill", "value": bill["Id"]}}]})
    assert "Size" not in note and "TempDownloadUri" not in note
    assert note["AttachableRef"][0]["EntityRef"]["type"] == "Bill"
    refused = office.call("GET", f"download/{note['Id']}")
    assert refused["Fault"]["Error"][0]["code"] == "610"


def test_a_full_update_replaces_what_it_hangs_on_and_keeps_the_file(office: Office, bill: Any) -> None:
    other = office.bill(office.cost_line("20.00"))
    [answer] = answers(office, multipart(metadata(bill, Note="draft"), content()))
    made = answer["Attachable"]
    changed = office.create("Attachable", {"Id": made["Id"], "SyncToken": "0", "FileName": "new.pdf", "AttachableRef": [
        {"EntityRef": {"type": "Bill", "value": other["Id"]}, "IncludeOnSend": True}]})
    assert ("Note" in changed, changed["FileName"], changed["Size"]) == (False, "new.pdf", len(PDF))
    assert (attached(office, bill), attached(office, other)) == ([], [made["Id"]])
    assert office.refused("Attachable", {"Id": made["Id"], "SyncToken": "0", "FileName": "x.pdf"}) == ["5010"]


def test_an_attachment_outlives_its_bill_until_it_is_deleted_itself(office: Office, bill: Any) -> None:
    [answer] = answers(office, multipart(metadata(bill), content()))
    made = answer["Attachable"]
    office.delete("Bill", bill)
    assert office.read("Attachable", made["Id"])["AttachableRef"][0]["EntityRef"]["value"] == bill["Id"]
    kept = office.change("Attachable", made, {"Note": "still here"})
    gone = office.delete("Attachable", kept)
    assert gone["Attachable"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert fetched(office, made["TempDownloadUri"]).status == 404
    assert office.call("GET", f"attachable/{made['Id']}")["Fault"]["Error"][0]["code"] == "610"
    assert office.rows("select * from Attachable") == []


def test_attachments_are_found_by_what_they_are_and_listed_as_changed(office: Office, bill: Any) -> None:
    answers(office, multipart(metadata(bill, Category="Receipt"), content()))
    office.create("Attachable", {"Note": "loose"})
    assert len(office.rows("select * from Attachable where FileName = 'INV88123.pdf'")) == 1
    assert len(office.rows("select * from Attachable where Category = 'Receipt' and ContentType like '%pdf'")) == 1
    assert len(office.rows("select * from Attachable where AttachableRef.EntityRef.Type = 'Bill'")) == 1
    wrong = office.query("select * from Attachable where AttachableRef.EntityRef.value > '1'")
    assert wrong["Fault"]["Error"][0]["code"] == "4001"
    found = office.call("GET", "cdc", entities="Attachable", changedSince="2026-03-01")
    assert len(found["CDCResponse"][0]["QueryResponse"][0]["Attachable"]) == 2


def test_attachments_stand_in_batches_too(office: Office) -> None:
    made = office.call("POST", "batch", {"BatchItemRequest": [
        {"bId": "1", "operation": "create", "Attachable": {"Note": "by batch"}},
        {"bId": "2", "operation": "void", "Attachable": {"Id": "1", "SyncToken": "0"}}]})["BatchItemResponse"]
    assert made[0]["Attachable"]["Note"] == "by batch"
    assert made[1]["Fault"]["Error"][0]["code"] == "500"


@pytest.mark.parametrize(("body", "code"), [
    ({}, "2020"), ({"Note": "x", "Size": 12}, "2010"), ({"Note": "x", "TempDownloadUri": "http://x"}, "2010"),
    ({"Note": "x" * 2001}, "2050"), ({"FileName": "x" * 1001}, "2050"), ({"Note": "x", "Category": "Poem"}, "2170"),
    ({"Note": "x", "AttachableRef": [{"EntityRef": {"type": "Account", "value": "33"}}]}, "6050"),
    ({"Note": "x", "AttachableRef": [{"EntityRef": {"type": "Bill", "value": "9999"}}]}, "2500"),
    ({"Note": "x", "AttachableRef": [{"IncludeOnSend": True}]}, "2020"),
    ({"Id": "x", "SyncToken": "0", "Note": "x"}, "2030"), ({"Id": "77", "SyncToken": "0", "Note": "x"}, "610")])
def test_what_an_attachable_may_not_be(office: Office, body: Any, code: str) -> None:
    assert office.refused("Attachable", body) == [code]


@pytest.mark.parametrize(("body", "code"), [
    (multipart(part("file_metadata_01", b"{", "application/json"), content()), "6040"),
    (multipart(part("file_metadata_01", b"[1]", "application/json"), content()), "6040"),
    (multipart(part("file_metadata_01", b'{"Colour": "red"}', "application/json"), content()), "2010"),
    (multipart(metadata(FileName="virus.exe"), content()), "6041"),
    (multipart(metadata(), content(b"")), "6041"), (multipart(metadata()), "6041"),
    (multipart(part("file_content_01", b"%%%", "application/pdf", file="a.pdf").replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1)), "6041")])
def test_a_file_that_cannot_be_taken_is_refused_in_its_own_answer(office: Office, body: bytes, code: str) -> None:
    [answer] = answers(office, body)
    assert answer["Fault"]["Error"][0]["code"] == code
    assert office.rows("select * from Attachable") == []


def test_a_file_needs_a_name_and_a_type_that_is_none_counts_as_unknown(office: Office) -> None:
    nameless = part("file_metadata_01", b'{"Note": "x", "ContentType": "text/plain"}', "application/json")
    [refused] = answers(office, multipart(nameless, part("file_content_01", b"x", "text/plain")))
    assert refused["Fault"]["Error"][0]["code"] == "2020"
    odd = part("file_metadata_01", b'{"FileName": "a.txt", "ContentType": "no\\r\\nX-Type: 1"}', "application/json")
    [answer] = answers(office, multipart(odd, part("file_content_01", b"x", "text/plain")))
    file = fetched(office, answer["Attachable"]["TempDownloadUri"])
    assert (file.status, file.headers["Content-Type"]) == (200, "application/octet-stream")
    office.create("Attachable", {"Id": answer["Attachable"]["Id"], "SyncToken": "0", "Note": "renamed"})
    assert fetched(office, answer["Attachable"]["TempDownloadUri"]).status == 200


def test_an_upload_that_is_no_upload_is_refused_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(answer: Response) -> str:
        return str(json.loads(answer.body)["Fault"]["Error"][0]["code"])
    assert send(office, b"{}", "application/json").status == 415
    assert send(office, b"", "multipart/form-data").status == 415
    assert code(send(office, multipart(part("file", b"x", "text/plain")))) == "6041"
    chunked = office.service.handle(Request.of("POST", f"{office.base}/upload", body=multipart(content()), headers={
        "Authorization": f"Bearer {office.token}", "Accept": "application/json", "Transfer-Encoding": "chunked",
        "Content-Type": "multipart/form-data; boundary=B"}))
    assert code(chunked) == "6020"
    monkeypatch.setattr(attachments, "LARGEST_UPLOAD", 50)
    assert code(send(office, multipart(content()))) == "6030"


def test_an_upload_sent_twice_with_one_request_id_is_one_file(office: Office) -> None:
    first, second = (answers(office, multipart(metadata(), content()), requestid="u-1") for _ in range(2))
    assert first == second
    assert len(office.rows("select * from Attachable")) == 1
