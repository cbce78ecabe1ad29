"""Notes and files on documents: up, down, found, changed, deleted (qbo.md 13.9)."""
from __future__ import annotations

import json

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.kit import Request


def files_and_notes(office: Office) -> None:
    bill = office.bill(office.cost_line("10.00"))
    on_it = [{"EntityRef": {"type": "Bill", "value": bill["Id"]}, "IncludeOnSend": False}]
    said = json.dumps({"FileName": "a.txt", "ContentType": "text/plain", "AttachableRef": on_it})
    body = "".join(f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: {kind}'
                   f"\r\n\r\n{content}\r\n" for name, file, kind, content in (
                       ("file_metadata_01", "a.json", "application/json", said),
                       ("file_content_01", "a.txt", "text/plain", "hello"),
                       ("file_content_02", "b.zip", "application/zip", "PK"))) + "--B--\r\n"
    sent = office.service.handle(Request.of("POST", f"{office.base}/upload", body=body.encode(), headers={
        "Authorization": f"Bearer {office.token}", "Accept": "application/json",
        "Content-Type": "multipart/form-data; boundary=B"}))
    made = json.loads(sent.body)["AttachableResponse"][0]["Attachable"]
    office.raw("GET", f"{office.base}/download/{made['Id']}")
    assert "Fault" in office.call("GET", "download/1")
    note = office.create("Attachable", {"Note": "Waiver received", "AttachableRef": on_it})
    assert len(office.rows("select * from Attachable where AttachableRef.EntityRef.Type = 'bill' and "
                           f"AttachableRef.EntityRef.value = '{bill['Id']}'")) == 2
    note = office.create("Attachable", {"Id": note["Id"], "SyncToken": "0", "Note": "Waiver received and signed"})
    note = office.change("Attachable", note, {"Tag": "waiver"})
    office.read("Attachable", note["Id"])
    office.delete("Attachable", note)
    office.call("GET", "cdc", entities="Attachable", changedSince="2026-03-01")
    assert "Fault" in office.call("GET", f"attachable/{note['Id']}")
