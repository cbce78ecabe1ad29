"""The query language (qbo.md 3): a small parser, and its evaluation over one company's records."""
from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tieout.sandbox.quickbooks_online import amounts, attachments, postings, unplayed
from tieout.sandbox.quickbooks_online.company import INDEXED, LISTS, OTHERS, TEMPLATES, TRANSACTIONS, Company, Record
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.shapes import FIELDS
from tieout.sandbox.quickbooks_online.shows import show
from tieout.sandbox.quickbooks_online.wire import pacific, read_moment

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
TARGET_TYPE, TARGET_ID = "attachableref.entityref.type", "attachableref.entityref.value"
SINGLE = ("CompanyInfo", "Preferences")
_TOKEN = re.compile(r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_][\w.]*)
  | (?P<sign><=|>=|=|<|>|\(|\)|,|\*)
)""", re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Condition:
    prop: str
    op: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class Query:
    entity: str
    count: bool = False
    props: tuple[str, ...] = ()
    where: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)      # property, descending
    start: int = 1
    page: int = DEFAULT_PAGE


def _syntax(what: str) -> Exception:
    return refuse("4000", f"QueryParserError: {what}")


def _invalid(what: str) -> Exception:
    return refuse("4001", f"QueryValidationError: {what}")


class _Words:
    def __init__(self, statement: str) -> None:
        self.rest: list[tuple[str, str, int]] = []          # kind, word, where it stands
        at = 0
        statement = self.statement = statement.strip().rstrip(";")
        while at < len(statement):
            found = _TOKEN.match(statement, at)
            if found is None or found.end() == at:
                left = statement[at:]
                raise self._met(left.strip()[:12], at + len(left) - len(left.lstrip()))
            kind = str(found.lastgroup)
            self.rest.append((kind, found.group(kind), found.start(kind)))
            at = found.end()
        self.at = 0

    def peek(self) -> str:
        return self.rest[self.at][1].upper() if self.at < len(self.rest) else ""

    def _met(self, word: str, at: int) -> Exception:
        """The words of the vendor's parser, which counts lines and columns from 1."""
        before = self.statement[:at]
        met = f'" "{word}" "{word} ""' if word else '"<EOF>"'
        return _syntax(f"Encountered {met} at line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}.")

    def unexpected(self) -> Exception:
        """The word that comes next is none that can stand there."""
        if self.at >= len(self.rest):
            return self._met("", len(self.statement))
        return self._met(*self.rest[self.at][1:])

    def unexpected_last(self) -> Exception:
        """The word that was taken just now could not stand there."""
        self.at -= 1
        return self.unexpected()

    def take(self, kind: str = "") -> str:
        if self.at >= len(self.rest):
            raise self.unexpected()
        found, word, _ = self.rest[self.at]
        if kind and found != kind:
            raise self.unexpected()
        self.at += 1
        return word

    def expect(self, *words: str) -> None:
        for word in words:
            if self.peek() != word:
                raise self.unexpected()
            self.at += 1

    def accept(self, word: str) -> bool:
        if self.peek() != word:
            return False
        self.at += 1
        return True


def parse(statement: str) -> Query:
    words = _Words(statement)
    words.expect("SELECT")
    count, props = _selection(words)
    words.expect("FROM")
    query = Query(words.take("word"), count, props)
    if words.accept("WHERE"):
        query.where.append(_condition(words))
        while words.accept("AND"):
            query.where.append(_condition(words))
    if words.peek() in ("ORDERBY", "ORDER"):
        if words.take().upper() == "ORDER":
            words.expect("BY")
        query.order = _order(words)
    while words.peek() in ("STARTPOSITION", "MAXRESULTS"):
        what = words.take().upper()
        number = _whole(words)
        if what == "STARTPOSITION":
            query.start = number
        else:
            query.page = number
    if words.peek():
        raise words.unexpected()
    return query


def _selection(words: _Words) -> tuple[bool, tuple[str, ...]]:
    if words.accept("COUNT"):
        words.expect("(", "*", ")")
        return True, ()
    props = []
    while True:
        if words.accept("*"):
            props.append("*")
        else:
            props.append(words.take("word"))
        if not words.accept(","):
            return False, () if "*" in props else tuple(props)


def _condition(words: _Words) -> Condition:
    prop = words.take("word")
    if words.accept("IN"):
        words.expect("(")
        values = [_literal(words)]
        while words.accept(","):
            values.append(_literal(words))
        words.expect(")")
        return Condition(prop, "IN", tuple(values))
    if words.accept("LIKE"):
        return Condition(prop, "LIKE", (_literal(words),))
    op = words.take()
    if op not in ("=", "<", ">", "<=", ">="):
        raise words.unexpected_last()
    return Condition(prop, op, (_literal(words),))


