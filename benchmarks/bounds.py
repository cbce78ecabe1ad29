"""The fewest calls with which a first sync can be done, from the sandbox's own counts of rows.

Lower bound = for each list rows / page size rounded up (an empty one still has to be asked), the shows that no list
replaces, and the writes, in bulk where the vendor has it, wave by wave. Nothing of the product is used.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

QUICKBOOKS_PAGE, PROCORE_PAGE, BATCH = 1000, 2000, 30
LISTS = ("Account", "Vendor", "Customer", "Item", "Class", "Term")
DOCUMENTS = ("PurchaseOrder", "Bill", "VendorCredit", "BillPayment", "JournalEntry", "Purchase")
SINGLE = ("CompanyInfo", "Preferences")
# What is entered before what. Vendors, jobs and items name nothing that is entered, so they are one wave.
WAVES = (("Vendor", "Customer", "Item"), ("PurchaseOrder",), ("Bill",), ("VendorCredit",))
CONTRACTS = ("work_order_contracts", "purchase_order_contracts")


@dataclass(slots=True)
class Rows:
    """What is there now. quickbooks: entity -> rows; procore: list -> rows; shows: records whose lines, or payments, no
    list has; payments: rows of all payments issued."""

    quickbooks: dict[str, int] = field(default_factory=dict)
    procore: dict[str, int] = field(default_factory=dict)
    shows: dict[str, int] = field(default_factory=dict)
    payments: int = 0


def rows_of(announced: Mapping[str, Any]) -> Rows:
    """Asks the sandbox with the tokens it gives to scripts."""
    rows = Rows()
    with _client(announced["quickbooks"]) as books:
        path = f"/v3/company/{announced['quickbooks']['realm_id']}/query"
        for entity in (*LISTS, *DOCUMENTS):
            where = " WHERE Active IN (true, false)" if entity in LISTS else ""
            answer = _asked(books, path, query=f"SELECT COUNT(*) FROM {entity}{where}").json()
            rows.quickbooks[entity] = int(answer["QueryResponse"]["totalCount"])
    procore = announced["procore"]
    with _client(procore, {"Procore-Company-Id": procore["company_id"]}) as field_side:
        _count_procore(field_side, procore["company_id"], rows)
    return rows


def _count_procore(api: httpx2.Client, company: str, rows: Rows) -> None:
    def count(name: str, path: str, **params: str) -> int:
        rows.procore[name] = int(_asked(api, path, per_page="1", **params).headers["Total"])
        return rows.procore[name]

    count("companies", "/rest/v1.0/vendors", company_id=company)
    count("inactive companies", f"/rest/v1.0/companies/{company}/vendors/inactive")
    count("projects", "/rest/v1.1/projects", company_id=company)
    shown: dict[str, int] = {"contracts": 0, "change orders": 0, "payments of a contract": 0}
    for project in _all(api, "/rest/v1.1/projects", company_id=company):
        number = str(project["id"])
        for contracts in CONTRACTS:
            shown["contracts"] += count(f"{contracts} of {number}", f"/rest/v1.0/{contracts}", project_id=number)
            for contract in _all(api, f"/rest/v1.0/{contracts}", project_id=number):
                paid = int(_asked(api, "/rest/v1.0/contract_payments", project_id=number, per_page="1",
                                  contract_id=str(contract["id"])).headers["Total"])
                rows.payments += paid
                shown["payments of a contract"] += paid > 0
        shown["change orders"] += count(f"change orders of {number}", "/rest/v1.0/change_order_packages",
                                        project_id=number)
        count(f"requisitions of {number}", "/rest/v1.1/requisitions", project_id=number)
    rows.shows = shown


def bounds(before: Rows, after: Rows) -> dict[str, dict[str, int]]:
    """{"quickbooks": {"lists", "writes", "all"}, "procore": {"lists", "shows", "writes", "all"}} of a sync that found
    `before` and left `after`."""
    written = {entity: after.quickbooks[entity] - before.quickbooks[entity] for entity in after.quickbooks}
    quickbooks = {"lists": len(SINGLE) + sum(_pages(n, QUICKBOOKS_PAGE) for n in before.quickbooks.values()),
                  "writes": sum(-(-sum(written[entity] for entity in wave) // BATCH) for wave in WAVES)}
    procore = {"lists": sum(_pages(n, PROCORE_PAGE) for n in before.procore.values()),
               "shows": sum(before.shows.values()), "writes": after.payments - before.payments}
    return {"quickbooks": {**quickbooks, "all": sum(quickbooks.values())},
            "procore": {**procore, "all": sum(procore.values())}}


def _pages(rows: int, page: int) -> int:
    return max(1, -(-rows // page))


def _client(side: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> httpx2.Client:
    return httpx2.Client(base_url=side["base_url"], timeout=60, headers={
        "Authorization": f"Bearer {side['access_token']}", "Accept": "application/json", **(headers or {})})


def _asked(client: httpx2.Client, path: str, **params: str) -> httpx2.Response:
    return client.get(path, params=params).raise_for_status()


def _all(client: httpx2.Client, path: str, **params: str) -> Iterator[Mapping[str, Any]]:
    yield from _asked(client, path, per_page=str(PROCORE_PAGE), **params).json()
