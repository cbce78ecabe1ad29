"""Drafts as QuickBooks payloads: the exact JSON text, kept before it is sent and sent as it was kept.

An order's payload is an envelope around that text, so that sending and looking need nothing else. Changes are sparse:
what is not sent stays as it is, so that a note, or a class where the rules want none, is not lost. `Line` is always
sent whole, for QuickBooks deletes the lines that a sparse update leaves out.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tieout.adapters.http import decode
from tieout.adapters.quickbooks_online.wire import ENTITIES, LISTS, encode, number
from tieout.core.drafts import BillDraft, Draft, ItemDraft, JobDraft, LineDraft, OrderDraft, Ref, VendorDraft
from tieout.core.money import ZERO
from tieout.core.names import fitted
from tieout.ports import Action, Order, Reading

NUMBER_LIMIT, NAME_LIMIT, NOTE_LIMIT = 21, 100, 4000
ITEM_DETAIL, ACCOUNT_DETAIL = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"
# Two vendors, and two projects, use the same number: whether it is the same paper is asked before an order is made.
SAME_NUMBER = "allowduplicatedocnum"
NUMBERED = frozenset({"Bill", "VendorCredit", "PurchaseOrder"})
READ_ONLY_ON_LINES = ("LineNum", "Received", "CustomField")

Body = dict[str, Any]


class Envelope(msgspec.Struct, frozen=True):
    """`operation` is create, update or delete; `include` the call's options; `body` what is posted, verbatim."""

    entity: str
    operation: str
    body: msgspec.Raw
    include: str = ""

    def fields(self) -> Body:
        found = decode(bytes(self.body))
        assert isinstance(found, dict)
        return found


_envelope = msgspec.json.Decoder(Envelope)


def envelope_of(order: Order) -> Envelope:
    return _envelope.decode(order.payload)


def order(*, action: Action, kind: str, key: str, tag: str, draft: Draft | None = None,
          held: Reading | None = None) -> Order:
    """The one write. Raises ValueError for what is not one write: a bill cannot become a credit by an update."""
    if (held is None) != (action == "create"):
        raise ValueError(f"a {action} of a {kind} is {'given' if held else 'not given'} the record that is held")
    if held is not None and held.kind != kind:
        raise ValueError(f"a {held.kind} cannot be changed into a {kind}: delete the one and create the other")
    entity = ENTITIES[kind]
    if action == "delete":
        assert held is not None
        operation, body = _removal(entity, held)
    else:
        if draft is None:
            raise ValueError(f"a {action} of a {kind} needs a draft")
        operation, body = action, body_of(kind, draft, tag, _raw(held))
        if held is not None:
            body = {"Id": held.key, "SyncToken": held.version, "sparse": True, **body}
    include = SAME_NUMBER if entity in NUMBERED and operation != "delete" else ""
    payload = encode(Envelope(entity, operation, msgspec.Raw(encode(body).encode()), include))
    return Order(key=key, tag=tag, action=action, kind=kind, payload=payload, target=held.key if held else "",
                 version=held.version if held else "")


def _raw(held: Reading | None) -> Body | None:
    if held is None:
        return None
    found = decode(held.raw)
    assert isinstance(found, dict)
    return found


def _removal(entity: str, held: Reading) -> tuple[str, Body]:
    """Transactions are deleted; names, items and accounts can only be made inactive."""
    target: Body = {"Id": held.key, "SyncToken": held.version}
    if entity not in LISTS:
        return "delete", target
    needed = {"Type": (_raw(held) or {}).get("Type", "Service")} if entity == "Item" else {}
    return "update", {**target, "sparse": True, **needed, "Active": False}


