"""TrialBalance and GeneralLedger (qbo.md 15)."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tieout.sandbox.quickbooks_online.accounts import CLASSIFICATION
from tieout.sandbox.quickbooks_online.company import Company, Entry, Record
from tieout.sandbox.quickbooks_online.reports.asked import (
    Asked,
    class_of,
    customer_of,
    department_of,
    fiscal_year_start,
    vendor_of,
)
from tieout.sandbox.quickbooks_online.reports.shape import (
    CELL_LIMIT,
    amount,
    cell,
    column,
    header,
    report,
    section,
    titled,
)
from tieout.sandbox.quickbooks_online.shows import BALANCE_SHEET
from tieout.sandbox.quickbooks_online.wire import money, stamp

LEDGER_COLUMNS = {
    "tx_date": ("Date", "Date"), "txn_type": ("Transaction Type", "String"), "doc_num": ("Num", "String"),
    "name": ("Name", "String"), "cust_name": ("Customer", "String"), "vend_name": ("Vendor", "String"),
    "emp_name": ("Employee", "String"), "item_name": ("Product/Service", "String"),
    "klass_name": ("Class", "String"), "dept_name": ("Location", "String"),
    "memo": ("Memo/Description", "String"), "split_acc": ("Split", "String"),
    "create_date": ("Create Date", "Date"), "last_mod_date": ("Last Modified", "Date"),
    "subt_nat_amount": ("Amount", "Money"), "rbal_nat_amount": ("Balance", "Money"),
    "debt_amt": ("Debit", "Money"), "credit_amt": ("Credit", "Money"), "account_name": ("Account", "String")}
DEFAULT_COLUMNS = ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount")
TXN_WORDS = {"BillPayment": "Bill Payment (Check)", "VendorCredit": "Vendor Credit", "JournalEntry": "Journal Entry",
             "Purchase": "Expense", "PurchaseOrder": "Purchase Order", "CreditMemo": "Credit Memo",
             "SalesReceipt": "Sales Receipt", "RefundReceipt": "Refund", "CreditCardPaymentTxn": "Credit Card Payment",
             "TimeActivity": "Time Charge", "ReimburseCharge": "Billable Expense Charge",
             "ChangeOrder": "Change Order"}


@dataclass(frozen=True, slots=True)
class Row:
    """One ledger line in a report."""

    record: Record
    entry: Entry


def txn_word(record: Record) -> str:
    """What a report calls a document."""
    if record.entity == "Purchase":
        if record.body["PaymentType"] == "CreditCard":
            return "Credit Card Credit" if record.body.get("Credit") else "Credit Card Expense"
        return "Check" if record.body["PaymentType"] == "Check" else "Expense"
    if record.entity == "BillPayment" and record.body["PayType"] == "CreditCard":
        return "Bill Payment (Credit Card)"
    return TXN_WORDS.get(record.entity, record.entity)


def trial_balance(company: Company, asked: Asked) -> dict[str, Any]:
    """Balances at the end; income and cost of earlier fiscal years stand in Retained Earnings, as in the books."""
    balances = closed_balances(company, asked.end)
    rows: list[dict[str, Any]] = []
    debits = credits = 0
    for account in chart(company):
        cents = balances.get(account.id, 0)
        if not cents:
            continue
        debits, credits = debits + max(cents, 0), credits + max(-cents, 0)
        rows.append({"ColData": [cell(account_name(company, account), account.id),
                                 amount(cents if cents > 0 else None), amount(-cents if cents < 0 else None)]})
    total = section(None, None, [cell("TOTAL"), amount(debits), amount(credits)], "GrandTotal")
    columns = [column("", "Account", "account"), column("Debit", "Money", "debit"),
               column("Credit", "Money", "credit")]
    return report(header(asked, empty=not rows), columns, [*rows, total] if rows else [])


def closed_balances(company: Company, end: date) -> dict[str, int]:
    """Account id -> cents at the end of a day, with past years' result moved to Retained Earnings."""
    first = fiscal_year_start(company.profile.fiscal_year_starts, end).isoformat()
    last = end.isoformat()
    lasting = lasting_accounts(company)
    balances: Counter[str] = Counter()
    earned = 0
    for record, entries in company.posted():
        day = record.body["TxnDate"]
        if day > last:
            continue
        for entry in entries:
            if day < first and entry.account not in lasting:
                earned += entry.cents
            else:
                balances[entry.account] += entry.cents
    if earned:
        balances[retained_earnings(company).id] += earned
    return dict(balances)


def lasting_accounts(company: Company) -> frozenset[str]:
    """The accounts of the balance sheet: their balances do not end with the year."""
    return frozenset(record.id for record in company.records["Account"].values()
                     if CLASSIFICATION[record.body["AccountType"]] in BALANCE_SHEET)


def retained_earnings(company: Company) -> Record:
    retained = company.account_of_type("Equity", "RetainedEarnings")
    assert retained is not None, "a company has a Retained Earnings account"
    return retained


