"""QuickBooks' records as core's nouns, and as readings with the records they name.

Signs: a vendor credit, and a card credit, is below zero in core; QuickBooks writes both with positive amounts.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec

from tieout.adapters.quickbooks_online.wire import ENTITIES, KINDS, Fields, text_of
from tieout.core.books import (
    Account,
    Bill,
    BillPayment,
    BooksCompany,
    Class,
    Customer,
    Expense,
    Item,
    JournalEntry,
    JournalLine,
    Line,
    PaidDocument,
    PurchaseOrder,
    Vendor,
)
from tieout.core.money import ZERO, Money
from tieout.core.names import bare_number
from tieout.ports import NotUnderstood, Reading

DETAILS = ("ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail")
# LinkedTxn.TxnType -> kind, where they differ from the entity's own name
TXN_KINDS = {**KINDS, "BillPaymentCheck": "bill_payment", "BillPaymentCreditCard": "bill_payment",
             "Check": "expense", "Expense": "expense", "CreditCardCharge": "expense", "CreditCardCredit": "expense",
             "Deposit": "deposit"}

Links = Iterator[tuple[str, str]]


# --- readings --------------------------------------------------------------------------------------------------------


def reading_of(entity: str, raw: msgspec.Raw | bytes | str) -> Reading:
    """A record, or the stub of a deleted one, as the vendor sent it.

    Only its id must be right here: a record that is odd in another place is kept, and is a problem of its own once it
    is to be understood, so that the others are read.
    """
    text = raw if isinstance(raw, str) else text_of(raw)
    record = Fields.of(entity, text)
    key, kind, changed, links = record.needed("Id"), KINDS[entity], None, list[tuple[str, str]]()
    with suppress(NotUnderstood):
        changed = record.part("MetaData").moment("LastUpdatedTime")
    if str(record.raw.get("status")).lower() == "deleted":
        return Reading(kind=kind, key=key, version="deleted", raw="", changed_at=changed, deleted=True)
    with suppress(NotUnderstood):
        links.extend(links_of(entity, record))               # what was found before an odd line counts
    return Reading(kind=kind, key=key, version=str(record.raw.get("SyncToken", "")), raw=text, changed_at=changed,
                   links=tuple(dict.fromkeys(link for link in links if link[1])))


def links_of(entity: str, record: Fields) -> Links:
    """(kind, id) of the records it names; a job is a customer. `number` is the paper's, without punctuation."""
    match entity:
        case "Bill" | "VendorCredit" | "PurchaseOrder":
            yield "vendor", record.ref("VendorRef")
            yield "number", bare_number(record.text("DocNumber"))
            yield from _transactions(record)
            yield from _line_links(record)
        case "Purchase":
            if record.part("EntityRef").text("type").lower() == "vendor":
                yield "vendor", record.ref("EntityRef")
            yield "account", record.ref("AccountRef")
            yield from _line_links(record)
        case "BillPayment":
            yield "vendor", record.ref("VendorRef")
            for line in record.parts("Line"):
                yield from _transactions(line)
        case "JournalEntry":
            for line in record.parts("Line"):
                detail = line.part("JournalEntryLineDetail")
                yield "account", detail.ref("AccountRef")
                entity_ = detail.part("Entity")
                party = {"vendor": "vendor", "customer": "customer"}.get(entity_.text("Type").lower())
                if party:
                    yield party, entity_.ref("EntityRef")
        case "Customer":
            yield "customer", record.ref("ParentRef")
        case "Item":
            yield "account", record.ref("ExpenseAccountRef")
            yield "account", record.ref("IncomeAccountRef")


def _transactions(record: Fields) -> Links:
    for link in record.parts("LinkedTxn"):
        kind = TXN_KINDS.get(link.text("TxnType"))
        if kind:
            yield kind, link.text("TxnId")


def _line_links(record: Fields) -> Links:
    for line in record.parts("Line"):
        yield from _transactions(line)
        for name in DETAILS:
            detail = line.part(name)
            yield "customer", detail.ref("CustomerRef")
            yield "item", detail.ref("ItemRef")
            yield "account", detail.ref("AccountRef")


# --- nouns -----------------------------------------------------------------------------------------------------------


def understood(reading: Reading) -> object:
    """The core noun. Terms have none in core yet: their fields come as they are."""
    if reading.deleted:
        raise NotUnderstood(f"QuickBooks {ENTITIES[reading.kind]} {reading.key} was deleted: there is nothing to read")
    record = Fields.of(ENTITIES[reading.kind], reading.raw)
    return NOUNS[reading.kind](record)


def account(record: Fields) -> Account:
    return Account(id=record.needed("Id"), number=record.text("AcctNum"),
                   name=record.text("FullyQualifiedName") or record.needed("Name"), type=record.needed("AccountType"),
                   active=record.flag("Active", True))


