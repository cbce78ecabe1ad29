"""QuickBooks' own books read back, document by document, to be held against the derivation.

Reads through `ask(path, query) -> JSON with Decimals`, so it serves the sandbox in process and over HTTP.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.support.maple_ledger import ZERO, Town

Ask = Callable[[str, Mapping[str, str]], Any]
Line = tuple[str, str, str, str, Decimal]


class Books:
    def __init__(self, ask: Ask, town: Town) -> None:
        self.ask, self.town = ask, town

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """Every active record and every document, in pages of a thousand."""
        found: list[dict[str, Any]] = []
        while len(found) % 1000 == 0:
            statement = f"select * from {entity} startposition {len(found) + 1} maxresults 1000"
            page = self.ask("query", {"query": statement})["QueryResponse"].get(entity, [])
            found += page
            if not page:
                break
        return found

    def trial_balance(self, day: str) -> dict[str, Decimal]:
        """Account number -> balance, debits positive, from QuickBooks' own report."""
        numbers = {row["Id"]: row.get("AcctNum", row["Name"]) for row in self.rows("Account")}
        report = self.ask("reports/TrialBalance", {"start_date": f"{day[:4]}-01-01", "end_date": day})
        found = {}
        for row in report["Rows"].get("Row", []):
            if "ColData" in row:
                account, debit, credit = row["ColData"]
                found[numbers[account["id"]]] = Decimal(debit["value"] or 0) - Decimal(credit["value"] or 0)
        return found

    def lines(self) -> list[Line]:
        """(account number, project, vendor, code, debit) of every expense and journal line in the books.

        A code is the item's name; a line by account has its description for a code where that is one, else nothing.
        """
        look = _Names(self)
        found = [line for entity, sign in (("Bill", 1), ("VendorCredit", -1), ("Purchase", 1))
                 for document in self.rows(entity) for line in look.expense(document, sign)]
        return found + [line for document in self.rows("JournalEntry") for line in look.journal(document)]

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


class _Names:
    """What the references in documents are called."""

    def __init__(self, books: Books) -> None:
        town = books.town
        self.town = town
        self.numbers = {row["Id"]: row.get("AcctNum", row["Name"]) for row in books.rows("Account")}
        self.jobs = {row["Id"]: next(number for number in town.projects if number in row["DisplayName"])
                     for row in books.rows("Customer") if row.get("Job")}
        self.vendors = {row["Id"]: town.names.get(row["DisplayName"], row["DisplayName"])
                        for row in books.rows("Vendor")}
        self.items = {row["Id"]: (row["Name"], row.get("ExpenseAccountRef", {}).get("value", ""))
                      for row in books.rows("Item")}

    def expense(self, document: Mapping[str, Any], sign: int) -> list[Line]:
        party = (document.get("VendorRef") or document["EntityRef"])["value"]
        found = []
        for line in document["Line"]:
            detail = line[line["DetailType"]]
            code, account = (self.items[detail["ItemRef"]["value"]] if "ItemRef" in detail
                             else (line.get("Description", ""), detail["AccountRef"]["value"]))
            found.append((self.numbers[account], self.jobs.get(detail.get("CustomerRef", {}).get("value", ""), ""),
                          self.vendors[party], code if "." in code[-2:] else "", sign * line["Amount"]))
        return found

    def journal(self, document: Mapping[str, Any]) -> list[Line]:
        found = []
        for line in document["Line"]:
            detail = line["JournalEntryLineDetail"]
            entity = detail.get("Entity", {"Type": "", "EntityRef": {"value": ""}})
            who = entity["EntityRef"]["value"]
            debit = line["Amount"] if detail["PostingType"] == "Debit" else -line["Amount"]
            found.append((self.numbers[detail["AccountRef"]["value"]],
                          self.jobs.get(who, "") if entity["Type"] == "Customer" else "",
                          self.vendors[who] if entity["Type"] == "Vendor" else "", "", debit))
        return found
