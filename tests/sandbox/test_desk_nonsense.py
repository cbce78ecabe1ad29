"""Whatever is sent to the desk, it answers with a page, and what it refused has moved nothing in the books."""
from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.sandbox import snapshot
from tieout.sandbox.desk.desk import PATH
from tieout.sandbox.desk.documents import KINDS
from tieout.sandbox.desk.routes import ACTS, PAGES
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox

FIELDS = ("from", "version", "into", "vendor", "number", "date", "amount", "amount-1", "account-1", "job-1", "tax",
          "class", "location", "bank", "check", "pay-150", "amount-150", "take-150", "name", "through", "password",
          "status", "invoice_number", "billing_date", "customer", "item-1", "reference", "days", "memo")
TEXTS = st.one_of(
    st.sampled_from(("", "0", "1", "-1", "56", "150", "1e999", "NaN", "Infinity", "9" * 40, "5.001", "1,234.50", "(75)",
                     "2026-05-31", "0001-01-01", "9999-12-31", "2026-13-01", "20260531", "2026-W01-1", "'; select",
                     "\\", "%", "approved", "under_review", "²", "١٢", "\ud83d\ude00".encode("utf-16", "surrogatepass")
                     .decode("utf-16"), "x" * 5000, "/quickbooks/Bill/150/void", "//elsewhere.example/", "/\r\nX: y",
                     "/quickbooks/Bill?number=é")),
    st.text(max_size=30))


@cache
def spring() -> tuple[Sandbox, bytes]:
    """Maple in the middle of May."""
    sandbox = Sandbox.start(world="maple", frozen=True)
    for _ in range(9):
        sandbox.play_next()
    return sandbox, snapshot.taken(sandbox)


def filled(template: str, number: int, wrong: str) -> str:
    """The path with ids that exist, one after the other by the number; `wrong` stands in for one of them."""
    sandbox, _ = spring()
    records, projects = sandbox.quickbooks.company.records, sandbox.procore.company.projects
    project = list(projects.values())[number % len(projects)]
    entity = list(KINDS)[number % len(KINDS)] if "{entity}" in template else (template + "//").split("/")[2]
    ids = list(records.get(entity) or records["Vendor"])
    held = {"entity": [entity], "project": [project.id], "contract": [*project.contracts, *project.prime_contracts],
            "invoice": [*project.applications, *project.requisitions], "order": [*project.change_orders],
            "cost": [*project.direct_costs], "sheet": [*project.timesheets], "id": ids}
    slots = re.findall(r"\{(\w+)\}", template)
    values = {slot: str(held[slot][number % len(held[slot])]) if held[slot] else "7" for slot in slots}
    if wrong and slots:
        values[slots[number % len(slots)]] = wrong
    return PATH + re.sub(r"\{(\w+)\}", lambda found: values[found.group(1)], template)


def usual_fields(template: str) -> dict[str, str]:
    """What the form would take."""
    sandbox, _ = spring()
    records = sandbox.quickbooks.company.records
    vendors = list(records["Vendor"])
    bills = sandbox.desk.quickbooks.query("Bill", "Balance > '0'") if template.endswith("/pay") else []
    of_type = {record.body["AccountType"]: id_ for id_, record in records["Account"].items()}
    pay = {f"{name}-{bill['Id']}": "1" for bill in bills[:2] for name in ("pay", "amount")}
    return {**pay, "version": "0", "into": of_type["Bank"] if template.endswith("/receive") else vendors[1],
            "vendor": vendors[0], "number": "N-1", "date": "2026-05-31", "amount": "5", "amount-1": "5",
            "account-1": of_type["Cost of Goods Sold"], "bank": of_type["Bank"], "check": "900", "name": "Norton",
            "through": "2026-02-28", "status": "approved", "invoice_number": "I-1", "billing_date": "2026-06-30",
            "days": "7", "customer": next(iter(records["Customer"])), "item-1": next(iter(records["Item"]))}


NUMBERS = st.integers(0, 10_000)
WRONG = st.sampled_from(("", "", "", "0", "-1", "x", "9" * 30, "%", "é", "..", "1;2", "null"))
USUAL = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@USUAL
@given(template=st.sampled_from([path for path, _ in PAGES]), number=NUMBERS, wrong=WRONG,
       query=st.dictionaries(st.sampled_from(("from", "said", "number", "open", "vendor", "name", "as_of", "into",
                                              "bill")), TEXTS, max_size=3))
def test_every_page_answers_whatever_it_is_asked(template: str, number: int, wrong: str, query: dict[str, str]):
    sandbox, _ = spring()
    asked = Request.of("GET", filled(template, number, wrong), query=tuple(query.items()))
    answer = sandbox.handle("quickbooks", asked)
    assert answer.status in (200, 400, 404)
    assert b"Simulation." in answer.body


@USUAL
@given(template=st.sampled_from([path for path, _ in ACTS]), number=NUMBERS, wrong=WRONG,
       fields=st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=4))
def test_every_act_answers_with_where_to_go_and_a_refused_one_moves_nothing(
        template: str, number: int, wrong: str, fields: dict[str, str]):
    sandbox, before = spring()
    if template == "/world/next":
        return
    accounts = dict(sandbox.quickbooks.company.ledger.accounts)
    body = urlencode({**usual_fields(template), **fields}, errors="surrogatepass").encode()
    answer = sandbox.handle("quickbooks", Request.of("POST", filled(template, number, wrong), body=body))
    assert answer.status == 303
    where = answer.headers["Location"]
    assert where.startswith(PATH + "/") and where.isascii() and where.isprintable()
    said = sandbox.desk.said[where.rpartition("said=")[2]]
    if said.kind == "refused":
        assert not said.moved and sandbox.quickbooks.company.ledger.accounts == accounts
    else:
        snapshot.put_back(sandbox, before)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%FF", b"&&&=", b"amount-1=\x00"])
def test_bytes_that_are_no_form_are_refused_in_words(body: bytes):
    sandbox, _ = spring()
    answer = sandbox.handle("quickbooks", Request.of("POST", f"{PATH}/quickbooks/new-bill", body=body))
    assert answer.status == 303