def _literal(words: _Words) -> str:
    if words.at < len(words.rest) and words.rest[words.at][0] == "string":
        return re.sub(r"\\(.)", r"\1", words.take()[1:-1])
    word = words.take()
    if word.lower() in ("true", "false") or re.fullmatch(r"-?\d+(\.\d+)?", word):
        return word
    raise words.unexpected_last()


def _order(words: _Words) -> list[tuple[str, bool]]:
    found = []
    while True:
        prop, descending = words.take("word"), False
        if words.peek() in ("ASC", "DESC"):
            descending = words.take().upper() == "DESC"
        found.append((prop, descending))
        if not words.accept(","):
            return found


def _whole(words: _Words) -> int:
    word = words.take("number")
    if not word.lstrip("-").isdecimal() or len(word) > 18:
        raise words.unexpected_last()
    return int(word)


# -- what can be asked for -------------------------------------------------------------------------------------------

Getter = Callable[[Company, Record], Any]


@dataclass(frozen=True, slots=True)
class Property:
    """How one property is read and compared: text, id, number, boolean, day or moment."""

    kind: str
    get: Getter


def _body(key: str) -> Getter:
    return lambda company, record: record.body.get(key)


def _ref(key: str) -> Getter:
    return lambda company, record: record.body.get(key, {}).get("value")


_EVERY = {"Id": Property("id", lambda company, record: record.id),
          "MetaData.CreateTime": Property("moment", lambda company, record: record.created.replace(microsecond=0)),
          "MetaData.LastUpdatedTime": Property("moment", lambda company, record: record.updated.replace(microsecond=0))}
_LIST = {**_EVERY, "Active": Property("boolean", lambda company, record: record.active)}
_FULL = {"FullyQualifiedName": Property("text", lambda company, record: company.full_name(record))}
_NAMED = {**_LIST, **_FULL, "Name": Property("text", _body("Name")), "ParentRef": Property("id", _ref("ParentRef"))}
_PERSON = {**_LIST, **{key: Property("text", _body(key)) for key in (
    "DisplayName", "CompanyName", "GivenName", "MiddleName", "FamilyName", "PrintOnCheckName")}}
_TRANSACTION = {**_EVERY, "TxnDate": Property("day", _body("TxnDate")),
                "TotalAmt": Property("number", lambda company, record: Decimal(
                    amounts.total_cents(record.entity, record.body)).scaleb(-2))}
_NUMBERED = {**_TRANSACTION, "DocNumber": Property("text", _body("DocNumber"))}
_DUE = {"DueDate": Property("day", _body("DueDate")), "Balance": Property("number", postings.balance)}
_VENDOR = {"VendorRef": Property("id", _ref("VendorRef"))}
_PROJECT = {"ProjectRef": Property("id", _ref("ProjectRef"))}
_CUSTOMER = {"CustomerRef": Property("id", _ref("CustomerRef"))}

