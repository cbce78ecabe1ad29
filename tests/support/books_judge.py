"""A second set of books: everything worked out again from the raw documents, and held against what QuickBooks says.

Shares no code with the practice company. It reads through `ask(path, query) -> JSON with Decimals`, knows the posting
rules of accounting only (qbo.md 16.8), and gives back each difference as a sentence.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

Ask = Callable[[str, Mapping[str, str]], Any]
ZERO = Decimal(0)
PAGE = 1000
DOCUMENTS = ("Bill", "VendorCredit", "BillPayment", "Purchase", "JournalEntry", "Invoice", "CreditMemo", "SalesReceipt",
             "RefundReceipt", "Payment", "Deposit", "Transfer", "CreditCardPaymentTxn", "PurchaseOrder")
LISTS = ("Account", "Item", "Vendor", "Customer", "TaxRate", "TaxAgency")
PURCHASES = ("Bill", "VendorCredit", "Purchase")
ON_THE_BALANCE_SHEET = ("Asset", "Liability", "Equity")
FIRST_DAY, LAST_DAY = "1990-01-01", "2099-12-31"


class Entry(NamedTuple):
    """One debit (above zero) or credit. `party` is (Vendor or Customer, its id) where the document names one."""

    account: str
    amount: Decimal
    party: tuple[str, str] | None = None
    item: str = ""


@dataclass
class Judge:
    """Reads the whole company once, then judges. `differences` is empty for books that are right."""

    ask: Ask
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)      # entity -> id -> document
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)           # document id -> its debits and credits

    def __post_init__(self) -> None:
        for entity in LISTS:
            everything = "" if entity in ("TaxAgency", "TaxRate") else " where Active in (true, false)"
            self.lists[entity] = {row["Id"]: row for row in self._rows(entity, everything)}
        for entity in DOCUMENTS:
            self.documents[entity] = {row["Id"]: row for row in self._rows(entity, "")}
        for entity, rows in self.documents.items():
            for id_, document in rows.items():
                self.entries[id_] = [entry for entry in _POSTS[entity](self, document) if entry.amount]

    def _rows(self, entity: str, where: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            statement = f"select * from {entity}{where} orderby Id startposition {len(found) + 1} maxresults {PAGE}"
            page = self.ask("query", {"query": statement})["QueryResponse"].get(entity, [])
            found += page
            if len(page) < PAGE:
                return found

    # -- the verdict ---------------------------------------------------------------------------------------------------

    def differences(self, day: str = LAST_DAY) -> list[str]:
        return [*self._each_document(), *self._accounts(), *self._parties(), *self._open(), *self._orders(),
                *self._trial_balance(day), *self._items()]

    def _each_document(self) -> Iterator[str]:
        for entity, rows in self.documents.items():
            for id_, document in rows.items():
                if sum(entry.amount for entry in self.entries[id_]):
                    yield f"{entity} {id_} does not balance: {self.entries[id_]}"
                if entity not in ("JournalEntry", "Transfer", "CreditCardPaymentTxn") and "TotalAmt" in document:
                    yield from _differs(f"{entity} {id_} TotalAmt", document["TotalAmt"], self._total(entity, document))

    def _total(self, entity: str, document: Mapping[str, Any]) -> Decimal:
        if entity == "BillPayment" or entity == "Payment":
            return Decimal(document["TotalAmt"])      # given, not computed; what it may close is checked below
        tax = Decimal((document.get("TxnTaxDetail") or {}).get("TotalTax", 0))
        back = Decimal((document.get("CashBack") or {}).get("Amount", 0))
        return sum((_signed(line) for line in _lines(document)), ZERO) + tax - back

    def _accounts(self) -> Iterator[str]:
        balances = self.balances()
        for id_, account in self.lists["Account"].items():
            if account["Classification"] not in ON_THE_BALANCE_SHEET:
                continue
            own = balances.get(id_, ZERO) * (1 if account["Classification"] == "Asset" else -1)
            yield from _differs(f"account {account['Name']} CurrentBalance", account["CurrentBalance"], own)

    def balances(self, entries: Iterable[Entry] | None = None) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entry in entries if entries is not None else (entry for rows in self.entries.values() for entry in rows):
            found[entry.account] += entry.amount
        return found

    def _parties(self) -> Iterator[str]:
        for kind, entity, sign in (("Accounts Payable", "Vendor", -1), ("Accounts Receivable", "Customer", 1)):
            owed: dict[str, Decimal] = defaultdict(lambda: ZERO)
            for entry in (entry for rows in self.entries.values() for entry in rows):
                if self.lists["Account"][entry.account]["AccountType"] == kind:
                    assert entry.party is not None, f"nobody is named on {kind}: {entry}"
                    owed[entry.party[1]] += sign * entry.amount
            for id_, row in self.lists[entity].items():
                yield from _differs(f"{entity} {row['DisplayName']} Balance", row.get("Balance", 0), owed[id_])
            for id_, row in self.lists["Customer"].items() if entity == "Customer" else ():
                jobs = sum((owed[other] for other in self.lists["Customer"] if self._is_within(other, id_)), ZERO)
                yield from _differs(f"Customer {row['DisplayName']} BalanceWithJobs", row["BalanceWithJobs"], jobs)

    def _is_within(self, customer: str, top: str) -> bool:
        for _ in range(6):      # four levels below a customer
            if customer == top:
                return True
            above = self.lists["Customer"][customer].get("ParentRef")
            if above is None:
                return False
            customer = above["value"]
        return False

    def _open(self) -> Iterator[str]:
        """What payments have closed of each bill, credit and invoice, and what is left of each payment received."""
        closed: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entity in ("BillPayment", "Payment"):
            for id_, document in self.documents[entity].items():
                left = Decimal(document["TotalAmt"])
                for line in document["Line"]:
                    for link in line["LinkedTxn"]:
                        amount = Decimal(line["Amount"])
                        closed[link["TxnId"]] += amount
                        left += amount * self._effect(link)
                if left < 0:
                    yield f"{entity} {id_} closes {-left} more than it brings"
                if entity == "Payment":
                    yield from _differs(f"Payment {id_} UnappliedAmt", document["UnappliedAmt"], left)
        for entity in ("Bill", "VendorCredit", "Invoice", "CreditMemo"):
            for id_, document in self.documents[entity].items():
                rest = self._total(entity, document) - closed[id_]
                yield from _differs(f"{entity} {id_} Balance", document["Balance"], rest)
                if rest < 0:
                    yield f"{entity} {id_} was closed by more than it holds: {rest}"

    def _effect(self, link: Mapping[str, str]) -> int:
        """Whether what a payment's line names takes money (-1) or brings some (+1)."""
        target = link["TxnId"]
        if link["TxnType"] in ("Bill", "Invoice"):
            return -1
        if link["TxnType"] in ("VendorCredit", "CreditMemo"):
            return 1
        net = sum(entry.amount * (1 if kind == "Accounts Receivable" else -1) for entry in self.entries[target]
                  if (kind := self.lists["Account"][entry.account]["AccountType"])
                  in ("Accounts Payable", "Accounts Receivable"))
        return -1 if net > 0 else 1

    def _orders(self) -> Iterator[str]:
        """An order whose every line is drawn in full by bills is closed, any other one is open.

        A line below zero is drawn in full when bills have deducted as much."""
        drawn: dict[tuple[str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
        for bill in self.documents["Bill"].values():
            for line in bill["Line"]:
                detail = line.get("ItemBasedExpenseLineDetail", {})
                for link in line.get("LinkedTxn", []):
                    if link["TxnType"] == "PurchaseOrder":
                        units, amount = drawn[link["TxnId"], link["TxnLineId"]]
                        drawn[link["TxnId"], link["TxnLineId"]] = (
                            units + Decimal(detail.get("Qty", 0)), amount + Decimal(line["Amount"]))
        for id_, order in self.documents["PurchaseOrder"].items():
            done = []
            for line in order["Line"]:
                units = line.get("ItemBasedExpenseLineDetail", {}).get("Qty")
                ordered = Decimal(line["Amount"] if units is None else units)
                taken = drawn[id_, line["Id"]][1 if units is None else 0]
                done.append(taken >= ordered if ordered >= 0 else taken <= ordered)
            wanted = "Closed" if all(done) else "Open"
            if order["POStatus"] != wanted:
                yield f"PurchaseOrder {id_} is {order['POStatus']}, and by its bills {wanted}"

    # -- reports -------------------------------------------------------------------------------------------------------

    def trial_balance(self, day: str) -> dict[str, Decimal]:
        """Account -> debits less credits at the end of a day; earlier years' profit stands in Retained Earnings."""
        info = next(iter(self._rows("CompanyInfo", "")))
        year = _year_start(date.fromisoformat(day), info["FiscalYearStartMonth"]).isoformat()
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entity, rows in self.documents.items():
            for id_, document in rows.items() if entity != "PurchaseOrder" else ():
                dated = document["TxnDate"]
                for entry in self.entries[id_] if dated <= day else ():
                    account = self.lists["Account"][entry.account]
                    is_past = account["Classification"] not in ON_THE_BALANCE_SHEET and dated < year
                    found[self._retained() if is_past else entry.account] += entry.amount
        return {account: amount for account, amount in found.items() if amount}

    def _retained(self) -> str:
        return next(id_ for id_, row in self.lists["Account"].items() if row["AccountSubType"] == "RetainedEarnings")

    def _trial_balance(self, day: str) -> Iterator[str]:
        report = self.ask("reports/TrialBalance", {"start_date": FIRST_DAY, "end_date": day})
        said = {}
        for row in report["Rows"].get("Row", []):
            if "ColData" in row:
                account, debit, credit = row["ColData"][:3]
                said[account["id"]] = Decimal(debit["value"] or 0) - Decimal(credit["value"] or 0)
        wanted = self.trial_balance(day)
        for id_ in {*said, *wanted}:
            name = self.lists["Account"][id_]["Name"]
            yield from _differs(f"trial balance {day} {name}", said.get(id_, ZERO), wanted.get(id_, ZERO))

    def _items(self) -> Iterator[str]:
        """Income less cost of each item, against the profit and loss of that item alone."""
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entry in (entry for rows in self.entries.values() for entry in rows):
            if entry.item and self.lists["Account"][entry.account]["Classification"] not in ON_THE_BALANCE_SHEET:
                found[entry.item] -= entry.amount
        for item, wanted in found.items():
            report = self.ask("reports/ProfitAndLoss", {"start_date": FIRST_DAY, "end_date": LAST_DAY, "item": item})
            if "Rows" in report:
                net = next(row for row in report["Rows"]["Row"] if row.get("group") == "NetIncome")
                yield from _differs(f"item {self.lists['Item'][item]['Name']} profit and loss",
                                    Decimal(net["Summary"]["ColData"][-1]["value"] or 0), wanted)

    # -- what each document posts --------------------------------------------------------------------------------------

    def _account_of_type(self, kind: str) -> str:
        return min((id_ for id_, row in self.lists["Account"].items() if row["AccountType"] == kind), key=int)

    def _taxes(self, document: Mapping[str, Any], sign: int, *, purchase: bool) -> Iterator[Entry]:
        for line in (document.get("TxnTaxDetail") or {}).get("TaxLine", []):
            rate = self.lists["TaxRate"][line["TaxLineDetail"]["TaxRateRef"]["value"]]
            agency = self.lists["TaxAgency"][rate["AgencyRef"]["value"]]
            key = "TaxOnPurchasesAccountRef" if purchase else "TaxTrackedOnSalesAccountRef"
            yield Entry(agency[key]["value"], sign * Decimal(line["Amount"]))

    def _spent(self, document: Mapping[str, Any], sign: int, party: tuple[str, str] | None) -> Iterator[Entry]:
        for line in _lines(document):
            detail = line[line["DetailType"]]
            item = detail.get("ItemRef", {}).get("value", "")
            if item or "AccountRef" in detail:
                ref = self.lists["Item"][item]["ExpenseAccountRef"] if item else detail["AccountRef"]
                yield Entry(ref["value"], sign * Decimal(line["Amount"]), party, item)
        yield from self._taxes(document, sign, purchase=True)

    def _sold(self, document: Mapping[str, Any], sign: int, party: tuple[str, str] | None) -> Iterator[Entry]:
        for line in _lines(document):
            detail = line.get(line["DetailType"]) or {}
            item = detail.get("ItemRef", {}).get("value", "")
            ref = self.lists["Item"][item]["IncomeAccountRef"] if item else detail.get("DiscountAccountRef")
            if ref is not None:
                yield Entry(ref["value"], -sign * _signed(line), party, item)
        yield from self._taxes(document, -sign, purchase=False)

    def _bill(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        party = ("Vendor", document["VendorRef"]["value"])
        yield Entry(document["APAccountRef"]["value"], -self._total("Bill", document), party)
        yield from self._spent(document, 1, party)

    def _vendor_credit(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        party = ("Vendor", document["VendorRef"]["value"])
        yield Entry(document["APAccountRef"]["value"], self._total("VendorCredit", document), party)
        yield from self._spent(document, -1, party)

    def _purchase(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        sign = -1 if document.get("Credit") else 1
        payee = document.get("EntityRef")
        party = (payee.get("type", "Vendor"), payee["value"]) if payee else None
        yield Entry(document["AccountRef"]["value"], -sign * self._total("Purchase", document), party)
        yield from self._spent(document, sign, party)

    def _bill_payment(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        party, amount = ("Vendor", document["VendorRef"]["value"]), Decimal(document["TotalAmt"])
        if amount:
            by_check = document["PayType"] == "Check"
            paid_from = document["CheckPayment"]["BankAccountRef"] if by_check \
                else document["CreditCardPayment"]["CCAccountRef"]
            yield Entry(paid_from["value"], -amount, party)
        yield Entry(self._account_of_type("Accounts Payable"), amount, party)

    def _journal(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        for line in document["Line"]:
            detail = line.get("JournalEntryLineDetail")
            if detail is None:
                continue
            entity = detail.get("Entity")
            party = (entity["Type"], entity["EntityRef"]["value"]) if entity else None
            sign = 1 if detail["PostingType"] == "Debit" else -1
            yield Entry(detail["AccountRef"]["value"], sign * Decimal(line["Amount"]), party)

    def _invoice(self, document: Mapping[str, Any], sign: int = 1) -> Iterator[Entry]:
        party = ("Customer", document["CustomerRef"]["value"])
        yield Entry(self._account_of_type("Accounts Receivable"), sign * self._total("Invoice", document), party)
        yield from self._sold(document, sign, party)

    def _credit_memo(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        yield from self._invoice(document, -1)

    def _sales_receipt(self, document: Mapping[str, Any], sign: int = 1) -> Iterator[Entry]:
        payer = document.get("CustomerRef")
        party = ("Customer", payer["value"]) if payer else None
        yield Entry(document["DepositToAccountRef"]["value"], sign * self._total("SalesReceipt", document), party)
        yield from self._sold(document, sign, party)

    def _refund_receipt(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        yield from self._sales_receipt(document, -1)

    def _payment(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        party, amount = ("Customer", document["CustomerRef"]["value"]), Decimal(document["TotalAmt"])
        if amount:
            yield Entry(document["DepositToAccountRef"]["value"], amount, party)
            yield Entry(self._account_of_type("Accounts Receivable"), -amount, party)

    def _deposit(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        yield Entry(document["DepositToAccountRef"]["value"], self._total("Deposit", document))
        back = document.get("CashBack")
        if back:
            yield Entry(back["AccountRef"]["value"], Decimal(back.get("Amount", 0)))
        for line in document["Line"]:
            amount = -Decimal(line["Amount"])
            for link in line.get("LinkedTxn", []):
                held = self.documents[link["TxnType"]][link["TxnId"]]
                yield Entry(held["DepositToAccountRef"]["value"], amount)
            if not line.get("LinkedTxn"):
                detail = line["DepositLineDetail"]
                entity = detail.get("Entity")
                party = (entity.get("type", "Customer").title(), entity["value"]) if entity else None
                yield Entry(detail["AccountRef"]["value"], amount, party)

    def _transfer(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        yield Entry(document["ToAccountRef"]["value"], Decimal(document["Amount"]))
        yield Entry(document["FromAccountRef"]["value"], -Decimal(document["Amount"]))

    def _card_payment(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        yield Entry(document["CreditCardAccountRef"]["value"], Decimal(document["Amount"]))
        yield Entry(document["BankAccountRef"]["value"], -Decimal(document["Amount"]))

    def _nothing(self, document: Mapping[str, Any]) -> Iterator[Entry]:
        return iter(())


_POSTS: dict[str, Callable[[Judge, Mapping[str, Any]], Iterator[Entry]]] = {
    "Bill": Judge._bill, "VendorCredit": Judge._vendor_credit, "BillPayment": Judge._bill_payment,
    "Purchase": Judge._purchase, "JournalEntry": Judge._journal, "Invoice": Judge._invoice,
    "CreditMemo": Judge._credit_memo, "SalesReceipt": Judge._sales_receipt, "RefundReceipt": Judge._refund_receipt,
    "Payment": Judge._payment, "Deposit": Judge._deposit, "Transfer": Judge._transfer,
    "CreditCardPaymentTxn": Judge._card_payment, "PurchaseOrder": Judge._nothing}


def _lines(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The lines that hold amounts of their own; a bundle's stand inside it, a subtotal holds none."""
    for line in document.get("Line", []):
        if line.get("DetailType") == "GroupLineDetail":
            yield from _lines({"Line": line["GroupLineDetail"].get("Line", [])})
        elif line.get("DetailType") != "SubTotalLineDetail":
            yield line


def _signed(line: Mapping[str, Any]) -> Decimal:
    amount = Decimal(line.get("Amount", 0))
    return -amount if line.get("DetailType") == "DiscountLineDetail" else amount


def _differs(what: str, said: Any, wanted: Decimal) -> Iterator[str]:
    if Decimal(said) != wanted:
        yield f"{what}: QuickBooks says {said}, the documents {wanted}"


def _year_start(day: date, month_name: str) -> date:
    months = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")
    first = months.index(month_name) + 1
    return date(day.year if day.month >= first else day.year - 1, first, 1)
