"""What an answer adds to a stored document: balances, links back, defaults (qbo.md 12 and 13)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online import amounts, billing, links, orders, postings, taxes
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.purchases import BY_ITEM
from tieout.sandbox.quickbooks_online.wire import cents, money, plain


def complete(company: Company, record: Record, shown: dict[str, Any]) -> None:
    """Adds to `shown`, the stored body with its references named, whatever is computed."""
    if record.entity == "JournalEntry":
        shown.setdefault("TxnTaxDetail", {})
    elif record.entity not in (*amounts.MOVES, "TimeActivity"):
        shown["TotalAmt"] = money(amounts.total_cents(record.entity, record.body))
    _number_lines(record, shown)
    _COMPLETED[record.entity](company, record, shown)


def _number_lines(record: Record, shown: dict[str, Any]) -> None:
    if "Amount" in shown:
        shown["Amount"] = money(cents(shown["Amount"]))
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
    _show_costs(company, record, shown)


def _show_costs(company: Company, record: Record, shown: dict[str, Any]) -> None:
    """Links back: the orders, the payments, and the charges of billable lines."""
    charges = company.charges.get(record.id, {})
    linked = list(shown.pop("LinkedTxn", [])) + [
        {"TxnId": id_, "TxnType": "BillPaymentCheck"} for id_ in company.applied.get(record.id, {})] + [
        {"TxnId": id_, "TxnType": "ReimburseCharge"} for id_ in charges.values()]
    if linked:
        shown["LinkedTxn"] = linked
    for line in shown["Line"] if charges else ():
        if charge := charges.get(line["Id"]):
            detail = line[line["DetailType"]]
            detail["BillableStatus"] = billing.billed_status(company, "ReimburseCharge", charge, "Billable")


def _bill_payment(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown.pop("APAccountRef", None)          # derived from the bills, and not echoed


def _purchase(company: Company, record: Record, shown: dict[str, Any]) -> None:
    _show_costs(company, record, shown)
    if not shown.get("Credit") and record.body["PaymentType"] != "CreditCard":
        shown.pop("Credit", None)


def _as_stored(company: Company, record: Record, shown: dict[str, Any]) -> None:
    return


def _sales_form(company: Company, record: Record, shown: dict[str, Any]) -> None:
    sold = Decimal(0)
    for line in shown["Line"]:
        detail = line.get("SalesItemLineDetail")
        if detail and "ItemRef" in detail:
            sold += line["Amount"]
            account = company.records["Item"][detail["ItemRef"]["value"]].body.get("IncomeAccountRef")
            if account:      # the item may have lost it since
                detail["ItemAccountRef"] = {"value": account["value"],
                                            "name": company.name_of("Account", account["value"])}
    shown["Line"].append({"Amount": sold, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    shown["TxnTaxDetail"] = taxes.shown(shown)
    for key, default in (("CustomField", []), ("ApplyTaxAfterDiscount", False), ("PrintStatus", "NotSet"),
                         ("EmailStatus", "NotSet")):
        shown.setdefault(key, default)


def _invoice(company: Company, record: Record, shown: dict[str, Any]) -> None:
    _sales_form(company, record, shown)
    shown["LinkedTxn"] = [*shown.get("LinkedTxn", []), *_payments_of(company, record)]
    shown["Balance"] = postings.balance(company, record)
    if "Deposit" in shown:
        shown["Deposit"] = money(cents(shown["Deposit"]))
    for key in ("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
        shown.setdefault(key, False)


def _payments_of(company: Company, record: Record) -> list[dict[str, str]]:
    return [{"TxnId": id_, "TxnType": "Payment"} for id_ in company.applied.get(record.id, {})]


def _estimate(company: Company, record: Record, shown: dict[str, Any]) -> None:
    """Converted as long as an invoice has it; a project's estimate shows its cost too."""
    _sales_form(company, record, shown)
    invoice = company.billed.get(("Estimate", record.id))
    if invoice:
        shown["LinkedTxn"] = [{"TxnId": invoice, "TxnType": "Invoice"}]
        if shown["TxnStatus"] in ("Pending", "Accepted"):
            shown["TxnStatus"] = "Converted"
    if above := billing.change_orders_of(company, record):
        shown["LinkedTxn"] = [*shown.get("LinkedTxn", []),
                              *({"TxnId": order.id, "TxnType": "ChangeOrder"} for order in above)]
    costs = [line["CostAmount"] for line in shown["Line"] if "CostAmount" in line]
    if costs and "ProjectRef" in shown:
        shown.update(TxnSubType="ProjectCostEstimate", TotalCostAmount=sum(costs))


def _credit_memo(company: Company, record: Record, shown: dict[str, Any]) -> None:
    _sales_form(company, record, shown)
    left = postings.balance(company, record)
    shown.update(Balance=left, RemainingCredit=left)
    if payments := _payments_of(company, record):
        shown["LinkedTxn"] = payments


def _receipt(company: Company, record: Record, shown: dict[str, Any]) -> None:
    _sales_form(company, record, shown)
    shown["Balance"] = 0
    if holder := company.deposited.get(record.id):
        shown["LinkedTxn"] = [{"TxnId": holder, "TxnType": "Deposit"}]


def _held(company: Company, record: Record, shown: dict[str, Any]) -> None:
    if holder := company.deposited.get(record.id):
        shown["LinkedTxn"] = [{"TxnId": holder, "TxnType": "Deposit"}]


def _time_activity(company: Company, record: Record, shown: dict[str, Any]) -> None:
    del shown["CurrencyRef"]
    for key in ("HourlyRate", "CostRate"):
        shown[key] = plain(Decimal(shown[key]))
    shown["BillableStatus"] = billing.billed_status(company, "TimeActivity", record.id, shown["BillableStatus"])


def _charge(company: Company, record: Record, shown: dict[str, Any]) -> None:
    invoice = company.billed.get(("ReimburseCharge", record.id))
    shown["HasBeenInvoiced"] = invoice is not None
    if invoice:
        shown["LinkedTxn"] = [*shown["LinkedTxn"], {"TxnId": invoice, "TxnType": "Invoice"}]


def _payment(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["UnappliedAmt"] = money(links.unapplied_cents(record, company))
    shown.setdefault("ProcessPayment", False)
    shown["DepositToAccountRef"] = {"value": record.body["DepositToAccountRef"]["value"]}
    shown.pop("ARAccountRef", None)
    holder = company.deposited.get(record.id)
    shown["LinkedTxn"] = [{"TxnId": holder, "TxnType": "Deposit"}] if holder else []


_COMPLETED = {"PurchaseOrder": _purchase_order, "Bill": _bill, "VendorCredit": _bill, "BillPayment": _bill_payment,
              "Purchase": _purchase, "JournalEntry": _held, "Invoice": _invoice, "Payment": _payment,
              "Deposit": _as_stored, "Estimate": _estimate, "ChangeOrder": _sales_form, "CreditMemo": _credit_memo,
              "SalesReceipt": _receipt, "RefundReceipt": _receipt, "Transfer": _held,
              "CreditCardPaymentTxn": _as_stored, "TimeActivity": _time_activity, "ReimburseCharge": _charge}