QUERYABLE: dict[str, dict[str, Property]] = {
    "Account": {**_NAMED, **{key: Property("text", _body(key)) for key in ("AccountType", "AccountSubType", "AcctNum")},
                "Classification": Property("text", lambda company, record: show(company, record)["Classification"])},
    "Customer": {**_PERSON, **_FULL, "Job": Property("boolean", lambda c, record: bool(record.body.get("Job"))),
                 "ParentRef": Property("id", _ref("ParentRef")),
                 "Balance": Property("number", lambda company, record: Decimal(
                     company.ledger.receivable.get(record.id, 0)).scaleb(-2))},
    "Vendor": _PERSON, "Employee": _PERSON,
    "Item": {**_NAMED, **{key: Property("text", _body(key)) for key in ("Type", "Sku", "Description")}},
    "Class": _NAMED, "Department": _NAMED,
    "Term": {**_LIST, "Name": Property("text", _body("Name"))},
    "PaymentMethod": {**_LIST, "Name": Property("text", _body("Name")), "Type": Property("text", _body("Type"))},
    "CompanyCurrency": {**_LIST, "Code": Property("text", _body("Code")), "Name": Property("text", _body("Name"))},
    "TaxAgency": {**_EVERY, "DisplayName": Property("text", _body("DisplayName"))},
    "TaxRate": {**_LIST, "Name": Property("text", _body("Name"))},
    "TaxCode": {**_LIST, "Id": Property("text", lambda company, record: record.id),
                "Name": Property("text", _body("Name")),
                "Hidden": Property("boolean", lambda company, record: bool(record.body.get("Hidden")))},
    "PurchaseOrder": {**_NUMBERED, "DueDate": Property("day", _body("DueDate"))},
    "Bill": {**_NUMBERED, **_DUE, **_VENDOR},
    "VendorCredit": _NUMBERED,
    "BillPayment": {**_NUMBERED, **_VENDOR},
    "Purchase": {**_NUMBERED, "PaymentType": Property("text", _body("PaymentType"))},
    "JournalEntry": _NUMBERED,
    "Invoice": {**_NUMBERED, **_DUE, **_CUSTOMER},
    "Payment": {**_TRANSACTION, **_CUSTOMER},
    "Deposit": _NUMBERED,
    "Estimate": {**_NUMBERED, **_CUSTOMER, **_PROJECT, "DueDate": _DUE["DueDate"]},
    "ChangeOrder": {**_NUMBERED, **_CUSTOMER, **_PROJECT},
    "CreditMemo": {**_NUMBERED, **_CUSTOMER},
    "SalesReceipt": {**_NUMBERED, **_CUSTOMER},
    "RefundReceipt": {**_NUMBERED, **_CUSTOMER},
    "Transfer": {**_EVERY, "TxnDate": Property("day", _body("TxnDate"))},
    "CreditCardPaymentTxn": {**_EVERY, "TxnDate": Property("day", _body("TxnDate"))},
    "TimeActivity": {**_EVERY, **_CUSTOMER, "TxnDate": Property("day", _body("TxnDate"))},
    "RecurringTransaction": _EVERY,
    "ReimburseCharge": {**_EVERY, **_CUSTOMER, "TxnDate": Property("day", _body("TxnDate"))},
    "Attachable": {**_EVERY, **{key: Property("text", _body(key)) for key in (
        "FileName", "Note", "ContentType", "Category", "Tag")}},
}
_INDEXED = {key.lower(): key for key in INDEXED}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPELLING = {name.lower(): name for name in (*LISTS, *TRANSACTIONS, *OTHERS, *TEMPLATES, *SINGLE)}


