"""What is owed and due, by age and by party: aged payables and receivables, vendor and customer balances (qbo.md 15).

Open amounts are those of the day asked for: a payment of a later day has not been made yet.
"""
from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.reports.asked import Asked
from tieout.sandbox.quickbooks_online.reports.ledger import txn_word
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

Key = tuple[str, str]        # document, party


@dataclass(frozen=True, slots=True)
class Side:
    """The payables or the receivables. `sign` turns debits into what is open; amounts are above zero when owed."""

    account_type: str
    party: str
    sign: int
    amount: str
    open: str
    running: str

    @property
    def ref(self) -> str:
        return f"{self.party}Ref"

    @property
    def name_column(self) -> str:
        return "vend_name" if self.party == "Vendor" else "cust_name"


PAYABLE = Side("Accounts Payable", "Vendor", -1, "subt_neg_amount", "subt_neg_open_bal", "rbal_neg_open_bal")
RECEIVABLE = Side("Accounts Receivable", "Customer", 1, "subt_amount", "subt_open_bal", "rbal_open_bal")


class Item(NamedTuple):
    """One document as it stands open to one party. `days` past due, below zero when not due yet."""

    record: Record
    party: str
    due: str
    days: int
    total: int
    open: int


def open_items(company: Company, asked: Asked, side: Side) -> list[Item]:
    """Every document with something open at the end of the day asked for, oldest due date first."""
    nets = _nets(company, asked, side)
    left = {key: net for key, (_, net) in nets.items()}
    _apply(company, asked, side, nets, left)
    aged_on = asked.today if asked.choice("aging_method", ("Report_Date", "Current"), "Report_Date") == "Current" \
        else asked.end
    wanted = asked.filters.get(side.party.lower())
    departments = asked.filters.get("department")
    found = []
    for key, open_ in left.items():
        record, total = nets[key]
        if not open_ or (wanted and key[1] not in wanted):
            continue
        if departments and record.body.get("DepartmentRef", {}).get("value") not in departments:
            continue
        due = record.body.get("DueDate", record.body["TxnDate"])
        found.append(Item(record, key[1], due, (aged_on - date.fromisoformat(due)).days, total, open_))
    found.sort(key=lambda item: (item.due, int(item.record.id)))
    return found


def _nets(company: Company, asked: Asked, side: Side) -> dict[Key, tuple[Record, int]]:
    """What each document of the day or before moved in the A/P or A/R accounts, by party."""
    accounts = frozenset(record.id for record in company.records["Account"].values()
                         if record.body["AccountType"] == side.account_type)
    end = asked.end.isoformat()
    nets: dict[Key, tuple[Record, int]] = {}
    for record, entries in company.posted():
        if record.body["TxnDate"] > end:
            continue
        for entry in entries:
            if entry.account in accounts:
                key = (record.id, entry.party[1] if entry.party else "")
                before = nets[key][1] if key in nets else 0
                nets[key] = (record, before + side.sign * entry.cents)
    return nets


def _apply(company: Company, asked: Asked, side: Side, nets: dict[Key, tuple[Record, int]],
           left: dict[Key, int]) -> None:
    """Moves what payments are applied to, where both were there on the day; the sum over all stays what it was."""
    end = asked.end.isoformat()
    for (id_, party), (_, net) in nets.items():
        for payment_id, cents in company.applied.get(id_, {}).items():
            payment = company.transaction(payment_id)
            if payment is None or payment.body["TxnDate"] > end or side.ref not in payment.body:
                continue
            payer = payment.body[side.ref]["value"]
            if payer != party and (id_, payer) in nets:
                continue        # a journal entry to several parties: the payment belongs to the payer's part
            signed = cents if net > 0 else -cents
            left[id_, party] -= signed
            key = (payment_id, party if (payment_id, party) in nets else payer)     # a job's part is posted to the job
            if key not in left:
                left[key] = 0
            left[key] += signed
    for key in left.keys() - nets.keys():
        payment = company.transaction(key[0])
        assert payment is not None, "a payment that is applied exists"
        nets[key] = (payment, 0)


# -- aged ----------------------------------------------------------------------------------------------------------


def _bounds(asked: Asked) -> list[tuple[str, str, int]]:
    """(title, key, last day past due) of each bucket; the last one is open."""
    length, count = asked.number("aging_period", 30, 1, 3650), asked.number("num_periods", 4, 1, 50)
    found = [("Current", "current", 0)]
    for number in range(count):
        first, last = number * length + 1, (number + 1) * length
        open_ = number == count - 1
        found.append((f"{first} and over" if open_ else f"{first} - {last}", str(number), 10**7 if open_ else last))
    return found


def _bucket(bounds: list[tuple[str, str, int]], days: int) -> int:
    return next(place for place, (_, _, last) in enumerate(bounds) if days <= last)


def _options(asked: Asked) -> list[tuple[str, str]]:
    return [("report_date", asked.end.isoformat())]