def body_of(kind: str, draft: Draft, tag: str, held: Body | None) -> Body:
    match kind, draft:
        case "vendor", VendorDraft():
            return _vendor(draft)
        case "customer", JobDraft():
            return _job(draft, held)
        case "item", ItemDraft():
            return _item(draft, held)
        case "purchase_order", OrderDraft():
            return _purchase_order(draft, tag, held)
        case "bill" | "vendor_credit", BillDraft():
            if draft.credit != (kind == "vendor_credit"):
                raise ValueError(f"a document of {draft.total} is not a {kind}: bills and credits do not turn into "
                                 "each other, delete the one and create the other")
            return _credit(draft, tag, held) if draft.credit else _bill(draft, tag, held)
    raise ValueError(f"a {type(draft).__name__} does not make a {kind}")


# --- names and items -------------------------------------------------------------------------------------------------


def _vendor(draft: VendorDraft) -> Body:
    site = draft.website if "://" in draft.website or not draft.website else f"https://{draft.website}"
    address = {"Line1": draft.street, "City": draft.city, "CountrySubDivisionCode": draft.state,
               "PostalCode": draft.postal_code, "Country": draft.country}
    return _filled({
        "DisplayName": draft.name, "CompanyName": draft.name if len(draft.name) <= NAME_LIMIT else "",
        "PrimaryEmailAddr": _filled({"Address": draft.email}), "PrimaryPhone": _filled({"FreeFormNumber": draft.phone}),
        "Fax": _filled({"FreeFormNumber": draft.fax}), "WebAddr": _filled({"URI": site}), "BillAddr": _filled(address)})


def _job(draft: JobDraft, held: Body | None) -> Body:
    if held is not None:
        return {"DisplayName": draft.name}
    return {"DisplayName": draft.name, "Job": True, "BillWithParent": False, "ParentRef": _ref(draft.customer)}


def _item(draft: ItemDraft, held: Body | None) -> Body:
    body = _filled({"Name": draft.name, "Type": (held or {}).get("Type", "Service"),
                    "Description": draft.description[:NOTE_LIMIT], "PurchaseDesc": draft.description[:1000]})
    body["ExpenseAccountRef"] = _ref(draft.expense)
    if draft.income is not None:
        body["IncomeAccountRef"] = _ref(draft.income)
    return body


# --- documents -------------------------------------------------------------------------------------------------------


def _purchase_order(draft: OrderDraft, tag: str, held: Body | None) -> Body:
    body: Body = {"VendorRef": _ref(draft.vendor), **_numbered(draft.number), "TxnDate": draft.dated.isoformat()}
    if held is None:
        lines = [_line(line, billable=False) for line in draft.lines]
        body["PrivateNote"] = _note(draft.title, draft.number, tag)
    else:
        lines = _order_lines(draft.lines, held)
        added = any("Id" not in line for line in lines)
        if added and held.get("POStatus") == "Closed":
            body["POStatus"] = "Open"
    if draft.closed:
        body["POStatus"] = "Closed"
    return {**body, "Line": lines}


def _order_lines(drafts: Sequence[LineDraft], held: Body) -> list[Body]:
    """Held lines keep their ids and their order, changed only where a draft names them; the others are added.

    A draft names a held line by its id, or by saying the same; what is left over on either side is paired by coding
    and job in order, so that a changed amount changes its line instead of adding one.
    """
    kept = [_kept(line) for line in held.get("Line") or []]
    meant: dict[int, LineDraft] = {}
    for same in (_by_id, _says_the_same, _codes_the_same):
        for draft in drafts:
            if any(draft is other for other in meant.values()):
                continue
            place = next((n for n, line in enumerate(kept) if n not in meant and same(draft, line)), None)
            if place is not None:
                meant[place] = draft
    lines = [_overlaid(line, _line(meant[n], billable=False))
             if n in meant and not _says_the_same(meant[n], line) else line for n, line in enumerate(kept)]
    used = {id(draft) for draft in meant.values()}
    return [*lines, *(_line(draft, billable=False) for draft in drafts if id(draft) not in used)]


