"""The flows in the order they are worked, with what the engine must know of each."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tieout.core.flows import (
    bill_payment_to_payment_issued,
    commitment_to_purchase_order,
    company_to_vendor,
    cost_code_to_item,
    project_to_job,
    subcontractor_invoice_to_bill,
)
from tieout.core.picture import Picture
from tieout.core.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """side: where it writes. kinds: what it makes there. posts: whether that moves the ledger. title: office words."""

    name: str
    side: str
    kinds: tuple[str, ...]
    posts: bool
    title: str
    wishes: Callable[[Picture], Iterator[Wish]]


ALL = (
    Flow(name=company_to_vendor.FLOW, side="quickbooks", kinds=("vendor",), posts=False,
         title="Companies to vendors", wishes=company_to_vendor.wishes),
    Flow(name=project_to_job.FLOW, side="quickbooks", kinds=("customer",), posts=False,
         title="Projects to jobs", wishes=project_to_job.wishes),
    Flow(name=cost_code_to_item.FLOW, side="quickbooks", kinds=("item",), posts=False,
         title="Cost codes to items", wishes=cost_code_to_item.wishes),
    Flow(name=commitment_to_purchase_order.FLOW, side="quickbooks", kinds=("purchase_order",), posts=False,
         title="Commitments to purchase orders", wishes=commitment_to_purchase_order.wishes),
    Flow(name=subcontractor_invoice_to_bill.FLOW, side="quickbooks", kinds=("bill", "vendor_credit"), posts=True,
         title="Subcontractor invoices to bills", wishes=subcontractor_invoice_to_bill.wishes),
    Flow(name=bill_payment_to_payment_issued.FLOW, side="procore", kinds=("payment_issued",), posts=False,
         title="Bill payments to payments issued", wishes=bill_payment_to_payment_issued.wishes),
)
BY_NAME = {flow.name: flow for flow in ALL}

# what is entered before what, so that a document finds the records it names
WAVES = ("names", "orders", "bills", "credits", "payments")
WAVE_OF_KIND = {"vendor": "names", "customer": "names", "item": "names", "purchase_order": "orders", "bill": "bills",
                "vendor_credit": "credits", "payment_issued": "payments"}