def _aged(company: Company, asked: Asked, side: Side) -> dict[str, Any]:
    bounds = _bounds(asked)
    sums: dict[str, Counter[int]] = defaultdict(Counter)
    for item in open_items(company, asked, side):
        sums[item.party][_bucket(bounds, item.days)] += item.open
        sums[item.party][-1] += item.open
    places = [*range(len(bounds)), -1]
    rows, total = _by_party(company, side, sums, places, blank_zero=True)
    columns = [column("", side.party, side.party.lower()), *(column(title, "Money", key) for title, key, _ in bounds),
               column("Total", "Money", "total")]
    if rows:
        rows.append(section(None, None, [cell("TOTAL"), *(amount(total[place]) for place in places)], "GrandTotal"))
    return report(header(asked, empty=not rows, options=_options(asked)), columns, rows)


def _by_party(company: Company, side: Side, sums: dict[str, Counter[int]], places: list[int], *,
              blank_zero: bool) -> tuple[list[dict[str, Any]], Counter[int]]:
    """A row per party by name; jobs stand inside their customer."""
    below: dict[str, list[str]] = defaultdict(list)
    for id_ in _with_parents(company, side, sums):
        below[_parent(company, side, id_)].append(id_)
    return _party_rows(company, side, below, "", sums, places, blank_zero)


def _parent(company: Company, side: Side, id_: str) -> str:
    record = company.find(side.party, id_)
    found: str = record.body.get("ParentRef", {}).get("value", "") if record and side is RECEIVABLE else ""
    return found


def _with_parents(company: Company, side: Side, sums: dict[str, Counter[int]]) -> list[str]:
    found: dict[str, None] = {}
    for id_ in sums:
        while id_ not in found:
            found[id_] = None
            if not (id_ := _parent(company, side, id_)):
                break
    return sorted(found, key=lambda id_: _name(company, side, id_).casefold())


def _name(company: Company, side: Side, id_: str) -> str:
    record = company.find(side.party, id_)
    return str(record.body["DisplayName"]) if record else "Not Specified"


def _party_rows(company: Company, side: Side, below: dict[str, list[str]], parent: str, sums: dict[str, Counter[int]],
                places: list[int], blank_zero: bool) -> tuple[list[dict[str, Any]], Counter[int]]:
    def shown(of: Counter[int]) -> list[Cell]:
        return [amount(None if blank_zero and place != -1 and not of[place] else of[place]) for place in places]

    rows: list[dict[str, Any]] = []
    total: Counter[int] = Counter()
    for id_ in below.get(parent, ()):
        own = sums.get(id_, Counter())
        name = _name(company, side, id_)
        inner, under = _party_rows(company, side, below, id_, sums, places, blank_zero)
        both = _sum(own, under)
        if inner:
            rows.append(section([cell(name, id_), *(shown(own) if any(own.values()) else [cell() for _ in places])],
                                inner, [cell(f"Total {name}"), *shown(both)]))
        else:
            rows.append(data([cell(name, id_), *shown(own)]))
        total = _sum(total, both)
    return rows, total


def _sum(first: Counter[int], second: Counter[int]) -> Counter[int]:
    total = Counter(first)
    for place, cents in second.items():
        total[place] += cents
    return total


def aged_payables(company: Company, asked: Asked) -> dict[str, Any]:
    return _aged(company, asked, PAYABLE)


def aged_receivables(company: Company, asked: Asked) -> dict[str, Any]:
    return _aged(company, asked, RECEIVABLE)


# -- details -------------------------------------------------------------------------------------------------------


def _known(side: Side) -> dict[str, tuple[str, str]]:
    return {"tx_date": ("Date", "Date"), "txn_type": ("Transaction Type", "String"), "doc_num": ("Num", "String"),
            side.name_column: (side.party, "String"), "due_date": ("Due Date", "Date"),
            "past_due": ("Past Due", "Numeric"), side.amount: ("Amount", "Money"), side.open: ("Open Balance", "Money"),
            side.running: ("Balance", "Money"), "memo": ("Memo/Description", "String"),
            "dept_name": ("Location", "String")}


def _detail_cell(company: Company, side: Side, key: str, item: Item, running: int) -> Cell:
    body = item.record.body
    match key:
        case "tx_date":
            return cell(body["TxnDate"])
        case "txn_type":
            return cell(txn_word(item.record), item.record.id)
        case "doc_num":
            return cell(body.get("DocNumber", ""))
        case "due_date":
            return cell(item.due)
        case "past_due":
            return cell(str(item.days))
        case "memo":
            return cell(body.get("PrivateNote", ""))
        case "dept_name":
            place = body.get("DepartmentRef", {}).get("value", "")
            return cell(company.name_of("Department", place) or "", place) if place else cell()
    if key == side.name_column:
        return cell(company.name_of(side.party, item.party) or "", item.party)
    return amount({side.amount: item.total, side.open: item.open}.get(key, running))


