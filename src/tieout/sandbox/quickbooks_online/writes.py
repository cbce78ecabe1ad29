"""Create, update, delete and void: the order of checks of qbo.md 16.2, then the change, all or nothing."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online import (
    accounts,
    amounts,
    billing,
    credits,
    currencies,
    deposits,
    links,
    lists,
    numbering,
    openings,
    orders,
    postings,
    preferences,
    tax_lists,
    taxes,
    transactions,
)
from tieout.sandbox.quickbooks_online.company import LISTS, TRANSACTIONS, Company, Record
from tieout.sandbox.quickbooks_online.lookup import check_token, existing
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, Refused, business, refuse
from tieout.sandbox.quickbooks_online.shapes import FIELDS, Kind, Reading, read

WITHOUT_LINES = ("Transfer", "CreditCardPaymentTxn", "TimeActivity")
READ_ONLY = ("ReimburseCharge", "RecurringTransaction")
NOT_DELETED = (*READ_ONLY, "CreditCardPaymentTxn")
VOIDED = ("Invoice", "Payment", "BillPayment", "SalesReceipt")
KEPT_BY_SPARSE = ("DisplayName", "PrintOnCheckName")


def save(company: Company, entity: str, raw: Any, options: frozenset[str], now: datetime) -> Record:
    """Creates, or updates when the body has an Id."""
    if entity in tax_lists.READ_ONLY:
        raise refuse("500", f"Operation Create or Update is not supported for {entity}; use taxservice/taxcode.")
    if entity == "TaxAgency" and isinstance(raw, dict) and raw.get("Id"):
        raise refuse("500", "Operation Update is not supported for TaxAgency.")
    if entity in READ_ONLY:
        raise refuse("500", f"Operation Create or Update is not supported for {entity}.")
    reading = read(entity, raw)
    reading.raise_unsupported()
    sent = reading.body
    id_, token, sparse = sent.pop("Id", None), sent.pop("SyncToken", None), bool(sent.pop("sparse", False))
    old = existing(company, entity, id_) if id_ else None
    whole = {key: value for key, value in sent.items() if value != ""}
    body = _merged(sent, old) if old is not None and sparse else whole
    taxes.keep_in_sparse(sent, body)
    if entity in TRANSACTIONS:
        body = preferences.without_untracked(company, entity, body)
        if "CustomField" in body:
            body["CustomField"] = preferences.custom_fields(company, entity, body["CustomField"])
    transactions.check_feature(company, entity)
    _check_required(entity, body, sent, reading, sparse=old is not None and sparse)
    reading.raise_malformed()
    _check_references(company, entity, body, old)
    if old is not None:
        check_token(company, old.sync_token, token)
    if entity == "TaxAgency":
        return tax_lists.add_agency(company, body, now)
    if entity == "Account" and old is None:
        return _open_account(company, body, now)
    if entity in openings.DOCUMENT:
        return _save_name(company, entity, body, old, now)
    if entity in LISTS:
        return lists.store(company, entity, lists.check(company, entity, body, old), old, now)
    record = _save_transaction(company, entity, body, old, options, now)
    if old is None and (payment := credits.automatic_payment(company, record)) is not None:
        save(company, "Payment", payment, frozenset(), now)
    return record


def settled(company: Company, entity: str, raw: Any, now: datetime) -> dict[str, Any]:
    """A body as a new transaction would be stored, without number and links; nothing is stored."""
    reading = read(entity, raw)
    reading.raise_unsupported()
    sent = reading.body
    for key in ("Id", "SyncToken", "sparse", "DocNumber", "LinkedTxn"):
        sent.pop(key, None)
    body = {key: value for key, value in sent.items() if value != ""}
    transactions.check_feature(company, entity)
    _check_required(entity, body, sent, reading, sparse=False)
    reading.raise_malformed()
    _check_references(company, entity, body, None)
    body["Line"] = [_copied(line) for line in body.get("Line", [])]
    _number_lines(entity, body, None)
    body = transactions.settle(company, entity, body, None, company.today(now), frozenset())
    body.pop("DocNumber", None)
    if entity in WITHOUT_LINES:
        del body["Line"]
    return body


def _open_account(company: Company, body: dict[str, Any], now: datetime) -> Record:
    """A new account, and the entry that its opening balance makes."""
    entry = accounts.opening_entry(company, body)
    if entry is not None:
        transactions.check_open_period(company, "JournalEntry", entry["TxnDate"])
    record = lists.store(company, "Account", lists.check(company, "Account", body, None), None, now)
    if entry is not None:
        entry["Line"][0]["JournalEntryLineDetail"]["AccountRef"] = {"value": record.id}
        save(company, "JournalEntry", entry, frozenset(), now)
    return record


def _save_name(company: Company, entity: str, body: dict[str, Any], old: Record | None, now: datetime) -> Record:
    """A customer or vendor, and the invoice or bill that the opening balance of a new one makes."""
    document = openings.take(company, entity, body, old, company.today(now))
    record = lists.store(company, entity, lists.check(company, entity, body, old), old, now)
    if document is not None:
        item = ""
        if entity == "Customer":
            item = openings.item_there(company) or save(
                company, "Item", openings.new_item(company), frozenset(), now).id
        save(company, openings.DOCUMENT[entity], openings.complete(company, record, document, item), frozenset(), now)
    return record


def _merged(sent: dict[str, Any], old: Record) -> dict[str, Any]:
    """The stored object with the sent keys over it; an empty string clears, a sent array replaces."""
    body = {**old.body, **sent}
    for key, value in sent.items():
        if value == "":
            if key in KEPT_BY_SPARSE:
                body[key] = old.body[key]
            else:
                del body[key]
    return body


def _check_required(entity: str, body: dict[str, Any], sent: dict[str, Any], reading: Reading, *,
                    sparse: bool) -> None:
    malformed = {wrong.element for wrong in reading.malformed}
    absent = lists.missing(entity, body) if entity in LISTS \
        else transactions.missing(entity, body, sent, sparse=sparse)
    wrongs = [wrong for wrong in absent if wrong.element not in malformed]
    if wrongs:
        raise Refused(*wrongs)


# -- references ----------------------------------------------------------------------------------------------------


def _check_references(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    """Everything referred to must exist (2500) and be active (610), unless it was there before."""
    kept = set(_references(entity, old.body)) if old is not None else set()
    for into, id_, key in _references(entity, body):
        target = company.person(id_) if into == "party" else company.find(into, id_)
        if target is None:
            label = lists.LABEL.get(into, "Names")
            raise refuse("2500", f"Invalid Reference Id : {label} element id {id_} not found", key)
        if not target.active and (into, id_, key) not in kept:
            raise refuse("610", MADE_INACTIVE, key)
    currencies.check(company, entity, body, old)


def _references(entity: str, body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(entity, id, key) of everything a body refers to."""
    return _walk(FIELDS[entity], body)


