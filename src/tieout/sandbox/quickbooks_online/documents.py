"""What an answer adds to a stored document: balances, links back, defaults (qbo.md 12 and 13)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online import amounts, links, orders, postings, taxes
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.purchases import BY_ITEM
from tieout.sandbox.quickbooks_online.wire import cents, money, plain


def complete(company: Company, record: Record, shown: dict[str, Any]) -> None:
    """Adds to `shown`, the stored body with its references named, whatever is computed."""
    if record.entity != "JournalEntry":
        shown["TotalAmt"] = money(amounts.total_cents(record.entity, record.body))
    else:
        shown.setdefault("TxnTaxDetail", {})
    _number_lines(record, shown)
    _COMPLETED[record.entity](company, record, shown)


def _number_lines(record: Record, shown: dict[str, Any]) -> None:
    for place, line in enumerate(shown.get("Line", []), start=1):
        if record.entity not in ("BillPayment", "Payment", "JournalEntry"):
            line["LineNum"] = place
        if "Amount" in line:
            line["Amount"] = money(cents(line["Amount"]))
        detail = line.get(line.get("DetailType", ""), {})
        for key in ("Qty", "UnitPrice"):
            if key in detail:
                detail[key] = plain(Decimal(detail[key]))


def _address_of(company: Company, entity: str, id_: str, key: str) -> dict[str, str] | None:
    """The snapshot of an address on a transaction, re-flowed as the service does."""
    record = company.find(entity, id_)
    address = record.body.get(key) if record else None
    if record is None or not address:
        return None
    rows = [str(record.body["DisplayName"]), *(address[f"Line{n}"] for n in range(1, 6) if address.get(f"Line{n}"))]
    town = ", ".join(filter(None, (address.get("City"), address.get("CountrySubDivisionCode"))))
    rows.append(f"{town}  {address.get('PostalCode', '')}".strip())
    return {"Id": record.id + "1", **{f"Line{n}": row for n, row in enumerate(filter(None, rows), start=1) if n <= 5}}


def _purchase_order(company: Company, record: Record, shown: dict[str, Any]) -> None:
    closed = orders.order_is_closed(company, record)
    shown.update(POStatus="Closed" if closed else "Open")
    shown.setdefault("EmailStatus", "NotSet")
    shown.setdefault("CustomField", [])
    if "ShipAddr" not in shown:
        line1, city, state, code = company.profile.address
        shown["ShipAddr"] = {"Id": "2", "Line1": company.profile.name, "Line2": line1,
                             "Line3": f"{city}, {state}  {code}"}
    address = _address_of(company, "Vendor", record.body["VendorRef"]["value"], "BillAddr")
    if address:
        shown["VendorAddr"] = address
    for line in shown["Line"]:
        quantity, amount = orders.received(company, record, line["Id"])
        if line["DetailType"] == BY_ITEM:
            line["Received"] = plain(quantity)
        elif amount:
            line["Received"] = money(amount)
    bills = orders.bills_of(company, record)
    if bills:
        shown["LinkedTxn"] = [{"TxnId": id_, "TxnType": "Bill"} for id_ in bills]


def _bill(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["Balance"] = postings.balance(company, record)
    linked = list(shown.get("LinkedTxn", [])) + [
        {"TxnId": id_, "TxnType": "BillPaymentCheck"} for id_ in company.applied.get(record.id, {})]
    shown.pop("LinkedTxn", None)
    if linked:
        shown["LinkedTxn"] = linked


def _vendor_credit(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["Balance"] = postings.balance(company, record)


def _bill_payment(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown.pop("APAccountRef", None)          # derived from the bills, and not echoed


def _purchase(company: Company, record: Record, shown: dict[str, Any]) -> None:
    if not shown.get("Credit") and record.body["PaymentType"] != "CreditCard":
        shown.pop("Credit", None)


def _as_stored(company: Company, record: Record, shown: dict[str, Any]) -> None:
    return


def _invoice(company: Company, record: Record, shown: dict[str, Any]) -> None:
    for line in shown["Line"]:
        detail = line.get("SalesItemLineDetail")
        if detail and "ItemRef" in detail:
            account = company.records["Item"][detail["ItemRef"]["value"]].body["IncomeAccountRef"]["value"]
            detail["ItemAccountRef"] = {"value": account, "name": company.name_of("Account", account)}
    subtotal = sum((line["Amount"] for line in shown["Line"] if line["DetailType"] == "SalesItemLineDetail"),
                   Decimal(0))
    shown["Line"].append({"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    shown["LinkedTxn"] = [{"TxnId": id_, "TxnType": "Payment"} for id_ in company.applied.get(record.id, {})]
    shown.update(Balance=postings.balance(company, record), TxnTaxDetail=taxes.shown(shown))
    for key, default in (("CustomField", []), ("AllowIPNPayment", False), ("AllowOnlinePayment", False),
                         ("AllowOnlineCreditCardPayment", False), ("AllowOnlineACHPayment", False),
                         ("ApplyTaxAfterDiscount", False), ("PrintStatus", "NotSet"), ("EmailStatus", "NotSet")):
        shown.setdefault(key, default)


def _payment(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["UnappliedAmt"] = money(links.unapplied_cents(record, company))
    shown.setdefault("ProcessPayment", False)
    shown["DepositToAccountRef"] = {"value": record.body["DepositToAccountRef"]["value"]}
    shown.pop("ARAccountRef", None)
    holder = company.deposited.get(record.id)
    shown["LinkedTxn"] = [{"TxnId": holder, "TxnType": "Deposit"}] if holder else []


_COMPLETED = {"PurchaseOrder": _purchase_order, "Bill": _bill, "VendorCredit": _vendor_credit,
              "BillPayment": _bill_payment, "Purchase": _purchase, "JournalEntry": _as_stored,
              "Invoice": _invoice, "Payment": _payment, "Deposit": _as_stored}
