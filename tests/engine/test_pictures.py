"""What planning is shown of one project: neither another project's records nor less than its own."""
import json
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.practice import Practice
from tieout.adapters.quickbooks_online.read import reading_of
from tieout.core import retainage
from tieout.core.flows.bill_payment_to_payment_issued import cash_per_bill
from tieout.core.money import ZERO, money
from tieout.core.picture import Picture, Slot
from tieout.engine import fetch, plan
from tieout.engine.store.models import Agreed
from tieout.sandbox.sandbox import Sandbox

BILLS, ORDERS = "subcontractor_invoice_to_bill", "commitment_to_purchase_order"


def typed(practice: Practice, entity: str, **fields: object) -> None:
    """A record as QuickBooks would show it, read like any other."""
    record = {"SyncToken": "0", "TxnDate": "2025-02-20", **fields}
    with transaction.atomic():
        fetch.keep(practice.pair.quickbooks, "maple", [reading_of(entity, json.dumps(record))], timezone.now())


def pictures(practice: Practice) -> list[Picture]:
    with practice.wired():
        return [picture for picture, _ in plan.pictures(practice.pair)]


@pytest.mark.django_db(transaction=True)
def test_a_project_is_planned_from_its_own_records_and_what_touches_them(tmp_path: Path) -> None:
    practice = Practice(Sandbox.start("maple", frozen=True), tmp_path)
    for _ in range(4):
        practice.play()
        practice.sync()
    a_release_on_no_job(practice)
    a_check_over_two_projects(practice)
    ids_that_are_equal_by_chance(practice)


def a_release_on_no_job(practice: Practice) -> None:
    """Typed by hand without a customer: it counts wherever this vendor's retainage is looked at."""
    picture = next(p for p in pictures(practice) if any(m.amount > 0 for m in retainage.movements(p)))
    vendor = next(m.vendor for m in retainage.movements(picture) if m.amount > 0)
    before = retainage.held_for(picture, vendor)
    [account] = retainage.accounts(picture)
    typed(practice, "Bill", Id="990001", VendorRef={"value": vendor}, TotalAmt=25.5, Balance=25.5, Line=[
        {"Id": "1", "Amount": 25.5, "DetailType": "AccountBasedExpenseLineDetail",
         "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}}}])
    again = next(p for p in pictures(practice) if p.project == picture.project)
    assert retainage.held_for(again, vendor) == before - money("25.50")


def a_check_over_two_projects(practice: Practice) -> None:
    homes = [next(link for slot, link in p.links.items() if slot.flow == BILLS and link.target_kind == "bill")
             for p in pictures(practice) if any(s.flow == BILLS for s in p.links)][:2]
    lines = [{"Amount": 100, "LinkedTxn": [{"TxnId": link.target, "TxnType": "Bill"}]} for link in homes]
    typed(practice, "BillPayment", Id="990002", VendorRef={"value": "1"}, TotalAmt=200, PayType="Check", Line=lines,
          CheckPayment={"BankAccountRef": {"value": "1"}})
    found = [p for p in pictures(practice) if "990002" in p.bill_payments]
    assert len(found) == 2
    for picture in found:
        assert {picture.commitment_of.get(("bill", link.target)) for link in homes}.isdisjoint({None, ""})
        cash = cash_per_bill(picture.bill_payments["990002"], picture.commitment_of)
        assert sum(cash.values(), ZERO) == money("200")


def ids_that_are_equal_by_chance(practice: Practice) -> None:
    """Procore numbers contracts and invoices apart: an invoice here can have the id of a contract elsewhere."""
    picture = next(p for p in pictures(practice) if p.requisitions)
    invoice = next(iter(picture.requisitions))
    Agreed.objects.create(pair=practice.pair, flow=ORDERS, slot=invoice, target_kind="purchase_order", target="990003",
                          at=timezone.now())
    again = next(p for p in pictures(practice) if p.project == picture.project)
    assert Slot(flow=ORDERS, key=invoice) not in again.links