def _walk(kinds: Any, body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key, value in body.items():
        kind: Kind | None = kinds.get(key)
        if kind is None:
            continue
        if kind.what == "reference":
            into = kind.into
            if into == "party" and "type" in value:
                into = value["type"].title()
            if into:
                yield into, value["value"], key
        elif kind.what == "object" and isinstance(value, dict):
            if key == "Entity" and value.get("EntityRef"):
                yield value.get("Type", "Vendor"), value["EntityRef"]["value"], key
            else:
                yield from _walk(kind.of, value)
        elif kind.what == "array":
            for row in value:
                yield from _walk(kind.of, row)


# -- transactions --------------------------------------------------------------------------------------------------


def _save_transaction(company: Company, entity: str, body: dict[str, Any], old: Record | None,
                      options: frozenset[str], now: datetime) -> Record:
    today = company.today(now)
    days = [body.get("TxnDate", today)] + ([old.body["TxnDate"]] if old is not None else [])
    transactions.check_open_period(company, entity, *days)
    if old is not None and old.voided:
        raise business("A voided transaction can't be changed.")
    if old is not None and old.id in company.deposited:
        raise refuse("6540", "Deposited Transaction cannot be changed : edit or delete the deposit first.")
    body = {**body, "Line": [_copied(line) for line in body.get("Line", [])]}
    status = body.pop("POStatus", None)
    next_line = _number_lines(entity, body, old)
    body = transactions.settle(company, entity, body, old, today, options)
    _settle_links(company, entity, body, old)
    _check_paid(company, entity, body, old)
    if entity in WITHOUT_LINES:
        del body["Line"]
    return _write(company, entity, body, old, next_line, status, now)


def _copied(line: dict[str, Any]) -> dict[str, Any]:
    """A line that can be settled without touching the one that is stored."""
    return {key: dict(value) if isinstance(value, dict) else value for key, value in line.items()}


def _number_lines(entity: str, body: dict[str, Any], old: Record | None) -> int:
    """A line keeps an id that exists on the object; every other line is new. Ids are never used again."""
    next_line = old.next_line if old is not None else (0 if entity == "JournalEntry" else 1)
    known = {line["Id"] for line in old.body.get("Line", [])} if old and entity not in links.PAYMENTS else set()
    for line in body["Line"]:
        line.pop("LineNum", None)
        if entity in links.PAYMENTS:
            line.pop("Id", None)
        elif line.get("Id") in known:
            known.discard(line["Id"])
        elif line.get("DetailType") != "SubTotalLineDetail":
            line["Id"] = str(next_line)
            next_line += 1
    return next_line


def _settle_links(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    if entity in links.PAYMENTS:
        body.pop("LinkedTxn", None)
        for line in body["Line"]:
            line.pop("DetailType", None)
        links.settle_payment(company, entity, body, old)
    elif entity == "Bill":
        orders.settle_order_links(company, body, old)
    elif entity == "Invoice":
        billing.settle_invoice_links(company, body, old)
    elif entity == "Deposit":
        body.pop("LinkedTxn", None)
        deposits.settle_deposit(company, body, old)
    elif entity == "ChangeOrder":
        billing.settle_change_order_links(company, body)
    else:
        body.pop("LinkedTxn", None)
        for line in body["Line"]:
            line.pop("LinkedTxn", None)


def _check_paid(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    """What payments and invoices rest on can't be pulled away."""
    if old is None:
        return
    if entity in billing.CHARGING:
        billing.check_billed_lines_stay(company, old, body["Line"])
    if entity == "PurchaseOrder" and body["VendorRef"] != old.body["VendorRef"] and orders.bills_of(company, old):
        raise business("You can't change the vendor of a purchase order that is linked to a bill.", "VendorRef")
    if not company.applied.get(old.id):
        return
    if entity in ("Bill", "VendorCredit") and any(body[key] != old.body[key] for key in ("VendorRef", "APAccountRef")):
        raise business("You can't change the vendor or the A/P account of a transaction that is linked to a payment.",
                       "VendorRef")
    if entity in ("Invoice", "CreditMemo") and body["CustomerRef"] != old.body["CustomerRef"]:
        raise business("You can't change the customer of a transaction that is linked to a payment.", "CustomerRef")
    if entity in ("VendorCredit", "CreditMemo") and amounts.total_cents(entity, body) < company.applied_cents(old.id):
        raise business("The credit is used by a payment; its total can't fall below what was used.", "TotalAmt")
    if entity in ("JournalEntry", "Deposit") and body["Line"] != old.body["Line"]:
        raise business("The transaction is linked to a payment; delete the payment first.", "Line")


def _write(company: Company, entity: str, body: dict[str, Any], old: Record | None, next_line: int,
           status: str | None, now: datetime) -> Record:
    """The change itself; nothing here can refuse."""
    before = old.body if old is not None else {}
    if old is None:
        record = company.add(entity, body, now)
    else:
        record = old
        _forget_number(company, record)
        company.replace(record, body)
        company.touch(record, now)
    record.next_line = next_line
    _remember_number(company, record)
    company.post(record, postings.entries(company, record))
    if entity == "PurchaseOrder":
        gone = {line["Id"] for line in before.get("Line", [])} - {line["Id"] for line in body["Line"]}
        orders.drop_links_to(company, record, gone, now)
        _set_status(company, record, status)
    else:
        _relink(company, record, before, body, now)
    if entity in billing.CHARGING:
        billing.keep_charges(company, record, body["Line"], now)
    return record


def _set_status(company: Company, order: Record, status: str | None) -> None:
    """A status sent as it stands changes nothing; another one closes or reopens the order by hand."""
    if status is None or (status == "Closed") == orders.order_is_closed(company, order):
        return
    order.closed = None
    if (status == "Closed") != orders.order_is_closed(company, order):
        order.closed = status == "Closed"


def _relink(company: Company, record: Record, before: dict[str, Any], after: dict[str, Any], now: datetime) -> None:
    if record.entity == "Bill":
        orders.receive(company, record, orders.receipts_of(before), orders.receipts_of(after), now)
    elif record.entity in links.PAYMENTS:
        links.apply_payment(company, record, links.applications_of(before), links.applications_of(after), now)
    elif record.entity == "Invoice":
        billing.take(company, record, billing.taken_by(before), billing.taken_by(after), now)
    elif record.entity == "Deposit":
        deposits.deposit(company, record, deposits.deposited_by(before), deposits.deposited_by(after), now)
    if record.entity in ("Bill", "Invoice") and company.applied.get(record.id):
        links.shrink_applied(company, record, amounts.due_cents(record.entity, after), now)


def _number_key(record: Record) -> tuple[str, str] | None:
    family = numbering.number_family(record.entity, record.body)
    number = record.body.get("DocNumber")
    return (family, number) if family and number else None


def _remember_number(company: Company, record: Record) -> None:
    key = _number_key(record)
    if key is None:
        return
    company.numbers.setdefault(key, {})[record.id] = numbering.link_type(record)
    if key[1].isdecimal() and len(key[1]) < 10:
        first = 1000 if record.entity in numbering.AUTOMATIC_NUMBERS else 0
        company.next_number[record.entity] = max(company.next_number[record.entity], int(key[1]) - first)


def _forget_number(company: Company, record: Record) -> None:
    key = _number_key(record)
    if key is not None:
        held = company.numbers[key]
        held.pop(record.id, None)
        if not held:
            del company.numbers[key]


# -- delete and void -----------------------------------------------------------------------------------------------


def _addressed(company: Company, entity: str, raw: Any) -> Record:
    """The record that a delete or a void names, its SyncToken and its date checked."""
    if not isinstance(raw, dict):
        raise refuse("2010", f"Property Name:{entity} specified is unsupported or invalid", entity)
    if raw.get("Id") in (None, ""):
        raise refuse("2020", "Required parameter Id is missing in the request", "Id")
    record = existing(company, entity, str(raw["Id"]))
    token = raw.get("SyncToken")
    check_token(company, record.sync_token, None if token is None else str(token))
    transactions.check_open_period(company, entity, record.body["TxnDate"])
    if record.id in company.deposited:
        raise refuse("6540", "Deposited Transaction cannot be changed : edit or delete the deposit first.")
    return record


def delete(company: Company, entity: str, raw: Any, now: datetime) -> str:
    """Removes a transaction and everything it did to others. Returns its id."""
    if entity not in TRANSACTIONS or entity in NOT_DELETED:
        raise refuse("500", f"Operation Delete is not supported for {entity}.")
    record = _addressed(company, entity, raw)
    if entity in billing.CHARGING:
        billing.check_billed_lines_stay(company, record, [])
    billing.forget(company, record, now)
    _unlink(company, record, now)
    if entity in billing.CHARGING:
        billing.keep_charges(company, record, [], now)
    _forget_number(company, record)
    company.post(record, ())
    company.remove(record, now)
    return record.id


def void(company: Company, entity: str, raw: Any, now: datetime) -> Record:
    """Every amount becomes zero; the document stays."""
    if entity not in VOIDED:
        raise refuse("500", f"Operation Void is not supported for {entity}.")
    record = _addressed(company, entity, raw)
    if record.voided:
        raise business("The transaction is void already.")
    _unlink(company, record, now)
    if entity in ("Invoice", "SalesReceipt"):
        lines = [_emptied(line) for line in record.body["Line"]]
        kept = {key: value for key, value in record.body.items() if key not in ("LinkedTxn", "Deposit", "TxnTaxDetail")}
        record.body = {**kept, "Line": lines, "PrivateNote": "Voided"}
    else:
        record.body = {**record.body, "Line": [], "TotalAmt": Decimal(0), "PrivateNote": "Voided"}
    record.voided = True
    company.touch(record, now)
    company.post(record, ())
    return record


def _emptied(line: dict[str, Any]) -> dict[str, Any]:
    detail = line.get(line["DetailType"], {})
    if line["DetailType"] == "SalesItemLineDetail":
        detail = {key: value for key, value in detail.items() if key not in ("Qty", "UnitPrice")}
    kept = {key: value for key, value in line.items() if key != "LinkedTxn"}
    return {**kept, "Amount": Decimal(0), line["DetailType"]: detail}


def _unlink(company: Company, record: Record, now: datetime) -> None:
    """Takes a document out of every link: its payments keep the money as unapplied, its orders reopen."""
    if company.applied.get(record.id):
        if record.entity not in ("Bill", "Invoice"):
            raise refuse("800", "The transaction is linked to a payment; delete the payment first.")
        links.shrink_applied(company, record, 0, now)
    if record.entity == "PurchaseOrder":
        orders.drop_links_to(company, record, {line["Id"] for line in record.body["Line"]}, now)
    _relink(company, record, record.body, {"Line": []}, now)