def _bill(draft: BillDraft, tag: str, held: Body | None) -> Body:
    body = _header(draft, tag, held)
    if draft.due is not None:
        body["DueDate"] = draft.due.isoformat()
    orders = dict.fromkeys(line.order.id for line in draft.lines if line.order is not None)
    if orders:
        body["LinkedTxn"] = [{"TxnId": order_id, "TxnType": "PurchaseOrder"} for order_id in orders]
    return {**body, "Line": _document_lines([_line(line) for line in draft.lines], held)}


def _credit(draft: BillDraft, tag: str, held: Body | None) -> Body:
    """Every sign is turned, for QuickBooks wants a credit's amounts positive. A credit links to no order."""
    lines = [_line(line, sign=-1) for line in draft.lines]
    return {**_header(draft, tag, held), "Line": _document_lines(lines, held)}


def _header(draft: BillDraft, tag: str, held: Body | None) -> Body:
    body: Body = {"VendorRef": _ref(draft.vendor), "APAccountRef": _ref(draft.payable), **_numbered(draft.number),
                  "TxnDate": draft.dated.isoformat()}
    if held is None:
        body["PrivateNote"] = _note(draft.memo, draft.number, tag)
    return body


def _document_lines(lines: Sequence[Body], held: Body | None) -> list[Body]:
    """On a change, a line that codes and links as a held one does keeps its id, and what else stands on it."""
    if held is None:
        return list(lines)
    left = [_kept(line) for line in held.get("Line") or []]
    found = []
    for line in lines:
        place = next((n for n, other in enumerate(left) if _place_of(other) == _place_of(line)), None)
        found.append(line if place is None else _overlaid(left.pop(place), line))
    return found


def _line(line: LineDraft, *, sign: int = 1, billable: bool = True) -> Body:
    """`billable`: whether the document's lines carry a BillableStatus to be turned off; orders' do not."""
    item = line.coding.kind == "item"
    detail: Body = {"ItemRef" if item else "AccountRef": _ref(line.coding)}
    if item and line.quantity is not None and line.rate is not None:
        detail |= {"Qty": number(line.quantity if sign > 0 else ZERO - line.quantity), "UnitPrice": number(line.rate)}
    if line.job.id:
        detail["CustomerRef"] = _ref(line.job)
    if line.class_ is not None:
        detail["ClassRef"] = _ref(line.class_)
    if billable:
        detail["BillableStatus"] = "NotBillable"
    name = ITEM_DETAIL if item else ACCOUNT_DETAIL
    body: Body = {"Amount": line.amount if sign > 0 else ZERO - line.amount, "DetailType": name, name: detail}
    if line.description:
        body["Description"] = line.description[:NOTE_LIMIT]
    if line.order is not None and sign > 0:
        if not line.order_line:
            raise ValueError(f"a line that draws on order {line.order.name} does not say which line of it")
        body["LinkedTxn"] = [{"TxnId": line.order.id, "TxnType": "PurchaseOrder", "TxnLineId": line.order_line}]
    return body


def _kept(line: Mapping[str, Any]) -> Body:
    """A held line as it may be sent back: without what is read-only. `HasBeenBilled` is a value nobody may write."""
    found = {key: value for key, value in line.items() if key not in READ_ONLY_ON_LINES}
    for name in (ITEM_DETAIL, ACCOUNT_DETAIL):
        if name in found and found[name].get("BillableStatus") == "HasBeenBilled":
            found[name] = {key: value for key, value in found[name].items() if key != "BillableStatus"}
    return found


def _overlaid(held: Body, wanted: Body) -> Body:
    """The held line with what is wanted on top, the details key by key."""
    detail = wanted["DetailType"]
    merged = {**held, **wanted, detail: {**held.get(detail, {}), **wanted[detail]}}
    if "Qty" in merged[detail] and "Qty" not in wanted[detail]:
        merged[detail] = {key: value for key, value in merged[detail].items() if key not in ("Qty", "UnitPrice")}
    return merged


