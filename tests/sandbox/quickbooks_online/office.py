"""A bookkeeper's hands for these tests: calls in process, every answer held against Intuit's schema."""
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support import quickbooks_schema
from tieout.sandbox.kit import Clock, Kit, Limits, Request, Response
from tieout.sandbox.quickbooks_online.service import PATHS, QuickBooksOnline

MORNING = datetime(2026, 3, 2, 16, 15, 27, 114000, UTC)
ITEM, ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def unfit(answer: Any) -> list[str]:
    """What in an answer does not fit the schema; nothing where the schema is absent."""
    return quickbooks_schema.problems(answer) if quickbooks_schema.is_present() else []


class Office:
    """One company with what a contractor has: accounts, a vendor, a customer with a job, cost code items, a term."""

    def __init__(self, *, seed: int = 0, limits: Limits = "off", at: datetime = MORNING) -> None:
        self.kit = Kit(clock=Clock(at, frozen=True), seed=seed, limits=limits)
        self.service = QuickBooksOnline(self.kit)
        self.token = self.service.script_token
        self.base = f"/v3/company/{self.service.realm_id}"
        self.checked = 0
        self.answers: dict[str, Any] = {}

    def furnish(self) -> "Office":
        self.payable, self.receivable, self.checking = "33", "34", "35"
        self.cost = self.account("Cost of Goods Sold", "Cost of Goods Sold")
        self.income = self.account("Construction Income", "Income")
        self.retention = self.account("Retainage Payable", "Other Current Liability")
        self.card = self.account("Company Card", "Credit Card")
        self.net30 = self.create("Term", {"Name": "Net 30", "DueDays": 30})["Id"]
        self.vendor = self.create("Vendor", {"DisplayName": "Norton Lumber"})["Id"]
        self.other_vendor = self.create("Vendor", {"DisplayName": "Elm Street Concrete"})["Id"]
        self.owner = self.create("Customer", {"DisplayName": "Oak Health LLC"})["Id"]
        self.job = self.create("Customer", {"DisplayName": "24-017 Clinic", "Job": True,
                                            "ParentRef": {"value": self.owner}})["Id"]
        self.item = self.create("Item", {
            "Name": "03-300.S", "Type": "Service", "IncomeAccountRef": {"value": self.income},
            "ExpenseAccountRef": {"value": self.cost}})["Id"]
        return self

    def account(self, name: str, kind: str) -> str:
        return str(self.create("Account", {"Name": name, "AccountType": kind})["Id"])

    # -- calls ---------------------------------------------------------------------------------------------------

    def raw(self, method: str, path: str, body: Any = None, **query: str) -> Response:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json",
                   "Content-Type": "application/json"}
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=str).encode()
        response = self.service.handle(Request.of(method, path, query=tuple(query.items()), headers=headers, body=sent))
        assert response.headers["intuit_tid"], "every answer carries a trace id"
        return response

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The parsed answer, whatever its status, after holding it against the schema."""
        response = self.raw(method, f"{self.base}/{path}", body, **query)
        answer = json.loads(response.body, parse_float=Decimal)
        wrong = unfit(json.loads(response.body))
        assert not wrong, "\n".join(wrong)
        self.checked += 1
        return answer

    def post(self, entity: str, body: Any, **query: str) -> Any:
        return self.call("POST", PATHS.get(entity, entity.lower()), body, **query)

    def create(self, entity: str, body: Any, **query: str) -> Any:
        answer = self.post(entity, body, **query)
        assert entity in answer, answer
        return answer[entity]

    def change(self, entity: str, shown: Any, changes: Any, **query: str) -> Any:
        """A sparse update."""
        return self.create(entity, {"Id": shown["Id"], "SyncToken": shown["SyncToken"], "sparse": True, **changes},
                           **query)

    def delete(self, entity: str, shown: Any) -> Any:
        return self.post(entity, {"Id": shown["Id"], "SyncToken": shown["SyncToken"]}, operation="delete")

    def read(self, entity: str, id_: str) -> Any:
        return self.call("GET", f"{PATHS.get(entity, entity.lower())}/{id_}")[entity]

    def refused(self, entity: str, body: Any, **query: str) -> list[str]:
        """The codes of a refusal."""
        answer = self.post(entity, body, **query)
        assert "Fault" in answer, answer
        return [error["code"] for error in answer["Fault"]["Error"]]

    def query(self, statement: str) -> Any:
        return self.call("GET", "query", query=statement)

    def rows(self, statement: str) -> list[Any]:
        found = self.query(statement)["QueryResponse"]
        return next((value for value in found.values() if isinstance(value, list)), [])

    # -- papers --------------------------------------------------------------------------------------------------

    def cost_line(self, amount: str, **more: Any) -> Any:
        return {"Amount": amount, "DetailType": ITEM, **more, ITEM: {
            "ItemRef": {"value": self.item}, "Qty": amount, "UnitPrice": 1, "CustomerRef": {"value": self.job},
            "BillableStatus": "NotBillable"}}

    def account_line(self, amount: str, account: str | None = None, **more: Any) -> Any:
        return {"Amount": amount, "DetailType": ACCOUNT, **more, ACCOUNT: {
            "AccountRef": {"value": account or self.cost}, "CustomerRef": {"value": self.job},
            "BillableStatus": "NotBillable"}}

    def order(self, *lines: Any, **more: Any) -> Any:
        return self.create("PurchaseOrder", {"VendorRef": {"value": self.vendor}, "Line": list(lines), **more})

    def bill(self, *lines: Any, **more: Any) -> Any:
        return self.create("Bill", {"VendorRef": {"value": self.vendor}, "Line": list(lines), **more})

    def pay(self, total: str, *applied: tuple[Any, str], **more: Any) -> Any:
        """Pays documents (as shown) with amounts."""
        return self.create("BillPayment", self.payment(total, *applied, **more))

    def payment(self, total: str, *applied: tuple[Any, str], **more: Any) -> Any:
        lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": shown["Id"], "TxnType": kind_of(shown)}]}
                 for shown, amount in applied]
        return {"VendorRef": {"value": self.vendor}, "PayType": "Check", "TotalAmt": total, "Line": lines,
                "CheckPayment": {"BankAccountRef": {"value": self.checking}}, **more}

    def balance(self, account: str) -> Decimal:
        return Decimal(self.service.company.ledger.accounts.get(account, 0)).scaleb(-2)

    def in_balance(self) -> bool:
        return sum(self.service.company.trial_balance().values()) == 0


def kind_of(shown: Any) -> str:
    if "DueDate" in shown:
        return "Bill"
    return "VendorCredit" if "Balance" in shown else "JournalEntry"


def linked(order: Any, line: str) -> Any:
    return [{"TxnId": order["Id"], "TxnType": "PurchaseOrder", "TxnLineId": line}]


def header_link(*orders: Any) -> Any:
    return [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"} for order in orders]