def _detail_section(company: Company, side: Side, keys: tuple[str, ...], head: Cell, items: list[Item],
                    title: str) -> dict[str, Any]:
    rows, running = [], 0
    for item in items:
        running += item.open
        rows.append(data(_detail_cell(company, side, key, item, running) for key in keys))
    header_row = titled("", len(keys))
    header_row[0] = head
    return section(header_row, rows, _totals(side, keys, items, title))


def _totals(side: Side, keys: tuple[str, ...], items: list[Item], title: str) -> list[Cell]:
    cells = titled(title, len(keys))
    for place, key in enumerate(keys):
        if key == side.amount:
            cells[place] = amount(sum(item.total for item in items))
        elif key == side.open:
            cells[place] = amount(sum(item.open for item in items))
    return cells


def _sorted(company: Company, asked: Asked, side: Side, items: list[Item]) -> list[Item]:
    by, descending = asked.sorting(_known(side))
    if by in (side.amount, side.open, "past_due"):
        return sorted(items, key=lambda item: {side.amount: item.total, side.open: item.open}.get(by, item.days),
                      reverse=descending)
    if by:
        return sorted(items, key=lambda item: _detail_cell(company, side, by, item, 0)["value"].casefold(),
                      reverse=descending)
    return items[::-1] if descending else items


def _finished(asked: Asked, side: Side, keys: tuple[str, ...], sections: list[dict[str, Any]],
              items: list[Item]) -> dict[str, Any]:
    known = _known(side)
    if sections:
        sections = [*sections, section(None, None, _totals(side, keys, items, "TOTAL"), "GrandTotal")]
    return report(header(asked, empty=not items, options=_options(asked)),
                  [column(*known[key], key) for key in keys], sections)


def _aged_detail(company: Company, asked: Asked, side: Side, usual: tuple[str, ...]) -> dict[str, Any]:
    keys = asked.columns(_known(side), usual)
    bounds = _bounds(asked)
    items = _sorted(company, asked, side, open_items(company, asked, side))
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        groups[_bucket(bounds, item.days)].append(item)
    sections = []
    for place in sorted(groups, reverse=True):
        title = bounds[place][0]
        if place:
            title = title.replace("and over", "or more") + " days past due"
        sections.append(_detail_section(company, side, keys, cell(title), groups[place], f"Total for {title}"))
    return _finished(asked, side, keys, sections, items)


def aged_payable_detail(company: Company, asked: Asked) -> dict[str, Any]:
    return _aged_detail(company, asked, PAYABLE, ("tx_date", "txn_type", "doc_num", "vend_name", "due_date",
                                                  "past_due", "subt_neg_amount", "subt_neg_open_bal"))


def aged_receivable_detail(company: Company, asked: Asked) -> dict[str, Any]:
    return _aged_detail(company, asked, RECEIVABLE, ("tx_date", "txn_type", "doc_num", "cust_name", "due_date",
                                                     "subt_amount", "subt_open_bal"))


# -- balances ------------------------------------------------------------------------------------------------------


def _balance(company: Company, asked: Asked, side: Side) -> dict[str, Any]:
    sums: dict[str, Counter[int]] = defaultdict(Counter)
    for item in open_items(company, asked, side):
        sums[item.party][0] += item.open
    rows, total = _by_party(company, side, sums, [0], blank_zero=False)
    if rows:
        rows.append(section(None, None, [cell("TOTAL"), amount(total[0])], "GrandTotal"))
    return report(header(asked, empty=not rows, options=_options(asked)),
                  [column("", side.party, side.party.lower()), column("Total", "Money", "total")], rows)


def vendor_balance(company: Company, asked: Asked) -> dict[str, Any]:
    return _balance(company, asked, PAYABLE)


def customer_balance(company: Company, asked: Asked) -> dict[str, Any]:
    return _balance(company, asked, RECEIVABLE)


def _balance_detail(company: Company, asked: Asked, side: Side) -> dict[str, Any]:
    keys = asked.columns(_known(side), ("tx_date", "txn_type", "doc_num", "due_date", side.amount, side.open,
                                        side.running))
    items = _sorted(company, asked, side, open_items(company, asked, side))
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.party].append(item)
    sections = [_detail_section(company, side, keys, cell(name, party), groups[party], f"Total for {name}")
                for name, party in sorted(((company.name_of(side.party, party) or "Not Specified", party)
                                           for party in groups), key=lambda pair: pair[0].casefold())]
    return _finished(asked, side, keys, sections, items)


def vendor_balance_detail(company: Company, asked: Asked) -> dict[str, Any]:
    return _balance_detail(company, asked, PAYABLE)


def customer_balance_detail(company: Company, asked: Asked) -> dict[str, Any]:
    return _balance_detail(company, asked, RECEIVABLE)