def general_ledger(company: Company, asked: Asked) -> dict[str, Any]:
    keys = asked.columns(LEDGER_COLUMNS, DEFAULT_COLUMNS)
    by, descending = asked.sorting(LEDGER_COLUMNS)
    before, rows = _collected(company, asked)
    for found in rows.values():
        found.sort(key=lambda row: (row.record.body["TxnDate"], int(row.record.id)))
        if by:
            found.sort(key=lambda row: _sort_value(company, by, row), reverse=descending)
        elif descending:
            found.reverse()
    sections: list[dict[str, Any]] = []
    room = CELL_LIMIT // len(keys) + 1                           # what is beyond it would be built to be cut off again
    for account in chart(company):
        if room > 0 and (account.id in before or account.id in rows):
            found = rows.get(account.id, [])
            sections.append(_account_section(company, account, keys, before.get(account.id, 0), found, room))
            room -= len(found)
    columns = [column(*LEDGER_COLUMNS[key], key) for key in keys]
    return report(header(asked, empty=not sections), columns, sections)


def _sort_value(company: Company, key: str, row: Row) -> Any:
    if LEDGER_COLUMNS[key][1] == "Money":
        return abs(row.entry.cents) if key != "subt_nat_amount" else row.entry.cents
    return _cell(company, key, row, 1, 0)["value"].casefold()


def _collected(company: Company, asked: Asked) -> tuple[dict[str, int], dict[str, list[Row]]]:
    """(account id -> cents before the period, account id -> rows of the period)."""
    start, end = asked.start.isoformat(), asked.end.isoformat()
    lasting = lasting_accounts(company)
    before: Counter[str] = Counter()
    rows: dict[str, list[Row]] = defaultdict(list)
    for record, entries in company.posted():
        day = record.body["TxnDate"]
        if day > end:
            continue
        for entry in entries:
            if not asked.keeps(record, entry):
                continue
            if day >= start:
                rows[entry.account].append(Row(record, entry))
            elif entry.account in lasting:
                before[entry.account] += entry.cents
    return {id_: cents for id_, cents in before.items() if cents}, rows


def split(company: Company, entries: Iterable[Entry], entry: Entry) -> str:
    others = {other.account for other in entries if other is not entry}
    return "-Split-" if len(others) != 1 else str(company.name_of("Account", others.pop()))


def _account_section(company: Company, account: Record, keys: tuple[str, ...], before: int,
                     rows: list[Row], room: int) -> dict[str, Any]:
    """Amounts are signed as they move the account's own balance, not as debit and credit. `room` is how many rows are
    shown; the total is of all."""
    sign = 1 if CLASSIFICATION[account.body["AccountType"]] in ("Asset", "Expense") else -1
    name = account_name(company, account)
    balance = sign * before
    shown: list[dict[str, Any]] = []
    if before:
        cells = [{"value": ""} for _ in keys]
        cells[0] = {"value": "Beginning Balance"}
        if "rbal_nat_amount" in keys:
            cells[keys.index("rbal_nat_amount")] = {"value": str(money(balance))}
        shown.append({"ColData": cells, "type": "Data"})
    moved = sign * sum(row.entry.cents for row in rows)
    for row in rows[:room]:
        balance += sign * row.entry.cents
        shown.append({"ColData": [_cell(company, key, row, sign, balance) for key in keys], "type": "Data"})
    summary = titled(f"Total for {name}", len(keys))
    if "subt_nat_amount" in keys:
        summary[keys.index("subt_nat_amount")] = amount(moved)
    return section(titled(name, len(keys), account.id), shown, summary)


def _cell(company: Company, key: str, row: Row, sign: int, balance: int) -> dict[str, str]:
    entry, record = row.entry, row.record
    match key:
        case "tx_date":
            return {"value": record.body["TxnDate"]}
        case "txn_type":
            return cell(txn_word(record), record.id)
        case "doc_num":
            return {"value": record.body.get("DocNumber", "")}
        case "name":
            return named(company, *(entry.party or ("", "")))
        case "cust_name":
            return named(company, "Customer", customer_of(entry) or "")
        case "vend_name":
            return named(company, "Vendor", vendor_of(entry) or "")
        case "emp_name":
            party = entry.party or ("", "")
            return named(company, *party) if party[0] == "Employee" else cell()
        case "item_name":
            return named(company, "Item", entry.item or "")
        case "klass_name":
            return named(company, "Class", class_of(record, entry) or "")
        case "dept_name":
            return named(company, "Department", department_of(record, entry) or "")
        case "create_date" | "last_mod_date":
            return cell(stamp(record.created if key == "create_date" else record.updated))
        case "memo":
            return {"value": entry.memo or record.body.get("PrivateNote", "")}
        case "split_acc":
            return {"value": split(company, company.ledger.entries[record.id], entry)}
        case "account_name":
            return {"value": str(company.name_of("Account", entry.account)), "id": entry.account}
        case "subt_nat_amount":
            return {"value": str(money(sign * entry.cents))}
        case "debt_amt":
            return {"value": str(money(entry.cents)) if entry.cents > 0 else ""}
        case "credit_amt":
            return {"value": str(money(-entry.cents)) if entry.cents < 0 else ""}
    return {"value": str(money(balance))}


def named(company: Company, entity: str, id_: str) -> dict[str, str]:
    name = company.name_of(entity, id_) if id_ else None
    return {"value": name, "id": id_} if name else {"value": ""}


def chart(company: Company) -> list[Record]:
    """Accounts in the order of the chart: by type, then by name."""
    order = {kind: place for place, kind in enumerate(CLASSIFICATION)}
    return sorted(company.records["Account"].values(),
                  key=lambda record: (order[record.body["AccountType"]], account_name(company, record)))


def account_name(company: Company, account: Record) -> str:
    number = account.body.get("AcctNum")
    name = company.full_name(account)
    return f"{number} {name}" if number else name
