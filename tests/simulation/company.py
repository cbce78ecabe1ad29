"""The small company of the town: its lists in both systems, opened once per process and copied for every seed.

Everything is entered by the vendors' own REST calls; nothing of tieout takes part.
"""
from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from tieout.sandbox.kit import CallLog, Faults
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.worlds.data import CostCode, Project, Scenario, Vendor
from tieout.sandbox.worlds.furnish import furnish
from tieout.sandbox.worlds.rest import ProcoreRest, QuickBooksRest

OPENED = "2026-01-05T16:00:00+00:00"
START = date(2026, 1, 1)
RETAINAGE = "2050"
# cost type -> account; the type O is left unmapped by the set-up in some towns
ACCOUNTS = {"S": "5100 Subcontractors", "M": "5200 Materials", "O": "5900 Other Job Costs"}
# the job of the second project is there already; the third project's customer is missing in some towns
PROJECTS = (Project(number="26-101", name="Elm Street School", owner="City of Elm", start=START),
            Project(number="26-102", name="Harbor Warehouse", owner="Harbor Freight LLC", start=START,
                    job="26-102 Harbor"),
            Project(number="26-103", name="Vine Clinic", owner="Vine Health", start=START))
LATE_CUSTOMER = "Vine Health"
# (Procore, QuickBooks): in QuickBooks already, there under another name, not there yet
VENDORS = (("Acme Concrete", "Acme Concrete"), ("Brightline Electric Co", "Brightline Power"),
           ("Corona Drywall", ""), ("Delta Roofing", ""))
CODES = ("03-300.S", "03-300.M", "09-200.S", "26-100.M", "26-100.O")

SCENARIO = Scenario(
    name="town", company={}, cost_types={},
    books={"payable": "2000", "checking": "1010", "card": "1010", "retainage_payable": RETAINAGE},
    projects=PROJECTS,
    vendors=tuple(Vendor(name=name, books_name=books) for name, books in VENDORS),
    customers=tuple({"name": p.owner} for p in PROJECTS if p.owner != LATE_CUSTOMER),
    accounts=(
        {"number": "1010", "name": "Checking", "type": "Bank", "subtype": "Checking"},
        {"number": "2000", "name": "Accounts Payable (A/P)", "type": "Accounts Payable", "subtype": "AccountsPayable"},
        {"number": RETAINAGE, "name": "Retainage Payable", "type": "Other Current Liability",
         "subtype": "OtherCurrentLiabilities"},
        {"number": "4000", "name": "Construction Income", "type": "Income", "subtype": "SalesOfProductIncome"},
        {"number": "5100", "name": "Subcontractors", "type": "Cost of Goods Sold", "subtype": "SuppliesMaterialsCogs"},
        {"number": "5200", "name": "Materials", "type": "Cost of Goods Sold", "subtype": "SuppliesMaterialsCogs"},
        {"number": "5900", "name": "Other Job Costs", "type": "Cost of Goods Sold", "subtype": "SuppliesMaterialsCogs"},
        {"number": "6100", "name": "Office Rent", "type": "Expense", "subtype": "RentOrLeaseOfBuildings"}),
    cost_codes=(CostCode(code="03-300", name="Cast-in-place concrete", types=("S", "M")),
                CostCode(code="09-200", name="Gypsum board", types=("S",)),
                CostCode(code="26-100", name="Electrical", types=("M", "O"))))


def rest_of(sandbox: Any) -> tuple[ProcoreRest, QuickBooksRest]:
    """How people reach the two systems."""
    field, books = sandbox.procore, sandbox.quickbooks
    return (ProcoreRest(field.handle, field.script_token, str(field.company.id)),
            QuickBooksRest(books.handle, books.script_token, books.realm_id))


@cache
def _opened() -> Sandbox:
    sandbox = Sandbox.start("empty", clock=OPENED, frozen=True)
    furnish(SCENARIO, *rest_of(sandbox))
    return sandbox


def opened() -> Sandbox:
    """A sandbox of one's own, with the lists in it and nothing else."""
    sandbox = copy.deepcopy(_opened())
    sandbox.kit.calls, sandbox.kit.faults = CallLog(), Faults()
    return sandbox


def setup_text(said: Mapping[str, Any], *, mode: str, rules: dict[str, str],
               maps_other: bool, projects: int,
               refresh_token: bool = False) -> str:
    """The set-up file as the controller wrote it, for a sandbox that announced itself so; secrets stand in files beside
    it. `refresh_token`: whether QuickBooks' is among them."""
    field, books = said["procore"], said["quickbooks"]
    lines = [
        "[connections.field]", 'kind = "procore"', 'grant = "client_credentials"',
        f'base_url = "{field["base_url"]}"', f'login_url = "{field["login_url"]}"',
        f'company_id = "{field["company_id"]}"', f'client_id = "{field["client_id"]}"',
        'client_secret_file = "procore-secret"',
        "[connections.books]", 'kind = "quickbooks_online"', f'base_url = "{books["base_url"]}"',
        f'login_url = "{books["login_url"]}"', f'realm_id = "{books["realm_id"]}"',
        f'client_id = "{books["client_id"]}"', 'client_secret_file = "quickbooks-secret"',
        *(['refresh_token_file = "quickbooks-token"'] if refresh_token else []),
        "[[pairs]]", 'name = "town"', 'procore = "field"', 'quickbooks = "books"', f'mode = "{mode}"']
    for project in PROJECTS[:projects]:
        lines += ["[[pairs.projects]]", f'number = "{project.number}"', f"start = {START.isoformat()}",
                  f'job = "{project.job}"' if project.job else f'customer = "{project.owner}"']
    given = {"line_coding": "item", "item_income_account": "4000", "retainage.payable.held": RETAINAGE,
             "retainage.payable.released": RETAINAGE, **rules}
    lines += ["[pairs.rules]", *(f'{key} = "{value}"' for key, value in given.items())]
    vendors = ", ".join(f'["{name}", "{other}"]' for name, other in VENDORS if other and other != name)
    types = ", ".join(f'["{kind}", "{account}"]' for kind, account in ACCOUNTS.items() if kind != "O" or maps_other)
    lines += ["[[pairs.mappings]]", 'kind = "vendor"', f"rows = [{vendors}]",
              "[[pairs.mappings]]", 'kind = "cost_type"', f"rows = [{types}]"]
    return "\n".join(lines) + "\n"
