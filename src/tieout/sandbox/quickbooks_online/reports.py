"""TrialBalance and GeneralLedger, computed from the documents, in the report shape of qbo.md 15."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.company import Company, Entry, Record
from tieout.sandbox.quickbooks_online.lists import CLASSIFICATION
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.shows import BALANCE_SHEET
from tieout.sandbox.quickbooks_online.wire import money, stamp

LEDGER_COLUMNS = {
    "tx_date": ("Date", "Date"), "txn_type": ("Transaction Type", "String"), "doc_num": ("Num", "String"),
    "name": ("Name", "String"), "cust_name": ("Customer", "String"), "vend_name": ("Vendor", "String"),
    "memo": ("Memo/Description", "String"), "split_acc": ("Split", "String"),
    "subt_nat_amount": ("Amount", "Money"), "rbal_nat_amount": ("Balance", "Money"),
    "debt_amt": ("Debit", "Money"), "credit_amt": ("Credit", "Money"), "account_name": ("Account", "String")}
DEFAULT_COLUMNS = ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount")
TXN_WORDS = {"BillPayment": "Bill Payment (Check)", "VendorCredit": "Vendor Credit", "JournalEntry": "Journal Entry",
             "Purchase": "Expense"}


@dataclass(frozen=True, slots=True)
class Row:
    """One ledger line in a report."""

    record: Record
    entry: Entry
    split: str


def run(company: Company, name: str, request: Request, now: datetime) -> dict[str, Any] | None:
    """None for a report that is not built here."""
    if name == "TrialBalance":
        return _trial_balance(company, request, now)
    if name == "GeneralLedger":
        return _general_ledger(company, request, now)
    return None


def _dates(company: Company, request: Request, now: datetime) -> tuple[date, date]:
    """The period asked for; without one, this month to date."""
    today = date.fromisoformat(company.today(now))
    try:
        end = date.fromisoformat(request.param("end_date") or today.isoformat())
        start = date.fromisoformat(request.param("start_date") or end.replace(day=1).isoformat())
    except ValueError as wrong:
        raise refuse("2060", f"Invalid Date format : {wrong}") from wrong
    if start > end:
        raise refuse("2190", "start_date lies after end_date.")
    return start, end


def _header(name: str, start: date, end: date, now: datetime, *, empty: bool) -> dict[str, Any]:
    return {"Time": stamp(now), "ReportName": name, "ReportBasis": "Accrual", "StartPeriod": start.isoformat(),
            "EndPeriod": end.isoformat(), "SummarizeColumnsBy": "Total", "Currency": "USD",
            "Option": [{"Name": "NoReportData", "Value": str(empty).lower()}]}


def fiscal_year_start(company: Company, day: date) -> date:
    first = company.profile.fiscal_year_starts
    return date(day.year if day.month >= first else day.year - 1, first, 1)


def _trial_balance(company: Company, request: Request, now: datetime) -> dict[str, Any]:
    """Balances at end_date; income and cost of earlier fiscal years stand in Retained Earnings, as in the books."""
    start, end = _dates(company, request, now)
    balances = closed_balances(company, end)
    rows: list[dict[str, Any]] = []
    debits = credits = 0
    for account in _chart(company):
        cents = balances.get(account.id, 0)
        if not cents:
            continue
        debits, credits = debits + max(cents, 0), credits + max(-cents, 0)
        rows.append({"ColData": [{"value": _account_name(company, account), "id": account.id},
                                 {"value": str(money(cents)) if cents > 0 else ""},
                                 {"value": str(money(-cents)) if cents < 0 else ""}]})
    total = {"Summary": {"ColData": [{"value": "TOTAL"}, {"value": str(money(debits))},
                                     {"value": str(money(credits))}]}, "type": "Section", "group": "GrandTotal"}
    columns = [_column("", "Account", "account"), _column("Debit", "Money", "debit"),
               _column("Credit", "Money", "credit")]
    return {"Header": _header("TrialBalance", start, end, now, empty=not rows), "Columns": {"Column": columns},
            "Rows": {"Row": [*rows, total]} if rows else {}}


def closed_balances(company: Company, end: date) -> dict[str, int]:
    """Account id -> cents at the end of a day, with past years' result moved to Retained Earnings."""
    first = fiscal_year_start(company, end)
    balances: Counter[str] = Counter()
    earned = 0
    for record, entries in company.posted():
        day = record.body["TxnDate"]
        if day > end.isoformat():
            continue
        for entry in entries:
            kind = CLASSIFICATION[company.account_type(entry.account)]
            if kind not in BALANCE_SHEET and day < first.isoformat():
                earned += entry.cents
            else:
                balances[entry.account] += entry.cents
    if earned:
        retained = company.account_of_type("Equity", "RetainedEarnings")
        assert retained is not None, "a company has a Retained Earnings account"
        balances[retained.id] += earned
    return dict(balances)


def _general_ledger(company: Company, request: Request, now: datetime) -> dict[str, Any]:
    start, end = _dates(company, request, now)
    keys = _columns(request)
    before, rows = _collected(company, request, start, end)
    sections = [_account_section(company, account, keys, before.get(account.id, 0), rows.get(account.id, []))
                for account in _chart(company) if account.id in before or account.id in rows]
    columns = [_column(*LEDGER_COLUMNS[key], key) for key in keys]
    return {"Header": _header("GeneralLedger", start, end, now, empty=not sections), "Columns": {"Column": columns},
            "Rows": {"Row": sections} if sections else {}}


