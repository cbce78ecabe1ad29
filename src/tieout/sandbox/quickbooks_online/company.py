"""One company file (realm): its records, number sequences, change log, ledger and preferences.

Only remembers; the rules stand in `lists`, `transactions` and `links`.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tieout.sandbox.quickbooks_online.wire import pacific, stamp

LISTS = ("Account", "Customer", "Vendor", "Employee", "Item", "Class", "Department", "Term", "PaymentMethod",
         "CompanyCurrency", "TaxAgency", "TaxRate", "TaxCode")
PEOPLE = ("Customer", "Vendor", "Employee")
TRANSACTIONS = ("PurchaseOrder", "Bill", "VendorCredit", "BillPayment", "Purchase", "JournalEntry", "Invoice",
                "Payment", "Deposit", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt", "Transfer",
                "CreditCardPaymentTxn", "ChangeOrder", "ReimburseCharge", "TimeActivity")
OTHERS = ("Attachable",)
NON_POSTING = ("PurchaseOrder", "Estimate", "ChangeOrder", "ReimburseCharge", "TimeActivity")
POSTING = tuple(entity for entity in TRANSACTIONS if entity not in NON_POSTING)
TEMPLATES = ("RecurringTransaction",)
INDEXED = ("VendorRef", "CustomerRef", "DocNumber", "TxnDate")
FIRST_ID = {"name": 56, "Account": 33, "Item": 40, "Term": 3, "Class": 200900000000012345, "Department": 1,
            "PaymentMethod": 1, "CompanyCurrency": 1, "TaxAgency": 1, "TaxRate": 1, "TaxCode": 2, "TimeActivity": 7,
            "Attachable": 5000000000000010341, "transaction": 145}


@dataclass(slots=True, kw_only=True)
class Record:
    """One stored object. `body` holds the writable keys after defaults; balances and names are added when shown.

    next_line   the id of the next new line; ids are never used again
    closed      PurchaseOrder: closed (True) or kept open (False) by hand; None leaves it to the receipts
    voided      a transaction voided through the API: it stays, with every amount zero
    """

    entity: str
    id: str
    body: dict[str, Any]
    created: datetime
    updated: datetime
    sync_token: int = 0
    active: bool = True
    next_line: int = 1
    closed: bool | None = None
    voided: bool = False

    def meta(self) -> dict[str, str]:
        return {"CreateTime": stamp(self.created), "LastUpdatedTime": stamp(self.updated)}


class Entry(NamedTuple):
    """One line of the ledger. `cents` is positive for a debit. `party` is (entity, id) or None.

    `department` only where the line has its own; else the document's counts.
    """

    account: str
    cents: int
    party: tuple[str, str] | None = None
    customer: str | None = None
    memo: str = ""
    class_id: str | None = None
    item: str | None = None
    department: str | None = None


class Event(NamedTuple):
    """Something that happened to a record, for the webhooks (qbo.md 7)."""

    operation: str
    entity: str
    id: str
    at: datetime
    record: Record | None = None
    lost_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyProfile:
    """What the owner of the file has set up. `edition` is Essentials, Plus or Advanced.

    country, currency   US and USD, or CA and CAD; in Canada every line carries a tax code
    warn_duplicate_bills    a bill number used twice is refused; not among the preferences that clients see
    sales_fields, order_fields    names of the custom fields of sales forms and of purchase orders, three at most
    sales_tax           off; manual: the codes that the company keeps; automated (US): by the address shipped to
    tax_states          with automated tax: (state, percent) of each state in which the company collects
    """

    name: str = "Demo Builders"
    legal_name: str = ""
    edition: str = "Plus"
    country: str = "US"
    currency: str = "USD"
    sales_tax: str = "off"
    tax_states: tuple[tuple[str, Decimal], ...] = ()
    start_date: str = "2024-01-02"
    fiscal_year_starts: int = 1
    custom_numbers: bool = True
    custom_sales_numbers: bool = True
    warn_duplicate_journal: bool = True
    auto_apply_credit: bool = False
    change_orders: bool = False
    class_tracking: bool = True
    warn_duplicate_bills: bool = True
    multicurrency: bool = False
    sales_fields: tuple[str, ...] = ()
    order_fields: tuple[str, ...] = ()
    bookkeeper: str = "Dana Whitfield"
    email: str = "books@demobuilders.example"
    address: tuple[str, ...] = ("123 Main St", "San Jose", "CA", "95110")
    phone: str = "4085550100"


@dataclass(slots=True)
class Ledger:
    """Double entry: every document's entries add up to zero. Balances are kept as they move.

    accounts   account id -> cents, debits positive;  uses  account id -> how many entries it has
    payable    vendor id -> cents owed (A/P accounts);  receivable  customer id -> cents due (A/R accounts)
    """

    entries: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    accounts: Counter[str] = field(default_factory=Counter)
    uses: Counter[str] = field(default_factory=Counter)
    payable: Counter[str] = field(default_factory=Counter)
    receivable: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Company:
    realm: str
    profile: CompanyProfile = field(default_factory=CompanyProfile)
    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {
        entity: {} for entity in (*LISTS, *TRANSACTIONS, *OTHERS, *TEMPLATES)})
    next_id: dict[str, int] = field(default_factory=lambda: dict(FIRST_ID))
    names: dict[tuple[str, str, str], Record] = field(default_factory=dict)     # active names: list, parent, casefolded
    numbers: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)    # family, number -> ids, their type
    index: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=dict)    # see `found_by`
    jobs: dict[str, list[str]] = field(default_factory=dict)             # customer -> its sub-customers, past ones too
    next_number: Counter[str] = field(default_factory=Counter)
    changes: dict[str, dict[str, datetime]] = field(default_factory=lambda: {
        entity: {} for entity in (*LISTS, *TRANSACTIONS, *OTHERS, *TEMPLATES)})
    deleted: dict[str, dict[str, datetime]] = field(default_factory=lambda: {
        entity: {} for entity in (*LISTS, *TRANSACTIONS, *OTHERS, *TEMPLATES)})
    ledger: Ledger = field(default_factory=Ledger)
    applied: dict[str, dict[str, int]] = field(default_factory=dict)    # document -> payment -> cents
    received: dict[str, dict[str, dict[str, tuple[Decimal, int]]]] = field(default_factory=dict)
    deposited: dict[str, str] = field(default_factory=dict)              # what was received -> deposit
    billed: dict[tuple[str, str], str] = field(default_factory=dict)     # (estimate, time or charge, id) -> invoice
    charges: dict[str, dict[str, str]] = field(default_factory=dict)     # document -> its billable line -> charge
    answers: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)    # requestid -> call, status, body
    tax_by_state: dict[str, str] = field(default_factory=dict)           # US state -> tax code, where tax is automated
    usual_tax_code: str | None = None
    projects: set[str] = field(default_factory=set)                      # customers that are projects
    rates: dict[str, dict[str, tuple[Decimal, int, datetime]]] = field(default_factory=dict)     # currency -> day -> it
    files: dict[str, bytes] = field(default_factory=dict)                # attachable -> its content
    attached: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)    # entity, id -> attachables
    address: str = "http://127.0.0.1"                                    # how the caller reaches the stand-in
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)                      # the moment of the call being answered
    closed_through: date | None = None
    closing_password: bool = False
    lenient_links: bool = True
    customer_means_billable: bool = True
    shut: frozenset[str] = frozenset()                                   # why every call is refused
    faults_in_200: bool = False
    preferences: dict[str, Any] = field(default_factory=dict)            # path -> what somebody chose
    info: dict[str, Any] = field(default_factory=dict)                   # CompanyInfo as a client wrote it
    settings_version: int = 6
    settings_changed: datetime | None = None
    info_version: int = 4
    info_changed: datetime | None = None
    events: list[Event] | None = None        # None while nobody listens
    in_order: bool = True

    def find(self, entity: str, id_: str) -> Record | None:
        """None for an unknown kind too: a party's kind comes from the request."""
        return self.records.get(entity, {}).get(id_)

    def person(self, id_: str) -> Record | None:
        """By id alone: customers, vendors and employees share one number sequence."""
        return next((found for entity in PEOPLE if (found := self.records[entity].get(id_))), None)

    def transaction(self, id_: str) -> Record | None:
        """By id alone, of the kinds that post: they share one number sequence."""
        for entity in POSTING:
            if found := self.records[entity].get(id_):
                return found
        return None

    def name_slot(self, entity: str, body: dict[str, Any], name: str) -> tuple[str, str, str]:
        """People share one set of names; the other lists are unique among siblings."""
        if entity in PEOPLE:
            return ("people", "", name.casefold())
        return (entity, body.get("ParentRef", {}).get("value", ""), name.casefold())

    def today(self, now: datetime) -> str:
        return pacific(now).date().isoformat()

    def add(self, entity: str, body: dict[str, Any], now: datetime) -> Record:
        sequence = "name" if entity in PEOPLE else entity if entity in FIRST_ID else "transaction"
        number = self.next_id[sequence]
        self.next_id[sequence] = number + 1
        record = Record(entity=entity, id=str(number), body=body, created=now, updated=now)
        self.records[entity][record.id] = record
        self._enter(record)
        self.note_change(record, now)
        return record

    def replace(self, record: Record, body: dict[str, Any]) -> None:
        """Another body for a record; where it can be found moves along."""
        self._leave(record)
        record.body = body
        self._enter(record)

    def found_by(self, entity: str, key: str, value: str) -> Iterable[Record]:
        """The transactions with that party, number (in any case) or day, in the order in which they came to have it."""
        records = self.records[entity]
        return [records[id_] for id_ in self.index.get((entity, key, value.casefold()), ())]

    def _keys(self, record: Record) -> Iterator[tuple[str, str, str]]:
        if record.entity in TRANSACTIONS:
            for key in INDEXED:
                value = record.body.get(key)
                if value:
                    yield record.entity, key, str(value["value"] if isinstance(value, dict) else value).casefold()

    def _enter(self, record: Record) -> None:
        for key in self._keys(record):
            self.index.setdefault(key, {})[record.id] = None

    def _leave(self, record: Record) -> None:
        for key in self._keys(record):
            held = self.index[key]
            del held[record.id]
            if not held:
                del self.index[key]

    def touch(self, record: Record, now: datetime) -> None:
        """A write of its own, or one of another document that is linked to it."""
        record.sync_token += 1
        record.updated = now
        self.note_change(record, now)

    def note_settings(self, entity: str, now: datetime) -> None:
        """A change of CompanyInfo or Preferences."""
        if entity == "CompanyInfo":
            self.info_version, self.info_changed = self.info_version + 1, now
        else:
            self.settings_version, self.settings_changed = self.settings_version + 1, now

    def note_change(self, record: Record, now: datetime) -> None:
        log = self.changes[record.entity]
        if log and next(reversed(log.values())) > now:
            self.in_order = False            # the clock was set back: change data capture looks at everything
        log.pop(record.id, None)
        log[record.id] = now
        if self.events is not None:
            operation = "Update" if record.sync_token else "Create"
            self.events.append(Event(operation, record.entity, record.id, now, record))

    def note_merge(self, record: Record, lost_id: str, now: datetime) -> None:
        """Another record of the list has become part of this one; no API does it, the web page does."""
        if self.events is not None:
            self.events.append(Event("Merge", record.entity, record.id, now, record, lost_id))

    def remove(self, record: Record, now: datetime, *, merged: bool = False) -> None:
        """`merged`: no deletion is told of, because the merge is."""
        self._leave(record)
        del self.records[record.entity][record.id]
        self.changes[record.entity].pop(record.id, None)
        self.deleted[record.entity][record.id] = now
        if self.events is not None and not merged:
            self.events.append(Event("Delete", record.entity, record.id, now, record))

    def changed_since(self, entity: str, since: datetime) -> Iterator[Record]:
        """Oldest change first."""
        log = self.changes[entity]
        recent = []
        for id_, moment in reversed(log.items()):
            if moment >= since:
                recent.append(self.records[entity][id_])
            elif self.in_order:
                break
        return reversed(recent)

    def name_of(self, entity: str, id_: str) -> str | None:
        """How a reference shows its target: path for customers, accounts and classes, plain name for the rest."""
        record = self.find(entity, id_)
        if record is None:
            return None
        if entity in ("Customer", "Account", "Class", "Department"):
            return self.full_name(record)
        return str(record.body.get("DisplayName") or record.body["Name"])

    def full_name(self, record: Record) -> str:
        """`Parent:Child`; an inactive record keeps its own suffix only."""
        own = str(record.body.get("DisplayName") or record.body.get("Name"))
        parent = record.body.get("ParentRef")
        above = self.find(record.entity, parent["value"]) if parent else None
        return f"{self.full_name(above)}:{own}" if above else own

    def level(self, record: Record) -> int:
        parent = record.body.get("ParentRef")
        above = self.find(record.entity, parent["value"]) if parent else None
        return 1 + self.level(above) if above else 0

    def account_of_type(self, account_type: str, subtype: str = "") -> Record | None:
        """The first active account of a type: the one the service takes when none is named."""
        for record in self.records["Account"].values():
            if record.active and record.body["AccountType"] == account_type \
                    and (not subtype or record.body.get("AccountSubType") == subtype):
                return record
        return None

    def account_type(self, id_: str) -> str:
        return str(self.records["Account"][id_].body["AccountType"])

    # -- ledger ------------------------------------------------------------------------------------------------

    def post(self, record: Record, entries: tuple[Entry, ...]) -> None:
        """Replaces what the document had in the ledger."""
        assert sum(entry.cents for entry in entries) == 0, f"{record.entity} {record.id} does not balance"
        self._count(self.ledger.entries.pop(record.id, ()), -1)
        if entries:
            self.ledger.entries[record.id] = entries
            self._count(entries, 1)

    def _count(self, entries: tuple[Entry, ...], sign: int) -> None:
        for entry in entries:
            self.ledger.accounts[entry.account] += sign * entry.cents
            self.ledger.uses[entry.account] += sign
            if entry.party is None:
                continue
            kind = self.account_type(entry.account)
            if kind == "Accounts Payable":
                self.ledger.payable[entry.party[1]] -= sign * entry.cents
            elif kind == "Accounts Receivable":
                self.ledger.receivable[entry.party[1]] += sign * entry.cents

    def trial_balance(self, as_of: date | None = None) -> dict[str, int]:
        """Account id -> cents, debits positive, of every document dated on or before `as_of`; adds up to zero."""
        if as_of is None:
            return {id_: cents for id_, cents in self.ledger.accounts.items() if cents}
        balances: Counter[str] = Counter()
        limit = as_of.isoformat()
        for record, entries in self.posted():
            if record.body["TxnDate"] <= limit:
                for entry in entries:
                    balances[entry.account] += entry.cents
        return {id_: cents for id_, cents in balances.items() if cents}

    def posted(self) -> Iterator[tuple[Record, tuple[Entry, ...]]]:
        entries = self.ledger.entries
        for entity in POSTING:
            for id_, record in self.records[entity].items():
                if id_ in entries:
                    yield record, entries[id_]

    # -- open amounts -------------------------------------------------------------------------------------------

    def applied_cents(self, id_: str, *, but: str | None = None) -> int:
        return sum(cents for payment, cents in self.applied.get(id_, {}).items() if payment != but)
