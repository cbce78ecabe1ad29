"""TransactionList, by vendor and by customer too, and AccountList (qbo.md 15)."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from tieout.sandbox.quickbooks_online.accounts import CLASSIFICATION
from tieout.sandbox.quickbooks_online.amounts import total_cents
from tieout.sandbox.quickbooks_online.company import NON_POSTING, TRANSACTIONS, Company, Entry, Record
from tieout.sandbox.quickbooks_online.numbering import link_type
from tieout.sandbox.quickbooks_online.reports.asked import Asked, customer_of, department_of, vendor_of
from tieout.sandbox.quickbooks_online.reports.ledger import chart, closed_balances, named, split, txn_word
from tieout.sandbox.quickbooks_online.reports.shape import (
    Cell,
    amount,
    cell,
    column,
    data,
    header,
    report,
    section,
    titled,
)
from tieout.sandbox.quickbooks_online.wire import stamp

COLUMNS = {
    "tx_date": ("Date", "Date"), "txn_type": ("Transaction Type", "String"), "doc_num": ("Num", "String"),
    "is_no_post": ("Posting", "Boolean"), "name": ("Name", "String"), "vend_name": ("Vendor", "String"),
    "cust_name": ("Customer", "String"), "dept_name": ("Location", "String"), "memo": ("Memo/Description", "String"),
    "due_date": ("Due Date", "Date"), "term_name": ("Terms", "String"), "create_date": ("Create Date", "Date"),
    "last_mod_date": ("Last Modified", "Date"), "account_name": ("Account", "String"),
    "other_account": ("Split", "String"), "subt_nat_amount": ("Amount", "Money")}
USUAL = ("tx_date", "txn_type", "doc_num", "is_no_post", "name", "memo", "account_name", "other_account",
         "subt_nat_amount")
GROUPS = ("Name", "Vendor", "Customer", "Account", "Transaction Type", "Month", "Location", "None")


class Line(NamedTuple):
    """One document. `entry` is its first line in the ledger: the account the document itself stands in."""

    record: Record
    entry: Entry
    split: str


def transaction_list(company: Company, asked: Asked) -> dict[str, Any]:
    return _listing(company, asked, asked.choice("group_by", GROUPS, "None"))


def by_vendor(company: Company, asked: Asked) -> dict[str, Any]:
    return _listing(company, asked, "Vendor")


def by_customer(company: Company, asked: Asked) -> dict[str, Any]:
    return _listing(company, asked, "Customer")


def _listing(company: Company, asked: Asked, group: str) -> dict[str, Any]:
    keys = asked.columns(COLUMNS, USUAL)
    by, descending = asked.sorting(COLUMNS)
    lines = list(_lines(company, asked))
    if group in ("Vendor", "Customer"):
        lines = [line for line in lines if _group(company, line, group)[0]]
    lines.sort(key=lambda line: (line.record.body["TxnDate"], int(line.record.id)), reverse=descending and not by)
    if by:
        lines.sort(key=lambda line: _signed(company, line.entry) if by == "subt_nat_amount"
                   else _cell(company, by, line)["value"].casefold(), reverse=descending)
    rows = _grouped(company, lines, keys, group) if group != "None" else [_row(company, line, keys) for line in lines]
    return report(header(asked, empty=not rows), [column(*COLUMNS[key], key) for key in keys], rows)


def _lines(company: Company, asked: Asked) -> Iterator[Line]:
    start, end = asked.start.isoformat(), asked.end.isoformat()
    kinds = {kind.casefold() for kind in asked.ids("transaction_type")}
    for entity in TRANSACTIONS:
        for id_, record in company.records[entity].items():
            if not start <= record.body.get("TxnDate", "") <= end:
                continue
            if kinds and not kinds & {entity.casefold(), link_type(record).casefold(), txn_word(record).casefold()}:
                continue
            # time has its own sequence of ids, so that one may be the id of a posted document too
            entries = () if entity in NON_POSTING else company.ledger.entries.get(id_, ())
            own = entries[0] if entries else _unposted(company, record)
            if any(asked.keeps(record, entry) for entry in (own, *entries)):
                yield Line(record, own, split(company, entries, own) if entries else "")


def _unposted(company: Company, record: Record) -> Entry:
    """What an order would stand in the ledger as; a voided document stands there with nothing."""
    body = record.body
    for key, entity, kind, sign in (("VendorRef", "Vendor", "Accounts Payable", -1),
                                    ("CustomerRef", "Customer", "Accounts Receivable", 1)):
        if key in body:
            account = company.account_of_type(kind)
            party = (entity, body[key]["value"])
            total = 0 if record.voided else total_cents(record.entity, body)
            return Entry(account.id if account else "", sign * total, party,
                         party[1] if entity == "Customer" else None)
    return Entry("", 0)


def _row(company: Company, line: Line, keys: tuple[str, ...]) -> dict[str, Any]:
    return data(_cell(company, key, line) for key in keys)


def _signed(company: Company, entry: Entry) -> int:
    """As the amount moves the account's own balance."""
    if not entry.account:
        return entry.cents
    return entry.cents if CLASSIFICATION[company.account_type(entry.account)] in ("Asset", "Expense") else -entry.cents