def vendor(record: Fields) -> Vendor:
    tax = record.text("TaxIdentifier")
    return Vendor(id=record.needed("Id"), name=record.needed("DisplayName"), version=record.needed("SyncToken"),
                  active=record.flag("Active", True), company_name=record.text("CompanyName"),
                  email=record.part("PrimaryEmailAddr").text("Address"),
                  tax_id_last4=tax[-4:] if tax[-4:].isdigit() and len(tax) >= 4 else "",
                  balance=record.amount("Balance"))


def customer(record: Fields) -> Customer:
    name = record.needed("DisplayName")
    return Customer(id=record.needed("Id"), name=name, full_name=record.text("FullyQualifiedName") or name,
                    parent=record.ref("ParentRef"), version=record.needed("SyncToken"),
                    active=record.flag("Active", True))


def item(record: Fields) -> Item:
    return Item(id=record.needed("Id"), name=record.needed("Name"), type=record.needed("Type"),
                expense_account=record.ref("ExpenseAccountRef"), income_account=record.ref("IncomeAccountRef"),
                version=record.needed("SyncToken"), active=record.flag("Active", True))


def class_(record: Fields) -> Class:
    return Class(id=record.needed("Id"), name=record.text("FullyQualifiedName") or record.needed("Name"),
                 active=record.flag("Active", True))


def purchase_order(record: Fields) -> PurchaseOrder:
    return PurchaseOrder(
        id=record.needed("Id"), version=record.needed("SyncToken"), vendor=record.needed_ref("VendorRef"),
        number=record.text("DocNumber"), dated=record.needed_day("TxnDate"), lines=_lines(record, 1),
        total=record.needed_amount("TotalAmt"), open=record.text("POStatus") != "Closed",
        note=record.text("PrivateNote"))


def bill(record: Fields) -> Bill:
    return _bill(record, 1)


def vendor_credit(record: Fields) -> Bill:
    return _bill(record, -1)


def _bill(record: Fields, sign: int) -> Bill:
    paid_by = (key for kind, key in _transactions(record) if kind == "bill_payment")
    return Bill(
        id=record.needed("Id"), version=record.needed("SyncToken"), vendor=record.needed_ref("VendorRef"),
        number=record.text("DocNumber"), dated=record.needed_day("TxnDate"), due=record.day("DueDate"),
        lines=_lines(record, sign), total=_signed(record.needed_amount("TotalAmt"), sign),
        balance=_signed(record.amount("Balance"), sign), note=record.text("PrivateNote"), credit=sign < 0,
        paid_by=tuple(dict.fromkeys(paid_by)))


def bill_payment(record: Fields) -> BillPayment:
    """A void leaves the payment with nothing on it and says so in its note; a payment wholly by credits has lines."""
    lines = record.parts("Line", "line")
    documents = tuple(found for line in lines for found in _paid(line))
    total, note = record.needed_amount("TotalAmt"), record.text("PrivateNote")
    card = record.text("PayType") == "CreditCard"
    bank = record.part("CreditCardPayment").ref("CCAccountRef") if card else record.part("CheckPayment").ref(
        "BankAccountRef")
    return BillPayment(
        id=record.needed("Id"), version=record.needed("SyncToken"), vendor=record.needed_ref("VendorRef"),
        number=record.text("DocNumber"), dated=record.needed_day("TxnDate"), total=total, documents=documents,
        method="credit_card" if card else "check", bank_account=bank, note=note,
        voided=total == 0 and not documents and "void" in note.lower())


def _paid(line: Fields) -> Iterator[PaidDocument]:
    links = line.parts("LinkedTxn")
    if len(links) > 1:
        raise line.odd("LinkedTxn", "names more than one document for one amount")
    for link in links:
        kind = link.needed("TxnType")
        yield PaidDocument(kind=TXN_KINDS.get(kind, kind), id=link.needed("TxnId"), amount=line.needed_amount("Amount"))


def journal_entry(record: Fields) -> JournalEntry:
    lines = tuple(found for line in record.parts("Line", "line") for found in _journal_line(line))
    return JournalEntry(id=record.needed("Id"), version=record.needed("SyncToken"), number=record.text("DocNumber"),
                        dated=record.needed_day("TxnDate"), lines=lines, note=record.text("PrivateNote"))


def _journal_line(line: Fields) -> Iterator[JournalLine]:
    detail = line.part("JournalEntryLineDetail")
    if not detail.raw:
        if line.amount("Amount"):
            raise line.odd("DetailType")
        return                                               # a line of text only
    side = detail.needed("PostingType")
    if side not in ("Debit", "Credit"):
        raise Fields(line.what, detail.raw).odd("PostingType")
    party = detail.part("Entity")
    kind, key = party.text("Type").lower(), party.ref("EntityRef")
    yield JournalLine(
        id=line.text("Id"), account=detail.needed_ref("AccountRef"),
        amount=_signed(line.needed_amount("Amount"), 1 if side == "Debit" else -1),
        vendor=key if kind == "vendor" else "", job=key if kind == "customer" else "",
        description=line.text("Description"))


