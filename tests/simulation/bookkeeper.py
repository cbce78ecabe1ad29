"""A second opinion: what must stand in both systems once nothing is left to do, worked out from the town's deeds.

Shares no code with the product or the stand-ins. Reads both systems by their REST answers only, and says in words
what is missing, twice, or otherwise than it should be. Amounts are cents.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.simulation.deeds import Application, Commitment, Deeds

Rows = list[dict[str, Any]]
Line = tuple[str, str, int]                                  # code or account number, job, cents
OPEN = ("needs_you", "waiting", "missing", "changed")


def cents(amount: Any) -> int:
    return int(Decimal(str(amount or 0)) * 100)


@dataclass(slots=True)
class Books:
    """QuickBooks and Procore as they answer now."""

    bills: dict[tuple[str, str], dict[str, Any]]
    orders: Rows
    payments: Rows
    vendors: dict[str, str]                                  # name -> id
    jobs: dict[str, str]                                     # project number -> id
    items: dict[str, str]                                    # id -> name
    accounts: dict[str, str]                                 # id -> number
    issued: Rows                                             # Procore's payments
    names: list[tuple[str, str]]                             # (entity, name) of every active name and item


@dataclass
class Bookkeeper:
    """query      QuickBooks: entity -> its rows
    listed     Procore: (project, contract) -> its payments issued
    standings  (flow, slot) -> (status, has an open problem): how the product says a document stands
    """

    deeds: Deeds
    query: Callable[[str], Rows]
    listed: Callable[[str, str], Rows]
    standings: Callable[[], dict[tuple[str, str], tuple[str, int]]]
    books_names: dict[str, str]
    late_project: str
    other_code: str
    by_line: bool = False
    by_account: dict[str, str] = field(default_factory=dict)     # cost type -> account number, when coded by account
    moves_late_ones: bool = False                                # closed_period = first_open_day
    seen_there: dict[str, str] = field(default_factory=dict)     # application -> id, once it was found right
    put_right: set[str] = field(default_factory=set)             # requisitions found right after they had been changed
    reported: set[tuple[str, str]] = field(default_factory=set)  # (payment, bill) once found in Procore

    def faults(self) -> list[str]:
        books = self._books()
        stands = self.standings()
        found = [*self._names(books), *self._typed(books)]
        documents: dict[str, Application] = {}
        for commitment in self.deeds.commitments.values():
            found += self._order(books, commitment)
            found += self._chain(books, commitment, stands, documents)
        found += self._strangers(books, documents)
        found += self._payments(books, documents)
        return found

    def _books(self) -> Books:
        customers = self.query("Customer")
        vendors, items = self.query("Vendor"), self.query("Item")
        jobs = {c["DisplayName"].split(" ")[0]: c["Id"] for c in customers if c.get("Job")}
        bills = {(entity, row["Id"]): row for entity in ("Bill", "VendorCredit") for row in self.query(entity)}
        issued = [{**row, "commitment": c.number} for c in self.deeds.commitments.values()
                  for row in self.listed(c.project, c.contract)]
        names = [(kind, row.get("DisplayName") or row.get("Name", "")) for kind, rows in (
            ("Vendor", vendors), ("Customer", customers), ("Item", items)) for row in rows if row.get("Active", True)]
        return Books(
            bills=bills, orders=self.query("PurchaseOrder"), payments=self.query("BillPayment"), jobs=jobs,
            vendors={v["DisplayName"]: v["Id"] for v in vendors}, items={i["Id"]: i["Name"] for i in items},
            accounts={a["Id"]: a.get("AcctNum", "") for a in self.query("Account")}, issued=issued, names=names)

    def _names(self, books: Books) -> Iterator[str]:
        for (kind, name), times in Counter(books.names).items():
            if times > 1:
                yield f"{kind} “{name}” is there {times} times"

    # --- what people typed ---

    def _typed(self, books: Books) -> Iterator[str]:
        for (entity, number), left in self.deeds.typed.items():
            now = books.bills.get((entity, number))
            if now is None or _content(now) != _content(left):
                yield f"typed {entity} {number} ({left.get('DocNumber')}) was changed: {_content(left)} -> " \
                      f"{_content(now) if now else 'gone'}"
        for number, words in self.deeds.notes.items():
            now = books.bills.get(("Bill", number))
            if now is not None and now.get("PrivateNote", "") != words:
                yield f"the note on bill {number} was changed: {words!r} -> {now.get('PrivateNote')!r}"

    # --- orders ---

    def _stuck(self, commitment: Commitment) -> bool:
        """Nothing of it can be entered: its project has no customer."""
        return commitment.project == self.late_project and not self.deeds.customer_made

    def _uncoded(self, commitment: Commitment) -> bool:
        return not self.deeds.other_mapped and any(code == self.other_code for code, _ in commitment.lines.values())

    def _order(self, books: Books, commitment: Commitment) -> Iterator[str]:
        orders = [row for row in books.orders if row.get("DocNumber") == commitment.number]
        if self._stuck(commitment) or self._uncoded(commitment):
            if orders and self._stuck(commitment):
                yield f"order {commitment.number} is there, though its project has no customer"
            return
        if len(orders) != 1:
            yield f"order {commitment.number} is there {len(orders)} times"
            return
        wanted = Counter((self._coded(code), books.jobs.get(commitment.project, "?"), amount)
                         for code, amount in commitment.lines.values())
        there = Counter(_lines(books, orders[0], 1))
        if wanted != there:
            yield f"order {commitment.number} has {dict(there)} instead of {dict(wanted)}"
        if orders[0]["VendorRef"]["value"] != books.vendors.get(self.books_names[commitment.vendor]):
            yield f"order {commitment.number} is another vendor's"

    def _coded(self, code: str) -> str:
        return self.by_account[code.rpartition(".")[2]] if self.by_account else code

    # --- applications ---

    def _chain(self, books: Books, commitment: Commitment, stands: dict[tuple[str, str], tuple[str, int]],
               documents: dict[str, Application]) -> Iterator[str]:
        stopped = False
        for application in commitment.applications:
            named = f"{commitment.number}/{application.number} ({application.invoice})"
            found = self._found(books, commitment, application)
            for key in found:
                documents["/".join(key)] = application
            if len(found) > 1:
                yield f"{named} was entered {len(found)} times: {found}"
                continue
            document = books.bills[found[0]] if found else None
            before = self.seen_there.get(named)
            if before and document is not None and "/".join(found[0]) != before \
                    and not application.before and application.left is None:
                yield f"{named} was {before} and is {found[0]} now"
            stood = stands.get(("subcontractor_invoice_to_bill", application.requisition))
            verdict, stopped = self._verdict(books, commitment, application, document, stopped, named)
            if verdict:
                yield f"{named}: {verdict}"
            elif application.answers.get("restored") and not self._too_late(application):
                self.put_right.add(application.requisition)
            elif document is not None and application.left is None and application.approved:
                self.seen_there[named] = "/".join(found[0])
            if application.approved and document is None and self._moves(application) and \
                    (stood is None or stood[0] not in OPEN):
                yield f"{named} over {application.total} is nowhere: {stood}"

    def _found(self, books: Books, commitment: Commitment, application: Application) -> list[tuple[str, str]]:
        """Ours by vendor and number; the bill that the controller said it is."""
        if application.answers.get("bill_may_exist", "").startswith("this_is_it"):
            return [("Bill", application.typed)] if ("Bill", application.typed) in books.bills else []
        vendor = books.vendors.get(self.books_names[commitment.vendor])
        return [key for key, row in books.bills.items() if row.get("DocNumber") == application.invoice
                and row["VendorRef"]["value"] == vendor and key not in self.deeds.typed]

    @staticmethod
    def _moves(application: Application) -> bool:
        return any(row.cost or row.held or row.released for row in application.rows)

    def _verdict(self, books: Books, commitment: Commitment, application: Application, document: dict[str, Any] | None,
                 stopped: bool, named: str) -> tuple[str, bool]:
        """(what is wrong, or nothing; whether the applications after it have to wait)."""
        there = document is not None
        if application.answers.get("bill_may_exist", "").startswith("this_is_it"):
            return ("" if there else "the bill it was said to be is gone"), stopped
        if application.left is not None and (not application.answers.get("restored") or self._too_late(application)):
            fault = self._as_left(application, document)
            if fault and application.answers.get("restored") and document is not None \
                    and not self._differs(books, commitment, application, document):
                fault = ""                                   # put right before the close: closed books refuse it
            return fault, stopped
        if not application.approved:
            if there and not application.ever_approved:
                return "entered, though it was never approved", stopped
            return "", stopped
        if self._stuck(commitment):
            return ("entered, though its project has no customer" if there else ""), stopped
        if self._uncoded(commitment):
            return (self._differs(books, commitment, application, document) if document else ""), stopped
        if not self._moves(application):
            return ("entered, though nothing moves on it" if there else ""), stopped
        if document is not None:
            late = self._late(application, document)
            if late:
                return late, stopped
            wrong = self._differs(books, commitment, application, document)
            if wrong and self._frozen(application, document):
                versions = (replace(application, rows=rows) for rows in application.before)
                wrong = wrong if all(self._differs(books, commitment, one, document) for one in versions) else ""
            return wrong, stopped
        if stopped:
            return "", True
        if application.typed and "bill_may_exist" not in application.answers:
            return "", True
        closed = self.deeds.closed_through
        if closed and application.dated <= closed and named not in self.seen_there and not self.moves_late_ones \
                and "closed_period" not in application.answers:
            return "", True
        if self._releases_too_much(commitment, application):
            return "", True
        return "is missing", stopped

    def _too_late(self, application: Application) -> bool:
        """The controller said to put it right, and its period was closed before that could be done."""
        dated = application.dated.isoformat()
        if isinstance(application.left, dict):
            dated = min(dated, application.left["TxnDate"])
        closed = self.deeds.closed_through
        in_closed = closed is not None and dated <= closed.isoformat()
        return in_closed and application.requisition not in self.put_right

    def _releases_too_much(self, commitment: Commitment, application: Application) -> bool:
        """More than the vendor is still owed on the project, as far as applications before this one say."""
        released = sum(row.released for row in application.rows)
        if released <= 0:
            return False
        if (commitment.vendor, commitment.project) in self.deeds.unsure:
            return True
        kept = sum(row.held for row in application.rows)
        for other in self.deeds.commitments.values():
            if (other.vendor, other.project) == (commitment.vendor, commitment.project):
                earlier = [one for one in other.applications if one.approved and one is not application
                           and not (other is commitment and one.number > application.number)]
                kept += sum(row.held - row.released for one in earlier for row in one.rows)
        return released > kept

    def _as_left(self, application: Application, document: dict[str, Any] | None) -> str:
        if application.left == "deleted":
            return "entered again, though it was deleted" if document else ""
        assert isinstance(application.left, dict)
        if document is None:
            return "gone, though somebody in QuickBooks had changed it"
        same = _content(document) == _content(application.left)
        return "" if same else f"what somebody changed was overwritten: {_content(application.left)} -> " \
                               f"{_content(document)}"

    def _late(self, application: Application, document: dict[str, Any]) -> str:
        """Entered after the books were closed, it must bear an open date."""
        made = datetime.fromisoformat(document["MetaData"]["CreateTime"])
        dated = date.fromisoformat(document["TxnDate"])
        closed = max((through for moment, through in self.deeds.closings if moment <= made), default=None)
        if closed is None or dated > closed:
            return ""
        return f"entered on {dated} while the books were closed through {closed}"

    def _frozen(self, application: Application, document: dict[str, Any]) -> bool:
        """Revised after its period was closed, or to less than was paid: it stays as it was entered before."""
        closed = self.deeds.closed_through
        paid = cents(document["TotalAmt"]) - cents(document["Balance"])
        in_closed = closed is not None and document["TxnDate"] <= closed.isoformat()
        return bool(application.before) and (in_closed or paid > max(application.total, 0))

    def _wanted(self, books: Books, commitment: Commitment, application: Application) -> tuple[str, list[Line]]:
        job = books.jobs.get(commitment.project, "?")
        lines = [(self._coded(row.code), job, row.cost) for row in application.rows if row.cost]
        parts = [[-row.held for row in application.rows], [row.released for row in application.rows]]
        for kept in parts:
            lines += [("2050", job, amount) for amount in (kept if self.by_line else [sum(kept)]) if amount]
        sign = -1 if application.total < 0 else 1
        return ("VendorCredit" if sign < 0 else "Bill"), [(code, where, amount * sign) for code, where, amount in lines]

    def _differs(self, books: Books, commitment: Commitment, application: Application,
                 document: dict[str, Any]) -> str:
        entity, lines = self._wanted(books, commitment, application)
        sign = -1 if entity == "VendorCredit" else 1
        there = _lines(books, document, 1)
        if (entity, document["Id"]) not in books.bills:
            return f"is not a {entity}"
        if cents(document["TotalAmt"]) != application.total * sign:
            return f"comes to {document['TotalAmt']} instead of {application.total * sign} cents"
        if Counter(lines) != Counter(there):
            return f"has the lines {sorted(there)} instead of {sorted(lines)}"
        days = {application.dated.isoformat()}
        if self.moves_late_ones or "closed_period" in application.answers:
            days |= {(through + timedelta(days=1)).isoformat() for _, through in self.deeds.closings
                     if application.dated <= through}
        return "" if document["TxnDate"] in days else f"is dated {document['TxnDate']} instead of {sorted(days)}"

    def _strangers(self, books: Books, documents: dict[str, Application]) -> Iterator[str]:
        for (entity, number), row in books.bills.items():
            if (entity, number) not in self.deeds.typed and f"{entity}/{number}" not in documents:
                yield f"nobody knows {entity} {number} ({row.get('DocNumber')}) over {row['TotalAmt']}"
        known = {commitment.number for commitment in self.deeds.commitments.values()}
        yield from (f"nobody knows order {row.get('DocNumber')}" for row in books.orders
                    if row.get("DocNumber") not in known)

    # --- payments ---

    def _payments(self, books: Books, documents: dict[str, Application]) -> Iterator[str]:
        wanted: dict[tuple[str, str], tuple[Application, str, int, str]] = {}
        for payment in books.payments:
            for bill, amount in _slices(payment).items():
                application = documents.get(f"Bill/{bill}")
                if application is not None and amount:
                    wanted[payment["Id"], bill] = (application, payment["DocNumber"], amount, payment["TxnDate"])
        left = list(books.issued)
        for (payment_id, bill), (application, check, amount, day) in wanted.items():
            same = [row for row in left if row["commitment"] == application.commitment
                    and str(row.get("requisition_id") or "") == application.requisition
                    and row.get("check_number") == check and cents(row["amount"]) == amount and row["date"] == day]
            if len(same) != 1:
                yield f"check {check}, {amount} cents on {application.commitment}/{application.number} is in Procore " \
                      f"{len(same)} times"
                continue
            left.remove(same[0])
            self.reported.add((payment_id, bill))
        for row in left:
            if cents(row["amount"]):
                yield f"nobody knows payment {row['id']} in Procore: check {row.get('check_number')}, {row['amount']}"
        voided = sum(1 for payment, _ in self.reported if payment in self.deeds.voided)
        if len(left) < voided:
            yield f"{voided} payments in Procore were voided; only {len(left)} are left there at 0.00"


def _slices(payment: dict[str, Any]) -> dict[str, int]:
    """Bill -> cash. A credit is used with one bill only in this town."""
    paid: dict[str, int] = {}
    used = 0
    for line in payment.get("Line", []):
        for link in line.get("LinkedTxn", []):
            if link["TxnType"] == "Bill":
                paid[link["TxnId"]] = paid.get(link["TxnId"], 0) + cents(line["Amount"])
            else:
                used += cents(line["Amount"])
    if used and len(paid) == 1:
        paid = {bill: amount - used for bill, amount in paid.items()}
    return paid if cents(payment["TotalAmt"]) else {}


def _lines(books: Books, document: dict[str, Any], sign: int) -> list[Line]:
    found = []
    for line in document.get("Line", []):
        detail = line.get(line.get("DetailType", ""))
        if detail is None:
            continue
        item, account = detail.get("ItemRef"), detail.get("AccountRef") or {}
        code = books.items.get(item["value"], "?") if item else books.accounts.get(account.get("value", ""), "?")
        found.append((code, (detail.get("CustomerRef") or {}).get("value", ""), cents(line["Amount"]) * sign))
    return found


def _content(document: dict[str, Any]) -> list[object]:
    """What a person put on a document: all but what QuickBooks keeps by itself."""
    lines = [(str(line.get("Amount")), line.get("Description", ""), str(line.get(line.get("DetailType", ""), "")))
             for line in document.get("Line", []) if line.get("DetailType") != "SubTotalLineDetail"]
    return [document.get("DocNumber"), document.get("TxnDate"), document["VendorRef"]["value"],
            cents(document.get("TotalAmt")), document.get("PrivateNote", ""), sorted(lines)]
