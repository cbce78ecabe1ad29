"""A real adapter at a practice company: accounts, a vendor, a job, an item, and a bookkeeper who types by hand."""
from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2

from tests.support.bridge import MemoryTokens, Permit, Waits, bridge, frozen_kit
from tieout.adapters.quickbooks_online import QuickBooksOnline, auth
from tieout.core.drafts import BillDraft, Draft, LineDraft, OrderDraft, Ref, VendorDraft
from tieout.core.money import Money, money
from tieout.ports import Order, Posted, Reading, Tokens
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.service import QuickBooksOnline as Practice

LOGIN = "https://login.practice.example"
REALM = "4620816365000000001"
DATED = date(2026, 2, 27)


class Office:
    def __init__(self, *, permit: Permit | None = None, realm: str = REALM,
                 before: Callable[[httpx2.Request], None] = lambda request: None) -> None:
        self.kit = frozen_kit()
        self.practice = Practice(self.kit)
        self.asked: list[httpx2.Request] = []
        self.before = before
        self.store, self.waits = MemoryTokens(), Waits(self.kit.clock)
        self.app = auth.app(self.practice.client_id, self.practice.client_secret, LOGIN)
        self.transport = bridge(self.practice, self._note)
        self.store.tokens = self.connect()
        self.asked.clear()
        self.books = QuickBooksOnline(
            realm_id=realm, app=self.app, store=self.store, guard=permit or Permit(), transport=self.transport,
            base_url="https://practice.example", now=self.kit.clock.now, sleep=self.waits, chance=lambda: 1.0)
        self._deliveries = 0
        self.cost = self.account("5100 Subcontractors", "Cost of Goods Sold", "OtherCostsOfServiceCos")
        self.held_back = self.account("2050 Retainage payable", "Other Current Liability", "OtherCurrentLiabilities")
        self.income = self.account("4000 Contract income", "Income", "ServiceFeeIncome")
        self.payable = self.ref("account", "Account", "AccountType", "Accounts Payable")
        self.bank = self.ref("account", "Account", "AccountType", "Bank")
        self.vendor = self.made("vendor", "Vendor", {"DisplayName": "Bayview Plumbing"})
        self.customer = self.made("customer", "Customer", {"DisplayName": "Oak Health LLC"})
        self.job = self.made("job", "Customer", {"DisplayName": "24-017 Oak Street Clinic", "Job": True,
                                                 "ParentRef": {"value": self.customer.id}})
        self.item = self.made("item", "Item", {
            "Name": "22-100.S", "Type": "Service", "ExpenseAccountRef": {"value": self.cost.id},
            "IncomeAccountRef": {"value": self.income.id}})

    def _note(self, request: httpx2.Request) -> None:
        self.asked.append(request)
        self.before(request)

    def connect(self) -> Tokens:
        """What the web does: a person agrees, the code is exchanged."""
        url = httpx2.URL(auth.authorize_url(self.app, redirect_uri="https://us.example/back", state="s"))
        form = {**dict(url.params), "realm": REALM, "decision": "connect"}
        with httpx2.Client(transport=self.transport) as browser:
            back = browser.post(url.copy_with(query=None), data=form)
        code = httpx2.URL(back.headers["location"]).params["code"]
        return auth.exchange_code(self.app, code=code, redirect_uri="https://us.example/back",
                                  transport=self.transport, now=self.kit.clock.now)

    # --- the bookkeeper, by hand ---

    def by_hand(self, path: str, body: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
        headers = {"Accept": "application/json",
                   "Authorization": f"Bearer {self.practice.script_token}", "Content-Type": "application/json"}
        answer = self.practice.handle(Request.of(
            "GET" if body is None else "POST", f"/v3/company/{REALM}/{path}", query=tuple(query.items()),
            headers=headers, body=b"" if body is None else json.dumps(body).encode()))
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body, parse_float=Decimal))

    def made(self, kind: str, entity: str, body: dict[str, Any]) -> Ref:
        record = self.by_hand(entity.lower(), body)[entity]
        return Ref(kind=kind, name=record.get("DisplayName") or record.get("Name") or "", id=record["Id"])

    def account(self, label: str, kind: str, subtype: str) -> Ref:
        number, name = label.split(" ", 1)
        return self.made("account", "Account", {"Name": name, "AcctNum": number, "AccountType": kind,
                                                "AccountSubType": subtype})

    def ref(self, kind: str, entity: str, field: str, value: str) -> Ref:
        answer = self.by_hand("query", query=f"SELECT * FROM {entity} WHERE {field} = '{value}'")
        found = answer["QueryResponse"][entity][0]
        return Ref(kind=kind, name=found["Name"], id=found["Id"])

    def pay(self, bill: Reading, amount: str) -> dict[str, Any]:
        return dict(self.by_hand("billpayment", {
            "VendorRef": {"value": self.vendor.id}, "PayType": "Check", "TotalAmt": float(amount),
            "CheckPayment": {"BankAccountRef": {"value": self.bank.id}},
            "Line": [{"Amount": float(amount), "LinkedTxn": [{"TxnId": bill.key, "TxnType": "Bill"}]}]})["BillPayment"])

    # --- drafts ---

    def line(self, amount: str, *, item: bool = True, quantity: str = "", rate: str = "", source: str = "1",
             order: Ref | None = None, order_line: str = "", account: Ref | None = None,
             text: str = "Rough-in") -> LineDraft:
        coding = self.item if item else (account or self.cost)
        return LineDraft(
            source=source, role="cost", coding=coding, account=account or self.cost, job=self.job, amount=money(amount),
            description=text, quantity=Decimal(quantity) if quantity else None, rate=Decimal(rate) if rate else None,
            order=order, order_line=order_line)

    def bill(self, *lines: LineDraft, number: str = "INV-7", dated: date = DATED, memo: str = "Application 7",
             due: date | None = None) -> BillDraft:
        return BillDraft(vendor=self.vendor, number=number, dated=dated, due=due, lines=lines, payable=self.payable,
                         memo=memo)

    def purchase_order(self, *lines: LineDraft, number: str = "SC-24017-003", closed: bool = False) -> OrderDraft:
        return OrderDraft(vendor=self.vendor, number=number, dated=DATED, lines=lines, title="Plumbing", closed=closed)

    def new_vendor(self, name: str) -> VendorDraft:
        return VendorDraft(name=name)

    def create(self, kind: str, draft: Draft, tag: str = "AB12CD34") -> Order:
        return self.books.order(action="create", kind=kind, key=f"key-{tag}", tag=tag, draft=draft)

    def posted(self, kind: str, draft: Draft, tag: str = "AB12CD34") -> Reading:
        return self.enter(self.create(kind, draft, tag))

    def enter(self, order: Order) -> Reading:
        self._deliveries += 1
        [answer] = self.books.deliver(f"delivery-{self._deliveries}", [order])
        assert isinstance(answer, Posted), answer
        return answer.reading

    def total_of(self, account: Ref) -> Money:
        return Decimal(self.practice.company.trial_balance().get(account.id, 0)) / 100
