"""Enters what the derivation says into the practice QuickBooks, as a careful clerk would, between two steps.

It stands in for the product, so that the practice world can be tried to its end without it.
"""
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.support.maple_ledger import ZERO, Town
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox


class Clerk:
    def __init__(self, sandbox: Sandbox, town: Town, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self.sandbox, self.town = sandbox, town
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

    def rows(self, entity: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call(
            "GET", "query", query=f"select * from {entity} maxresults 1000")["QueryResponse"].get(entity, [])
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

    # What the books say, read back

    def trial_balance(self, day: str) -> dict[str, Decimal]:
        """Account number -> balance, debits positive, from QuickBooks' own report."""
        numbers = {row["Id"]: row.get("AcctNum", row["Name"]) for row in self.rows("Account")}
        report = self.call("GET", "reports/TrialBalance", start_date=f"{day[:4]}-01-01", end_date=day)
        found = {}
        for row in report["Rows"].get("Row", []):
            if "ColData" in row:
                account, debit, credit = row["ColData"]
                found[numbers[account["id"]]] = Decimal(debit["value"] or 0) - Decimal(credit["value"] or 0)
        return found

    def lines(self) -> list[tuple[str, str, str, str, Decimal]]:
        """(account number, project, vendor, description, debit) of every expense and journal line in the books."""
        numbers = {row["Id"]: row.get("AcctNum", row["Name"]) for row in self.rows("Account")}
        jobs = {row["Id"]: row["DisplayName"][:6] for row in self.rows("Customer") if row.get("Job")}
        names = self.town.names
        vendors = {row["Id"]: names.get(row["DisplayName"], row["DisplayName"]) for row in self.rows("Vendor")}
        found = []
        for entity, sign in (("Bill", 1), ("VendorCredit", -1), ("Purchase", 1)):
            for document in self.rows(entity):
                party = document.get("VendorRef") or document["EntityRef"]
                for line in document["Line"]:
                    detail = line["AccountBasedExpenseLineDetail"]
                    found.append((numbers[detail["AccountRef"]["value"]],
                                  jobs.get(detail.get("CustomerRef", {}).get("value", ""), ""),
                                  vendors[party["value"]], line.get("Description", ""), sign * line["Amount"]))
        for document in self.rows("JournalEntry"):
            for line in document["Line"]:
                detail = line["JournalEntryLineDetail"]
                entity = detail.get("Entity", {"Type": "", "EntityRef": {"value": ""}})
                who = entity["EntityRef"]["value"]
                debit = line["Amount"] if detail["PostingType"] == "Debit" else -line["Amount"]
                found.append((numbers[detail["AccountRef"]["value"]],
                              jobs.get(who, "") if entity["Type"] == "Customer" else "",
                              vendors[who] if entity["Type"] == "Vendor" else "", "", debit))
        return found

    def retention(self) -> dict[tuple[str, str], Decimal]:
        found: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for account, project, vendor, _, debit in self.lines():
            if account == self.town.retainage:
                found[project, vendor] -= debit
        return {key: amount for key, amount in found.items() if amount}

    def job_cost(self) -> dict[tuple[str, str, str], Decimal]:
        found: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
        for account, project, vendor, code, debit in self.lines():
            if project and account in self.town.costs:
                found[project, vendor, code or account] += debit
        return {key: amount for key, amount in found.items() if amount}