def _place_of(line: Mapping[str, Any]) -> tuple[object, ...]:
    """Coding, job and order line: what a line is about, whatever it comes to."""
    kind = line.get("DetailType")
    detail = line.get(str(kind)) or {}
    links = tuple((link.get("TxnId"), link.get("TxnLineId")) for link in line.get("LinkedTxn") or []
                  if link.get("TxnType") == "PurchaseOrder")
    return (kind, *((detail.get(name) or {}).get("value") for name in ("ItemRef", "AccountRef", "CustomerRef")), links)


def _by_id(draft: LineDraft, line: Body) -> bool:
    return bool(draft.order_line) and line.get("Id") == draft.order_line


def _says_the_same(draft: LineDraft, line: Body) -> bool:
    wanted = decode(encode(_line(draft, billable=False)))
    return _codes_the_same(draft, line) and holds(line, wanted)


def _codes_the_same(draft: LineDraft, line: Body) -> bool:
    """In kind, coding and job; a draft that names another line by its id is not meant."""
    named_otherwise = bool(draft.order_line) and line.get("Id") != draft.order_line
    return not named_otherwise and _place_of(line)[:-1] == _place_of(_line(draft, billable=False))[:-1]


def _numbered(text: str) -> Body:
    return {"DocNumber": fitted(text, NUMBER_LIMIT)} if text else {}


def _note(memo: str, text: str, tag: str) -> str:
    """The memo, the whole number where it had to be shortened, and the tag by which the document is found again."""
    whole = text if len(text) > NUMBER_LIMIT else ""
    ending = "\n".join(part for part in (whole, tag_text(tag)) if part)
    return f"{memo[:NOTE_LIMIT - len(ending) - 1]}\n{ending}" if memo else ending


def tag_text(tag: str) -> str:
    return tag if tag.startswith("tieout:") else f"tieout:{tag}"


def _ref(ref: Ref) -> Body:
    if not ref.id:
        raise ValueError(f"the {ref.kind} {ref.name!r} does not exist in QuickBooks yet")
    return {"value": ref.id}


def _filled(fields: Mapping[str, Any]) -> Body:
    return {key: value for key, value in fields.items() if value not in ("", {}, None)}


# --- looking: does a record hold what was ordered? -------------------------------------------------------------------

# What the service computes, rewrites or may drop without a word: its absence does not mean that the write was not done.
NOT_COMPARED = frozenset({"Id", "SyncToken", "sparse", "LinkedTxn", "BillableStatus", "name", "POStatus", "MetaData",
                          "BillAddr", "LineNum", "ClassRef"})


def holds(record: Any, wanted: Any) -> bool:
    """Whether the record says everything that was wanted. Lists agree place by place, numbers by value."""
    if isinstance(wanted, Mapping):
        return isinstance(record, Mapping) and all(
            holds(record.get(key), value) for key, value in wanted.items() if key not in NOT_COMPARED)
    if isinstance(wanted, list):
        return isinstance(record, list) and len(record) == len(wanted) and all(map(holds, record, wanted))
    if isinstance(wanted, bool) or isinstance(record, bool):
        return bool(record) is bool(wanted)
    if isinstance(wanted, int | Decimal):
        return isinstance(record, int | Decimal | str) and _exact(record) == Decimal(wanted)
    return bool((record or "") == (wanted or ""))


def _exact(value: int | Decimal | str) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None


def tagged(records: Iterable[msgspec.Raw], tag: str) -> list[msgspec.Raw]:
    """The records whose note carries this tag as a word of its own."""
    wanted = tag_text(tag)
    return [raw for raw in records if wanted in _note_of.decode(raw).PrivateNote.translate(_BREAKS).split()]


class _Note(msgspec.Struct):
    PrivateNote: str = ""


_note_of = msgspec.json.Decoder(_Note)
_BREAKS = str.maketrans(",;.()[]|", "        ")