def run(company: Company, statement: str, singles: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """The content of `QueryResponse`. `singles` gives CompanyInfo and Preferences."""
    query = parse(statement)
    entity = _SPELLING.get(query.entity.lower())
    if entity is None:
        unplayed.check("queries of", query.entity)
        raise _invalid(f"Invalid context declaration: {query.entity}")
    if query.start < 1:
        raise _invalid(f"value {query.start} is too small. Min allowed value is 1")
    if query.page < 0:
        raise _invalid(f"value {query.page} is too small. Min allowed value is 0")
    for name in query.props:
        _check_known(entity, name)
    if entity in SINGLE:
        return {entity: [singles(entity)], "startPosition": 1, "maxResults": 1}
    matching = _matching(company, entity, query)
    if query.count:
        return {"totalCount": len(matching)}
    page = matching[query.start - 1:query.start - 1 + min(query.page, LARGEST_PAGE)]
    if not page:
        return {}
    rows = [_picked(show(company, record), query.props) if entity in LISTS else show(company, record)
            for record in page]
    return {entity: rows, "startPosition": query.start, "maxResults": len(rows)}


def _picked(shown: dict[str, Any], props: tuple[str, ...]) -> dict[str, Any]:
    """Lists honour a property list, and mark what is left as sparse; transactions come whole."""
    if not props:
        return shown
    wanted = {prop.split(".")[0].lower() for prop in props}
    return {key: value for key, value in shown.items() if key.lower() in wanted | {"id", "domain"}} | {"sparse": True}


def _matching(company: Company, entity: str, query: Query) -> list[Record]:
    props = {name.lower(): prop for name, prop in QUERYABLE[entity].items()}
    hanging = [condition for condition in query.where if entity == "Attachable" and
               condition.prop.lower() in (TARGET_TYPE, TARGET_ID)]
    tests = [_test(entity, condition, props) for condition in query.where if condition not in hanging]
    found: Iterable[Record] = _hanging_on(company, hanging) if hanging else _candidates(company, entity, query.where)
    if entity in LISTS and not any(condition.prop.lower() == "active" for condition in query.where):
        found = (record for record in found if record.active)
    matching = [record for record in found if all(test(company, record) for test in tests)]
    matching.sort(key=_by_id)
    for name, descending in reversed(query.order):
        prop = _property(entity, name, props)
        matching.sort(key=lambda record: _sort_key(prop, prop.get(company, record)), reverse=descending)
    return matching


def _by_id(record: Record) -> tuple[int, str]:
    """The codes TAX and NON are the only ids that are no numbers."""
    return (int(record.id), "") if record.id.isdecimal() else (0, record.id)


def _candidates(company: Company, entity: str, where: list[Condition]) -> Iterable[Record]:
    """By id, party, number or day there is no need to look at every record."""
    records = company.records[entity]
    for condition in where:
        if condition.op not in ("=", "IN"):
            continue
        values = list(dict.fromkeys(map(str, condition.values)))
        if condition.prop.lower() == "id":
            return [records[id_] for id_ in values if id_ in records]
        key = _INDEXED.get(condition.prop.lower())
        plain = key != "TxnDate" or all(_DAY.fullmatch(value) for value in values)      # no time behind the day
        if key and plain and entity in TRANSACTIONS:
            wanted = dict.fromkeys(_as_indexed(key, value) for value in values)
            return [record for value in wanted for record in company.found_by(entity, key, value)]
    return records.values()


def _as_indexed(key: str, value: str) -> str:
    return str(int(value)) if key.endswith("Ref") and value.isdecimal() and len(value) < 19 else value.casefold()


def _hanging_on(company: Company, conditions: list[Condition]) -> list[Record]:
    """The attachables of which one target has all that is asked; the type's case does not matter."""
    wanted: dict[str, set[str]] = {}
    for condition in conditions:
        if condition.op not in ("=", "IN"):
            raise _invalid(f"operator {condition.op} can't be used on property {condition.prop}")
        key, values = condition.prop.lower(), {str(value).lower() for value in condition.values}
        wanted[key] = wanted.get(key, values) & values
    found: dict[str, None] = {}
    kinds, ids = wanted.get(TARGET_TYPE), wanted.get(TARGET_ID)
    keys = company.attached.keys() if kinds is None or ids is None else [
        (kind, id_) for kind in attachments.CARRIERS if kind.lower() in kinds for id_ in ids]
    for kind, id_ in keys:
        held = company.attached.get((kind, id_), {})
        if kind.lower() in wanted.get(TARGET_TYPE, {kind.lower()}) and id_ in wanted.get(TARGET_ID, {id_}):
            found.update(held)
    return [company.records["Attachable"][id_] for id_ in found]


def _property(entity: str, name: str, props: dict[str, Property]) -> Property:
    prop = props.get(name.lower())
    if prop is None:
        _check_known(entity, name)
        raise _invalid(f"property '{name}' is not queryable")
    return prop


def _check_known(entity: str, name: str) -> None:
    known = {key.lower() for key in FIELDS.get(entity, ())} | {key.lower() for key in QUERYABLE.get(entity, ())}
    head = name.partition(".")[0].lower()
    if entity not in SINGLE and head not in known and head not in ("id", "synctoken", "metadata", "active"):
        raise _invalid(f"Property {name} not found for Entity {entity}")


def _sort_key(prop: Property, value: Any) -> tuple[bool, Any]:
    if value is None:
        return (False, 0)
    return (True, int(value) if prop.kind == "id" else str(value).casefold() if prop.kind == "text" else value)


def _test(entity: str, condition: Condition, props: dict[str, Property]) -> Callable[[Company, Record], bool]:
    prop = _property(entity, condition.prop, props)
    if condition.op == "LIKE":
        if prop.kind not in ("text", "id"):
            raise _invalid(f"LIKE can't be used on property {condition.prop}")
        pattern = "".join(".*" if piece == "%" else re.escape(piece)
                          for piece in re.split("(%)", str(condition.values[0])))
        shape = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return lambda company, record: shape.fullmatch(str(prop.get(company, record) or "")) is not None
    wanted = [_typed(prop, condition.prop, value) for value in condition.values]
    if condition.op in ("=", "IN"):
        return lambda company, record: _typed_value(prop, prop.get(company, record)) in wanted
    compare = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}[condition.op]
    limit = wanted[0]

    def passes(company: Company, record: Record) -> bool:
        value = _typed_value(prop, prop.get(company, record))
        return value is not None and bool(compare(value, limit))
    return passes


def _typed_value(prop: Property, value: Any) -> Any:
    if value is None:
        return None
    if prop.kind == "id":
        return int(value)
    return value.casefold() if prop.kind == "text" else value


def _typed(prop: Property, name: str, value: str) -> Any:
    try:
        match prop.kind:
            case "id":
                return int(value)
            case "number":
                return Decimal(value)
            case "boolean":
                return {"true": True, "false": False}[value.lower()]
            case "day":
                return date.fromisoformat(value[:10]).isoformat()
            case "moment":
                return _moment(value)
    except (ValueError, KeyError, InvalidOperation):
        raise _invalid(f"value '{value}' is not valid for property {name}") from None
    return value.casefold()


def _moment(value: str) -> datetime:
    found = read_moment(value)
    return pacific(found)
