"""Enters what the derivation says into the practice QuickBooks, as a careful clerk would, between two steps.

It stands in for the product, so that the practice world can be tried to its end without it.
"""
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.support.maple_books import Books
from tests.support.maple_ledger import Town
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox


class Clerk(Books):
    def __init__(self, sandbox: Sandbox, town: Town, documents: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(lambda path, query: self.call("GET", path, **query), town)
        self.sandbox = sandbox
        self.by_step: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for document in documents.values():
            self.by_step[document["step"]].append(document)
        self.names = {procore: books for books, procore in town.names.items()}

    def call(self, method: str, path: str, body: object = None, **query: str) -> Any:
        headers = {"authorization": f"Bearer {self.sandbox.quickbooks.script_token}", "accept": "application/json",
                   "content-type": "application/json"}
        request = Request.of(method, f"/v3/company/{self.sandbox.quickbooks.realm_id}/{path}", headers=headers,
                             query=tuple(query.items()), body=json.dumps(body).encode() if body is not None else b"")
        answer = self.sandbox.handle("quickbooks", request)
        found = json.loads(answer.body, parse_float=Decimal)
        assert answer.status == 200 and "Fault" not in found, (path, body, found)
        return found

    def enter(self, step: str) -> None:
        accounts = {row["AcctNum"]: row["Id"] for row in self.rows("Account") if "AcctNum" in row}
        for document in self.by_step[step]:
            vendor, job = self.vendor(document["vendor"]), self.job(document["project"])
            lines = []
            for code, amount in document["lines"]:
                account = code if code in accounts else self.town.account_of_type[code.split(".")[1]]
                lines.append({"Amount": float(amount), "DetailType": "AccountBasedExpenseLineDetail",
                              "Description": code, "AccountBasedExpenseLineDetail": {
                                  "AccountRef": {"value": accounts[account]}, "CustomerRef": {"value": job},
                                  "BillableStatus": "NotBillable"}})
            kind = "Bill" if document["kind"] == "bill" else "VendorCredit"
            made = self.call("POST", kind.lower(), {
                "VendorRef": {"value": vendor}, "TxnDate": document["date"].isoformat(),
                "DocNumber": document["number"], "Line": lines}, include="allowduplicatedocnum")
            assert made[kind]["TotalAmt"] == document["total"], document

    def vendor(self, name: str) -> str:
        asked = self.names.get(name, name)
        for row in self.rows("Vendor"):
            if row["DisplayName"] == asked:
                return str(row["Id"])
        return str(self.call("POST", "vendor", {"DisplayName": asked})["Vendor"]["Id"])

    def job(self, number: str) -> str:
        customers = self.rows("Customer")
        for row in customers:
            if row["DisplayName"].startswith(number):
                return str(row["Id"])
        project = self.town.projects[number]
        [owner] = [row["Id"] for row in customers if row["DisplayName"] == project["owner"]]
        return str(self.call("POST", "customer", {
            "DisplayName": f"{number} {project['name']}", "Job": True, "BillWithParent": False,
            "ParentRef": {"value": owner}})["Customer"]["Id"])