def expense(record: Fields) -> Expense:
    sign = -1 if record.flag("Credit", False) else 1
    payee = record.part("EntityRef")
    return Expense(
        id=record.needed("Id"), version=record.needed("SyncToken"),
        vendor=payee.text("value") if payee.text("type").lower() == "vendor" else "", number=record.text("DocNumber"),
        dated=record.needed_day("TxnDate"), lines=_lines(record, sign),
        total=_signed(record.needed_amount("TotalAmt"), sign), paid_from=record.needed_ref("AccountRef"),
        note=record.text("PrivateNote"))


def _lines(record: Fields, sign: int) -> tuple[Line, ...]:
    return tuple(found for line in record.parts("Line", "line") for found in _line(line, sign))


def _line(line: Fields, sign: int) -> Iterator[Line]:
    """A line without an item or account is text; QuickBooks ignores an amount on it, and a bill has none."""
    detail = next((line.part(name) for name in DETAILS if line.part(name).raw), None)
    item_, account_ = (detail.ref("ItemRef"), detail.ref("AccountRef")) if detail else ("", "")
    if detail is None or not (item_ or account_):
        if detail is None and line.amount("Amount") and line.text("DetailType") not in ("DescriptionOnly", ""):
            raise line.odd("DetailType", "has an amount of a kind that is not documented on purchases")
        return
    order = next((link for link in line.parts("LinkedTxn") if link.text("TxnType") == "PurchaseOrder"), None)
    quantity = detail.exact("Qty")
    yield Line(
        id=line.text("Id"), amount=_signed(line.needed_amount("Amount"), sign), item=item_,
        account="" if item_ else account_, job=detail.ref("CustomerRef"),
        quantity=quantity if quantity is None or sign > 0 else -quantity, rate=detail.exact("UnitPrice"),
        description=line.text("Description"), order=order.text("TxnId") if order else "",
        order_line=order.text("TxnLineId") if order else "", received=line.exact("Received") or ZERO,
        class_=detail.ref("ClassRef"))


def _signed(amount: Money, sign: int) -> Money:
    return amount if sign > 0 else ZERO - amount             # not -amount: minus zero is no amount


def company_info(record: Fields) -> BooksCompany:
    """Name, country and edition; the rest stands in the preferences (`company` joins the two)."""
    named = _name_values(record)
    return BooksCompany(name=record.needed("CompanyName"), country=record.text("Country") or "US",
                        edition=named.get("OfferingSku", ""))


def preferences(record: Fields) -> BooksCompany:
    """What decides whether a posting is taken; name, country and edition are empty (`company` joins the two)."""
    accounting, buying = record.part("AccountingInfoPrefs"), record.part("VendorAndPurchasesPrefs")
    named = _name_values(record.part("OtherPrefs"))
    own_numbers = named.get("VendorAndPurchasesPrefs.UseCustomTxnNumbers", "false").lower() == "true"
    return BooksCompany(
        name="", country="", edition="", currency=record.part("CurrencyPrefs").ref("HomeCurrency") or "USD",
        closed_through=accounting.day("BookCloseDate"), auto_numbers=not own_numbers,
        account_numbers=accounting.flag("UseAccountNumbers", False),
        classes_per_line=accounting.flag("ClassTrackingPerTxnLine", False),
        job_costing=buying.flag("TrackingByCustomer", False))


def company(info: BooksCompany, preferred: BooksCompany) -> BooksCompany:
    """One company from what CompanyInfo and Preferences each say."""
    fields = {name: getattr(preferred, name) for name in (
        "currency", "closed_through", "auto_numbers", "account_numbers", "classes_per_line", "job_costing")}
    return BooksCompany(name=info.name, country=info.country, edition=info.edition, **fields)


def _name_values(record: Fields) -> dict[str, str]:
    return {pair.text("Name"): pair.text("Value") for pair in record.parts("NameValue")}


def as_it_is(record: Fields) -> object:
    return record.raw


NOUNS: dict[str, Callable[[Fields], object]] = {
    "company_info": company_info, "preferences": preferences, "account": account, "vendor": vendor,
    "customer": customer, "item": item, "class": class_, "term": as_it_is, "purchase_order": purchase_order,
    "bill": bill, "vendor_credit": vendor_credit, "bill_payment": bill_payment, "journal_entry": journal_entry,
    "expense": expense,
}
assert set(NOUNS) == set(ENTITIES)