def _cell(company: Company, key: str, line: Line) -> Cell:
    record, entry = line.record, line.entry
    body = record.body
    match key:
        case "tx_date" | "due_date":
            return cell(body.get("TxnDate" if key == "tx_date" else "DueDate", ""))
        case "txn_type":
            return cell(txn_word(record), record.id)
        case "doc_num":
            return cell(body.get("DocNumber", ""))
        case "is_no_post":
            return cell("No" if record.entity in NON_POSTING else "Yes")
        case "name":
            return named(company, *(entry.party or ("", "")))
        case "vend_name":
            return named(company, "Vendor", vendor_of(entry) or "")
        case "cust_name":
            return named(company, "Customer", customer_of(entry) or "")
        case "dept_name":
            return named(company, "Department", department_of(record, entry) or "")
        case "term_name":
            return named(company, "Term", body.get("SalesTermRef", {}).get("value", ""))
        case "create_date" | "last_mod_date":
            return cell(stamp(record.created if key == "create_date" else record.updated))
        case "memo":
            return cell(body.get("PrivateNote", ""))
        case "account_name":
            return named(company, "Account", entry.account)
        case "other_account":
            return cell(line.split)
    return amount(_signed(company, entry))


def _group(company: Company, line: Line, group: str) -> tuple[str, str]:
    """(title, id) of the section a document belongs to; an empty title for none."""
    if group == "Month":
        return f"{date.fromisoformat(line.record.body['TxnDate']):%B %Y}", ""
    key = {"Name": "name", "Vendor": "vend_name", "Customer": "cust_name", "Account": "account_name",
           "Transaction Type": "txn_type", "Location": "dept_name"}[group]
    shown = _cell(company, key, line)
    return shown["value"], shown.get("id", "") if group != "Transaction Type" else ""


def _grouped(company: Company, lines: list[Line], keys: tuple[str, ...], group: str) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        groups[_group(company, line, group)].append(line)
    order = list(groups) if group == "Month" else sorted(groups, key=lambda pair: pair[0].casefold())
    rows = []
    for pair in order:
        title = pair[0] or "Not Specified"
        summary = titled(f"Total for {title}", len(keys))
        if "subt_nat_amount" in keys:
            summary[keys.index("subt_nat_amount")] = amount(sum(_signed(company, x.entry) for x in groups[pair]))
        rows.append(section(titled(title, len(keys), pair[1] or None),
                            [_row(company, line, keys) for line in groups[pair]], summary))
    return rows


# -- accounts ------------------------------------------------------------------------------------------------------

ACCOUNT_COLUMNS = {
    "account_name": ("Account", "String"), "account_num": ("Number", "String"), "account_type": ("Type", "String"),
    "detail_acc_type": ("Detail type", "String"), "account_desc": ("Description", "String"),
    "account_bal": ("Balance", "Money")}


def account_list(company: Company, asked: Asked) -> dict[str, Any]:
    """The chart of accounts with the balances of those on the balance sheet."""
    keys = asked.columns(ACCOUNT_COLUMNS, ("account_name", "account_type", "detail_acc_type", "account_desc",
                                           "account_bal"))
    balances = closed_balances(company, asked.end)
    rows = [data(_account_cell(company, key, record, balances) for key in keys)
            for record in chart(company) if record.active]
    return report(header(asked, empty=not rows), [column(*ACCOUNT_COLUMNS[key], key) for key in keys], rows)


def _account_cell(company: Company, key: str, record: Record, balances: dict[str, int]) -> Cell:
    classification = CLASSIFICATION[record.body["AccountType"]]
    match key:
        case "account_name":
            return cell(company.full_name(record), record.id)
        case "account_bal":
            sign = {"Asset": 1, "Liability": -1, "Equity": -1}.get(classification)
            return amount(None if sign is None else sign * balances.get(record.id, 0))
    return cell(str(record.body.get({"account_num": "AcctNum", "account_type": "AccountType",
                                     "detail_acc_type": "AccountSubType"}.get(key, "Description"), "")))
