"""A bookkeeper by chance: enters, changes, voids, deletes, pays and banks documents of every kind, over the API only.

What is refused is refused; nothing here knows what the books must be.
"""
from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tieout.sandbox.kit import Clock, Kit, Request
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.quickbooks_online.service import QuickBooksOnline

CANADA = CompanyProfile(name="Fjord Builders", country="CA", currency="CAD", sales_tax="manual")
FIRST = date(2025, 7, 1)
SALES = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate")
EXPENSES = ("Bill", "VendorCredit", "Purchase", "PurchaseOrder")
KINDS = ("Cost of Goods Sold", "Expense", "Income", "Bank", "Credit Card", "Other Current Liability",
         "Other Current Asset", "Fixed Asset")
PATHS = {"CreditCardPaymentTxn": "creditcardpayment"}
VOIDABLE = ("Invoice", "Payment", "BillPayment", "SalesReceipt")


class RandomOffice:
    def __init__(self, seed: int, profile: CompanyProfile | None = None) -> None:
        self.chance = random.Random(seed)
        self.taxed = profile is not None and profile.sales_tax != "off"
        self.service = QuickBooksOnline(Kit(clock=Clock(), seed=seed), company=profile)
        self.base = f"/v3/company/{self.service.realm_id}"
        self.done: Counter[str] = Counter()
        self.held: dict[str, list[str]] = {}      # entity -> ids that may still be there
        self._furnish()

    # -- calls ---------------------------------------------------------------------------------------------------------

    def ask(self, path: str, query: Mapping[str, str]) -> Any:
        return self._call("GET", path, None, query)

    def post(self, entity: str, body: Any, **query: str) -> Any:
        """The object made or changed; None where it was refused."""
        answer = self._call("POST", PATHS.get(entity, entity.lower()), body, query)
        if answer is None or entity not in answer:
            self.done[f"{entity} refused"] += 1
            return None
        return answer[entity]

    def _call(self, method: str, path: str, body: Any, query: Mapping[str, str]) -> Any:
        sent = b"" if body is None else json.dumps(body, default=str).encode()
        answer = self.service.handle(Request.of(method, f"{self.base}/{path}", query=tuple(query.items()), body=sent,
                                                headers={"Authorization": f"Bearer {self.service.script_token}",
                                                         "Content-Type": "application/json",
                                                         "Accept": "application/json"}))
        assert answer.status in (200, 400, 501), (answer.status, answer.body, body)
        return json.loads(answer.body, parse_float=Decimal) if answer.status != 501 else None

    def read(self, entity: str, id_: str) -> Any:
        return self.ask(f"{PATHS.get(entity, entity.lower())}/{id_}", {}).get(entity)

    def _rows(self, entity: str, where: str = "") -> list[Any]:
        found = self.ask("query", {"query": f"select * from {entity}{where} maxresults 1000"})
        return list(found.get("QueryResponse", {}).get(entity, []))

    # -- what there is -------------------------------------------------------------------------------------------------

    def _furnish(self) -> None:
        made = {kind: [self.post("Account", {"Name": f"{kind} {n}", "AccountType": kind})["Id"] for n in (1, 2)]
                for kind in KINDS}
        self.costs = [*made["Cost of Goods Sold"], *made["Expense"], *made["Fixed Asset"]]
        self.income, self.cards, self.banks = made["Income"], made["Credit Card"], made["Bank"]
        self.others = [*made["Other Current Liability"], *made["Other Current Asset"]]
        accounts = {row["AccountType"]: row["Id"] for row in self._rows("Account")}
        self.payable, self.receivable = accounts["Accounts Payable"], accounts["Accounts Receivable"]
        self.vendors = [self.post("Vendor", {"DisplayName": f"Vendor {n}"})["Id"] for n in range(8)]
        owners = [self.post("Customer", {"DisplayName": f"Owner {n}"})["Id"] for n in range(4)]
        jobs = [self.post("Customer", {"DisplayName": f"Job {n}", "Job": True, "ParentRef": {
            "value": self.chance.choice(owners)}})["Id"] for n in range(5)]
        self.customers = owners + jobs
        self.items = [self.post("Item", {
            "Name": f"0{n}-100.S", "Type": "Service", "IncomeAccountRef": {"value": self.chance.choice(self.income)},
            "ExpenseAccountRef": {"value": self.chance.choice(self.costs)}})["Id"] for n in range(6)]
        codes = {row["Id"]: row for row in self._rows("TaxCode") if row["Id"] not in ("TAX", "NON")}
        self.codes = [*codes] if self.taxed else []
        self.given_back = [id_ for id_ in self.codes if self._is_given_back(codes[id_])]

    def _is_given_back(self, code: dict[str, Any]) -> bool:
        """Whether all tax of a code is reclaimed on purchases; what is not is cost, and its odd cents are a choice."""
        rates = {row["Id"]: row["AgencyRef"]["value"] for row in self._rows("TaxRate")}
        agencies = {row["Id"]: row for row in self._rows("TaxAgency")}
        details = code.get("PurchaseTaxRateList", {}).get("TaxRateDetail", [])
        return all("TaxOnPurchasesAccountRef" in agencies[rates[detail["TaxRateRef"]["value"]]] for detail in details)

    # -- one day's work ------------------------------------------------------------------------------------------------

    def work(self, documents: int) -> None:
        """Until that many documents were made; some of them are gone again by then."""
        made, tried = 0, 0
        while made < documents:
            tried += 1
            assert tried < 20 * documents, f"almost everything is refused: {self.done}"
            act = self.chance.choices(
                (self._enter, self._pay_bills, self._receive, self._bank, self._change, self._undo, self._rename),
                (50, 14, 12, 5, 12, 8, 1))[0]
            made += act()

    def _note(self, entity: str, made: Any) -> int:
        if made is None:
            return 0
        self.done[f"{entity} made"] += 1
        self.held.setdefault(entity, []).append(made["Id"])
        return 1

    def _day(self) -> str:
        return (FIRST + timedelta(days=self.chance.randrange(420))).isoformat()

    def _amount(self) -> Decimal:
        return Decimal(self.chance.choice((self.chance.randint(1, 500_000), 33, 1, 10_000_001))).scaleb(-2)

    def _enter(self) -> int:
        entity = self.chance.choices(("Bill", "VendorCredit", "Purchase", "PurchaseOrder", "JournalEntry", "Invoice",
                                      "SalesReceipt", "CreditMemo", "RefundReceipt", "Transfer", "Estimate",
                                      "CreditCardPaymentTxn"), (25, 6, 12, 6, 8, 20, 6, 5, 3, 4, 2, 3))[0]
        return self._note(entity, self.post(entity, self._paper(entity)))

    def _paper(self, entity: str) -> dict[str, Any]:
        if entity == "JournalEntry":
            return self._journal()
        if entity == "Transfer":
            one, other = self.chance.sample([*self.banks, *self.others], 2)
            return {"FromAccountRef": {"value": one}, "ToAccountRef": {"value": other}, "Amount": self._amount(),
                    "TxnDate": self._day()}
        if entity == "CreditCardPaymentTxn":
            return {"CreditCardAccountRef": {"value": self.chance.choice(self.cards)}, "Amount": self._amount(),
                    "BankAccountRef": {"value": self.chance.choice(self.banks)}, "TxnDate": self._day()}
        body: dict[str, Any] = {"TxnDate": self._day()}
        if self.codes:
            body["GlobalTaxCalculation"] = self.chance.choice(("TaxExcluded", "TaxExcluded", "TaxInclusive"))
        if entity in SALES:
            body["CustomerRef"] = {"value": self.chance.choice(self.customers)}
            body["Line"] = [self._sold() for _ in range(self.chance.randint(1, 4))]
            if self.chance.random() < 0.1 and not self.codes:
                body["Line"].append({"Amount": "0.33", "DetailType": "DiscountLineDetail", "DiscountLineDetail": {
                    "PercentBased": False, "DiscountAccountRef": {"value": self.income[0]}}})
            if entity in ("SalesReceipt", "RefundReceipt"):
                body["DepositToAccountRef"] = {"value": self.chance.choice(self.banks)}
            return body
        body["Line"] = [self._bought() for _ in range(self.chance.randint(1, 5))]
        if entity == "Purchase":
            kind = self.chance.choice(("Check", "Cash", "CreditCard"))
            body |= {"PaymentType": kind, "EntityRef": {"value": self.chance.choice(self.vendors), "type": "Vendor"},
                     "AccountRef": {"value": self.chance.choice(self.cards if kind == "CreditCard" else self.banks)}}
            if kind == "CreditCard" and self.chance.random() < 0.3:
                body["Credit"] = True
            return body
        body["VendorRef"] = {"value": self.chance.choice(self.vendors)}
        if entity == "Bill" and self.held.get("PurchaseOrder") and self.chance.random() < 0.4:
            self._copy_an_order(body)
        return body

    def _coded(self, detail: dict[str, Any], codes: list[str]) -> dict[str, Any]:
        return {**detail, "TaxCodeRef": {"value": self.chance.choice(codes)}} if codes else detail

    def _bought(self) -> dict[str, Any]:
        amount, more = self._amount(), {}
        if self.chance.random() < 0.3:
            more = {"CustomerRef": {"value": self.chance.choice(self.customers)}, "BillableStatus": "NotBillable"}
        if self.chance.random() < 0.5:
            return {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail":
                    self._coded({"AccountRef": {"value": self.chance.choice(self.costs)}, **more}, self.given_back)}
        by_item = {"ItemRef": {"value": self.chance.choice(self.items)}, "Qty": 1, "UnitPrice": amount, **more}
        return {"Amount": amount, "DetailType": "ItemBasedExpenseLineDetail",
                "ItemBasedExpenseLineDetail": self._coded(by_item, self.given_back)}

    def _sold(self) -> dict[str, Any]:
        quantity, price = self.chance.randint(1, 9), self._amount()
        return {"Amount": quantity * price, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail":
                self._coded({"ItemRef": {"value": self.chance.choice(self.items)}, "Qty": quantity, "UnitPrice": price},
                            self.codes)}

    def _copy_an_order(self, body: dict[str, Any]) -> None:
        order = self.read("PurchaseOrder", self.chance.choice(self.held["PurchaseOrder"]))
        if order is None:
            return
        body |= {"VendorRef": order["VendorRef"], "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]}
        share = self.chance.choice((1, 1, Decimal("0.5")))
        for line in order["Line"]:
            detail = {key: value for key, value in line[line["DetailType"]].items()
                      if key in ("ItemRef", "AccountRef", "UnitPrice", "TaxCodeRef", "CustomerRef")}
            amount = (Decimal(line["Amount"]) * share).quantize(Decimal("0.01"))
            if "ItemRef" in detail:
                detail |= {"Qty": 1, "UnitPrice": amount}
            body["Line"].append({"Amount": amount, "DetailType": line["DetailType"], line["DetailType"]: detail,
                                 "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder",
                                                "TxnLineId": line["Id"]}]})

    def _journal(self) -> dict[str, Any]:
        amount, lines = self._amount(), []
        accounts = self.chance.sample([*self.costs, *self.others, *self.income, *self.banks], 2)
        named: dict[str, Any] = {}
        if self.chance.random() < 0.3:
            kind, party, account = self.chance.choice((
                ("Vendor", self.chance.choice(self.vendors), self.payable),
                ("Customer", self.chance.choice(self.customers), self.receivable)))
            accounts[self.chance.randrange(2)] = account
            named = {account: {"Entity": {"Type": kind, "EntityRef": {"value": party}}}}
        for side, account in zip(("Debit", "Credit"), accounts, strict=True):
            lines.append({"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
                "PostingType": side, "AccountRef": {"value": account}, **named.get(account, {})}})
        return {"Line": lines, "TxnDate": self._day()}

    # -- paying, banking, changing, undoing ----------------------------------------------------------------------------

    def _open_of(self, entity: str, key: str, party: str) -> list[Any]:
        rows = self._rows(entity, f" where {key} = '{party}'")
        return [row for row in rows if row.get("Balance", 0) > 0]

    def _part(self, balance: Any) -> Decimal:
        whole = Decimal(balance)
        return whole if self.chance.random() < 0.6 else max(Decimal("0.01"), (whole / 3).quantize(Decimal("0.01")))

    def _pay_bills(self) -> int:
        vendor = self.chance.choice(self.vendors)
        bills = self._open_of("Bill", "VendorRef", vendor)[:3]
        credits = self._open_of("VendorCredit", "VendorRef", vendor)[:1] if self.chance.random() < 0.5 else []
        lines = [{"Amount": self._part(row["Balance"]), "LinkedTxn": [{"TxnId": row["Id"], "TxnType": kind}]}
                 for kind, rows in (("Bill", bills), ("VendorCredit", credits)) for row in rows]
        total = sum((line["Amount"] * (1 if line["LinkedTxn"][0]["TxnType"] == "Bill" else -1) for line in lines),
                    Decimal(0))
        if not bills or total < 0:
            return 0
        card = self.chance.random() < 0.2
        how = {"CreditCardPayment": {"CCAccountRef": {"value": self.chance.choice(self.cards)}}} if card \
            else {"CheckPayment": {"BankAccountRef": {"value": self.chance.choice(self.banks)}}}
        return self._note("BillPayment", self.post("BillPayment", {
            "VendorRef": {"value": vendor}, "PayType": "CreditCard" if card else "Check", "TotalAmt": total,
            "Line": lines, "TxnDate": self._day(), **how}))

    def _receive(self) -> int:
        customer = self.chance.choice(self.customers)
        invoices = self._open_of("Invoice", "CustomerRef", customer)[:3]
        credits = self._open_of("CreditMemo", "CustomerRef", customer)[:1] if self.chance.random() < 0.4 else []
        lines = [{"Amount": self._part(row["Balance"]), "LinkedTxn": [{"TxnId": row["Id"], "TxnType": kind}]}
                 for kind, rows in (("Invoice", invoices), ("CreditMemo", credits)) for row in rows]
        total = sum((line["Amount"] * (1 if line["LinkedTxn"][0]["TxnType"] == "Invoice" else -1) for line in lines),
                    Decimal(0))
        if total < 0:
            return 0
        extra = self._amount() if self.chance.random() < 0.2 else Decimal(0)
        body: dict[str, Any] = {"CustomerRef": {"value": customer}, "TotalAmt": total + extra, "Line": lines,
                                "TxnDate": self._day()}
        if self.chance.random() < 0.3:
            body["DepositToAccountRef"] = {"value": self.chance.choice(self.banks)}
        return self._note("Payment", self.post("Payment", body))

    def _bank(self) -> int:
        lines: list[dict[str, Any]] = [{
            "Amount": self._amount(), "DetailType": "DepositLineDetail", "DepositLineDetail": {
                "AccountRef": {"value": self.chance.choice([*self.income, *self.others])}}}]
        held = self.held.get("Payment", [])
        for id_ in self.chance.sample(held, min(len(held), 2)):
            payment = self.read("Payment", id_)
            if payment is not None and payment["TotalAmt"] > 0 and not payment.get("LinkedTxn"):
                lines.append({"Amount": payment["TotalAmt"], "LinkedTxn": [
                    {"TxnId": id_, "TxnType": "Payment", "TxnLineId": "0"}]})
        body: dict[str, Any] = {"DepositToAccountRef": {"value": self.chance.choice(self.banks)}, "Line": lines,
                                "TxnDate": self._day()}
        if self.chance.random() < 0.2:
            body["CashBack"] = {"AccountRef": {"value": self.chance.choice(self.costs)}, "Amount": "0.01"}
        return self._note("Deposit", self.post("Deposit", body))

    def _some(self, entities: tuple[str, ...] | None = None) -> tuple[str, Any]:
        having = [entity for entity in entities or self.held if self.held.get(entity)]
        if not having:
            return "", None
        entity = self.chance.choice(having)
        id_ = self.chance.choice(self.held[entity])
        found = self.read(entity, id_)
        if found is None:
            self.held[entity].remove(id_)
        return entity, found

    def _change(self) -> int:
        """A whole update with other lines, another day or another party."""
        entity, found = self._some((*EXPENSES, *SALES, "JournalEntry", "Transfer"))
        if found is not None:
            body = self._paper(entity)
            if self.chance.random() < 0.5:      # the same party; else what is linked to a payment is refused
                body |= {key: found[key] for key in ("VendorRef", "CustomerRef", "EntityRef") if key in found}
            body |= {"Id": found["Id"], "SyncToken": found["SyncToken"]}
            self.done[f"{entity} changed"] += self.post(entity, body) is not None
        return 0

    def _undo(self) -> int:
        voids = self.chance.random() < 0.4
        entity, found = self._some(VOIDABLE if voids else None)
        if found is not None:
            body = {"Id": found["Id"], "SyncToken": found["SyncToken"]}
            word = "void" if voids else "delete"
            self.done[f"{entity} {word}"] += self.post(entity, body, operation=word) is not None
        return 0

    def _rename(self) -> int:
        """Names and items are put away and taken out again; their history stays theirs."""
        entity, ids = self.chance.choice((("Vendor", self.vendors), ("Customer", self.customers), ("Item", self.items)))
        away = [row["Id"] for row in self._rows(entity, " where Active = false")]
        row = self.read(entity, self.chance.choice(away if away and self.chance.random() < 0.7 else ids))
        name = "Name" if entity == "Item" else "DisplayName"
        renamed = row[name].replace(" (deleted)", "") + ("" if self.chance.random() < 0.7 else "'")
        body = {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True, name: renamed[:40],
                "Active": not row["Active"] or self.chance.random() < 0.5}
        self.done[f"{entity} changed"] += self.post(entity, body) is not None
        return 0