def _columns(request: Request) -> tuple[str, ...]:
    asked = [key for key in (request.param("columns") or "").split(",") if key]
    for key in asked:
        if key not in LEDGER_COLUMNS:
            raise refuse("2010", f"Property Name:{key} specified is unsupported or invalid", "columns")
    return tuple(asked) or DEFAULT_COLUMNS


def _collected(company: Company, request: Request, start: date, end: date) -> tuple[dict[str, int],
                                                                                  dict[str, list[Row]]]:
    """(account id -> cents before the period, account id -> rows of the period by date)."""
    accounts, customers, vendors = (_ids(request.param(key)) for key in ("account", "customer", "vendor"))
    before: Counter[str] = Counter()
    rows: dict[str, list[Row]] = defaultdict(list)
    for record, entries in company.posted():
        day = record.body["TxnDate"]
        if day > end.isoformat():
            continue
        for entry in entries:
            if (accounts and entry.account not in accounts) or (customers and _customer(entry) not in customers) \
                    or (vendors and _vendor(entry) not in vendors):
                continue
            if day >= start.isoformat():
                rows[entry.account].append(Row(record, entry, _split(company, entries, entry)))
            elif CLASSIFICATION[company.account_type(entry.account)] in BALANCE_SHEET:
                before[entry.account] += entry.cents
    for found in rows.values():
        found.sort(key=lambda row: (row.record.body["TxnDate"], int(row.record.id)))
    return {id_: cents for id_, cents in before.items() if cents}, rows


def _ids(text: str | None) -> frozenset[str]:
    return frozenset(filter(None, (text or "").split(",")))


def _customer(entry: Entry) -> str | None:
    return entry.customer or (entry.party[1] if entry.party and entry.party[0] == "Customer" else None)


def _vendor(entry: Entry) -> str | None:
    return entry.party[1] if entry.party and entry.party[0] == "Vendor" else None


def _split(company: Company, entries: Iterable[Entry], entry: Entry) -> str:
    others = {other.account for other in entries if other is not entry}
    return "-Split-" if len(others) != 1 else str(company.name_of("Account", others.pop()))


def _account_section(company: Company, account: Record, keys: tuple[str, ...], before: int,
                     rows: list[Row]) -> dict[str, Any]:
    """Amounts are signed as they move the account's own balance, not as debit and credit."""
    sign = 1 if CLASSIFICATION[account.body["AccountType"]] in ("Asset", "Expense") else -1
    name = _account_name(company, account)
    balance = sign * before
    shown: list[dict[str, Any]] = []
    if before:
        cells = [{"value": ""} for _ in keys]
        cells[0] = {"value": "Beginning Balance"}
        if "rbal_nat_amount" in keys:
            cells[keys.index("rbal_nat_amount")] = {"value": str(money(balance))}
        shown.append({"ColData": cells, "type": "Data"})
    moved = 0
    for row in rows:
        balance += sign * row.entry.cents
        moved += sign * row.entry.cents
        shown.append({"ColData": [_cell(company, key, row, sign, balance) for key in keys], "type": "Data"})
    summary = [{"value": ""} for _ in keys]
    summary[0] = {"value": f"Total for {name}"}
    if "subt_nat_amount" in keys:
        summary[keys.index("subt_nat_amount")] = {"value": str(money(moved))}
    header = [{"value": name, "id": account.id}] + [{"value": ""} for _ in keys[1:]]
    return {"Header": {"ColData": header}, "Rows": {"Row": shown}, "Summary": {"ColData": summary},
            "type": "Section"}


def _cell(company: Company, key: str, row: Row, sign: int, balance: int) -> dict[str, str]:
    entry, record = row.entry, row.record
    match key:
        case "tx_date":
            return {"value": record.body["TxnDate"]}
        case "txn_type":
            return {"value": TXN_WORDS.get(record.entity, record.entity), "id": record.id}
        case "doc_num":
            return {"value": record.body.get("DocNumber", "")}
        case "name":
            return _party_cell(company, *(entry.party or ("", "")))
        case "cust_name":
            return _party_cell(company, "Customer", _customer(entry) or "")
        case "vend_name":
            return _party_cell(company, "Vendor", _vendor(entry) or "")
        case "memo":
            return {"value": entry.memo or record.body.get("PrivateNote", "")}
        case "split_acc":
            return {"value": row.split}
        case "account_name":
            return {"value": str(company.name_of("Account", entry.account)), "id": entry.account}
        case "subt_nat_amount":
            return {"value": str(money(sign * entry.cents))}
        case "debt_amt":
            return {"value": str(money(entry.cents)) if entry.cents > 0 else ""}
        case "credit_amt":
            return {"value": str(money(-entry.cents)) if entry.cents < 0 else ""}
    return {"value": str(money(balance))}


def _party_cell(company: Company, entity: str, id_: str) -> dict[str, str]:
    name = company.name_of(entity, id_) if id_ else None
    return {"value": name, "id": id_} if name else {"value": ""}


def _chart(company: Company) -> list[Record]:
    """Accounts in the order of the chart: by type, then by name."""
    order = {kind: place for place, kind in enumerate(CLASSIFICATION)}
    return sorted(company.records["Account"].values(),
                  key=lambda record: (order[record.body["AccountType"]], _account_name(company, record)))


def _account_name(company: Company, account: Record) -> str:
    number = account.body.get("AcctNum")
    name = company.full_name(account)
    return f"{number} {name}" if number else name


def _column(title: str, kind: str, key: str) -> dict[str, Any]:
    return {"ColTitle": title, "ColType": kind, "MetaData": [{"Name": "ColKey", "Value": key}]}
