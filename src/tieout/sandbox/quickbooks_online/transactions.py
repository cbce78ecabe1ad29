"""The rules of transactions: required keys, lines, totals, numbers, dates, and what each posts (qbo.md 12 and 13)."""
from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import NON_POSTING, Company, Entry, Record
from tieout.sandbox.quickbooks_online.refusals import Wrong, business, refuse
from tieout.sandbox.quickbooks_online.wire import cents, money, plain, rounded

REQUIRED: dict[str, tuple[str, ...]] = {
    "PurchaseOrder": ("VendorRef", "Line"), "Bill": ("VendorRef", "Line"), "VendorCredit": ("VendorRef", "Line"),
    "BillPayment": ("VendorRef", "TotalAmt", "PayType", "Line"), "Purchase": ("PaymentType", "AccountRef", "Line"),
    "JournalEntry": ("Line",), "Invoice": ("CustomerRef", "Line"), "Payment": ("CustomerRef", "TotalAmt"),
    "Deposit": ("DepositToAccountRef", "Line")}
REPEATED_IN_SPARSE: dict[str, tuple[str, ...]] = {
    "Bill": ("VendorRef",), "VendorCredit": ("VendorRef",), "BillPayment": ("VendorRef",),
    "Purchase": ("PaymentType",), "Payment": ("CustomerRef", "TotalAmt")}
AUTOMATIC_NUMBERS = ("PurchaseOrder", "VendorCredit", "Purchase", "Invoice")
EXPENSE_FORMS = ("PurchaseOrder", "Bill", "VendorCredit", "Purchase")
BY_ITEM, BY_ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def missing(entity: str, body: dict[str, Any], sent: dict[str, Any], *, sparse: bool) -> list[Wrong]:
    """Every required key that is not there, those of the lines too."""
    absent = [key for key in REQUIRED[entity] if body.get(key) in (None, "", [])]
    if sparse:
        absent += [key for key in REPEATED_IN_SPARSE.get(entity, ()) if key not in sent and key not in absent]
    for line in body.get("Line", []):
        if "Amount" not in line and line.get("DetailType") not in ("DescriptionOnly", "SubTotalLineDetail"):
            absent.append("Amount")
        if entity in ("BillPayment", "Payment"):
            absent += [] if line.get("LinkedTxn") else ["LinkedTxn"]
        elif entity == "Deposit" and line.get("LinkedTxn"):
            continue
        elif not line.get("DetailType"):
            absent.append("DetailType")
        elif line["DetailType"] == BY_ACCOUNT and not line.get(BY_ACCOUNT, {}).get("AccountRef"):
            absent.append("AccountRef")
    return [Wrong("2020", f"Required parameter {key} is missing in the request", key)
            for key in dict.fromkeys(absent)]


def settle(company: Company, entity: str, body: dict[str, Any], old: Record | None, today: str,
           options: frozenset[str]) -> dict[str, Any]:
    """The body as it will be stored, with defaults and computed totals, or a refusal. Changes nothing."""
    if entity == "PurchaseOrder" and company.profile.edition == "Essentials":
        raise refuse("5020", "Permission Denied Error : Purchase orders are not available in this edition.")
    body.setdefault("TxnDate", today)
    _check_tax(body)
    if entity in EXPENSE_FORMS:
        _settle_expense_form(company, entity, body)
    elif entity == "JournalEntry":
        _check_journal(company, body)
    elif entity == "Invoice":
        _settle_invoice(company, body)
    elif entity == "Deposit":
        _check_deposit(company, body)
    _number(company, entity, body, old, options)
    return body


def check_open_period(company: Company, entity: str, *days: str) -> None:
    """No posting document may be entered, changed or deleted whose old or new date is closed; orders are exempt."""
    through = company.closed_through
    if through is None or entity in NON_POSTING or all(day > through.isoformat() for day in days):
        return
    if company.closing_password:
        raise refuse("6210", "The account period has closed and the account books cannot be updated through the QBO "
                     "Services API. Please use the QBO website to make these changes.")
    raise refuse("6200", "The account period has closed and the account books cannot be updated through this date. "
                 f"The books are closed through {through.isoformat()}.")


def total_cents(entity: str, body: dict[str, Any]) -> int:
    """What TotalAmt shows; a journal entry has none."""
    if entity in ("BillPayment", "Payment"):
        return cents(body["TotalAmt"])
    if entity == "JournalEntry":
        return 0
    sum_ = sum(_signed(line) for line in body["Line"])
    return sum_ - cents(body["CashBack"].get("Amount", 0)) if body.get("CashBack") else sum_


def _signed(line: dict[str, Any]) -> int:
    amount = cents(line.get("Amount", 0))
    return -amount if line.get("DetailType") == "DiscountLineDetail" else amount


def _check_tax(body: dict[str, Any]) -> None:
    detail = body.pop("TxnTaxDetail", None)
    if isinstance(detail, dict) and detail.get("TotalTax") not in (None, 0, Decimal(0)):
        raise refuse("6170", "Tax is not set up on purchases or sales of this company.", "TxnTaxDetail")


def _check_amount(line: dict[str, Any]) -> None:
    amount = Decimal(line["Amount"])
    if amount != rounded(amount):
        raise refuse("2140", f"Invalid Amount : {amount} has more than two decimals", "Amount")


# -- expense forms ---------------------------------------------------------------------------------------------


def _settle_expense_form(company: Company, entity: str, body: dict[str, Any]) -> None:
    for line in body["Line"]:
        _check_amount(line)
        _settle_expense_line(company, entity, line)
    if total_cents(entity, body) < 0:
        raise business("The total amount of a transaction can't be negative.", "TotalAmt")
    if entity == "Purchase":
        _settle_purchase(company, body)
        return
    if "APAccountRef" not in body:
        payable = company.account_of_type("Accounts Payable")
        if payable is None:
            raise business("You must select an account for this transaction.", "APAccountRef")
        body["APAccountRef"] = {"value": payable.id}
    elif company.account_type(body["APAccountRef"]["value"]) != "Accounts Payable":
        raise refuse("6430", "Invalid account type: You need to select an Accounts Payable account.", "APAccountRef")
    if entity == "Bill":
        body.setdefault("DueDate", due_date(company, body))


def _settle_expense_line(company: Company, entity: str, line: dict[str, Any]) -> None:
    kind = line["DetailType"]
    detail = line.setdefault(kind, {})
    for other in (BY_ITEM, BY_ACCOUNT):
        if other != kind:
            line.pop(other, None)
    if kind == BY_ACCOUNT:
        if company.account_type(detail["AccountRef"]["value"]) in ("Accounts Payable", "Accounts Receivable"):
            raise refuse("6430", "Invalid account type: You need to select a different type of account.", "AccountRef")
    elif "ItemRef" not in detail:
        line["Amount"] = Decimal(0)          # a line without an item is text: its amount counts for nothing
    else:
        item = company.records["Item"][detail["ItemRef"]["value"]]
        check_not_category(item)
        if "ExpenseAccountRef" not in item.body:
            raise business("You must select an account for this transaction.", "ItemRef")
        _check_product(line, detail)
    _settle_billable(company, entity, detail)
    _check_tax_code(detail)


def check_not_category(item: Record) -> None:
    if item.body["Type"] == "Category":
        raise refuse("2500", "Invalid Reference Id : An item in this transaction is set up as a category instead of "
                     "a product or service.", "ItemRef")


def _check_product(line: dict[str, Any], detail: dict[str, Any]) -> None:
    """round(Qty x UnitPrice, 2) must be the amount; what was left out is derived."""
    amount = Decimal(line["Amount"])
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is None:
        quantity = Decimal(1)
    if price is None:
        price = plain((amount / quantity).quantize(Decimal("0.0000000001"))) if quantity else Decimal(0)
    if rounded(Decimal(quantity) * Decimal(price)) != amount:
        raise refuse("6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}", "Amount")
    detail["Qty"], detail["UnitPrice"] = quantity, price


def _settle_billable(company: Company, entity: str, detail: dict[str, Any]) -> None:
    status = detail.get("BillableStatus")
    if status == "HasBeenBilled":
        raise refuse("2170", "Invalid Enumeration : HasBeenBilled", "BillableStatus")
    if status == "Billable" and "CustomerRef" not in detail:
        raise refuse("6560", "A billable line needs a customer.", "CustomerRef")
    if entity == "PurchaseOrder":
        detail["BillableStatus"] = "NotBillable"
    elif status is None:
        billable = "CustomerRef" in detail and company.customer_means_billable
        detail["BillableStatus"] = "Billable" if billable else "NotBillable"


def _check_tax_code(detail: dict[str, Any]) -> None:
    code = detail.setdefault("TaxCodeRef", {"value": "NON"})["value"]
    if code not in ("TAX", "NON"):
        raise refuse("6100", f"Invalid tax code {code}: only TAX or NON can be used on a line.", "TaxCodeRef")


def _settle_purchase(company: Company, body: dict[str, Any]) -> None:
    kind = company.account_type(body["AccountRef"]["value"])
    fits = {"CreditCard": ("Credit Card",), "Check": ("Bank",), "Cash": ("Bank", "Other Current Asset")}
    if kind not in fits[body["PaymentType"]]:
        raise refuse("6430", f"Invalid account type: a {body['PaymentType']} purchase is paid from a "
                     f"{' or '.join(fits[body['PaymentType']])} account.", "AccountRef")
    if body.get("Credit") and body["PaymentType"] != "CreditCard":
        raise business("Only a credit card purchase can be a credit.", "Credit")
    body.setdefault("Credit", False)
    if body["PaymentType"] == "Check":
        body.setdefault("PrintStatus", "NotSet")


def due_date(company: Company, body: dict[str, Any]) -> str:
    """TxnDate plus the days of the term; or the day of the month the term names; or TxnDate."""
    day = date.fromisoformat(body["TxnDate"])
    term_ref = body.get("SalesTermRef")
    term = company.find("Term", term_ref["value"]) if term_ref else None
    if term is None:
        return day.isoformat()
    if "DayOfMonthDue" not in term.body:
        return (day + timedelta(days=int(term.body.get("DueDays", 0)))).isoformat()
    due = _on_day(day, int(term.body["DayOfMonthDue"]))
    if due < day or (due - day).days < int(term.body.get("DueNextMonthDays", 0)):
        due = _on_day(due.replace(day=1) + timedelta(days=31), int(term.body["DayOfMonthDue"]))
    return due.isoformat()


def _on_day(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


# -- other forms -------------------------------------------------------------------------------------------------


def _check_journal(company: Company, body: dict[str, Any]) -> None:
    lines = [line for line in body["Line"] if line["DetailType"] == "JournalEntryLineDetail"]
    if len(lines) < 2:
        raise refuse("2250", "A journal entry needs at least two lines.", "Line")
    balance = 0
    for line in lines:
        detail = line.get("JournalEntryLineDetail", {})
        if "PostingType" not in detail:
            raise refuse("2260", "PostingType is missing on a line.", "PostingType")
        if "AccountRef" not in detail:
            raise business("You must select an account for this transaction.", "AccountRef")
        _check_amount(line)
        if line["Amount"] < 0:
            raise refuse("2290", "Negative amounts are not supported on transaction lines.", "Amount")
        balance += cents(line["Amount"]) * (1 if detail["PostingType"] == "Debit" else -1)
        _check_journal_party(company, detail)
    if balance:
        raise refuse("2300", "The amount on debits is not equal to the amount on credits.", "Line")
    body.setdefault("Adjustment", False)


def _check_journal_party(company: Company, detail: dict[str, Any]) -> None:
    needs = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}.get(
        company.account_type(detail["AccountRef"]["value"]))
    entity = detail.get("Entity")
    if entity is not None and not (entity.get("Type") and entity.get("EntityRef")):
        raise refuse("2020", "Required parameter EntityRef is missing in the request", "EntityRef")
    if needs and (entity is None or entity["Type"] != needs):
        raise business(f"When you use {'Accounts Receivable' if needs == 'Customer' else 'Accounts Payable'}, you "
                       f"must choose a {needs.lower()} in the Name field.", "Entity")


def _settle_invoice(company: Company, body: dict[str, Any]) -> None:
    body["Line"] = [line for line in body["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    for line in body["Line"]:
        if line["DetailType"] == "DescriptionOnly":
            line.pop("Amount", None)
            continue
        _check_amount(line)
        if line["DetailType"] == "SalesItemLineDetail":
            _settle_sales_line(company, line)
        elif "DiscountAccountRef" not in line.get("DiscountLineDetail", {}):
            raise business("You must select an account for this transaction.", "DiscountAccountRef")
    if not any(line["DetailType"] == "SalesItemLineDetail" for line in body["Line"]):
        raise refuse("2250", "An invoice needs at least one line.", "Line")
    if total_cents("Invoice", body) < 0:
        raise business("The total amount of a transaction can't be negative.", "TotalAmt")
    if body.get("EmailStatus") == "NeedToSend" and not body.get("BillEmail"):
        raise business("An e-mail address is required.", "BillEmail")
    body.setdefault("DueDate", due_date(company, body))


def _settle_sales_line(company: Company, line: dict[str, Any]) -> None:
    detail = line.setdefault("SalesItemLineDetail", {})
    if "ItemRef" not in detail:
        raise refuse("6440", "Each line with an amount needs a product or service.", "ItemRef")
    item = company.records["Item"][detail["ItemRef"]["value"]]
    check_not_category(item)
    if "IncomeAccountRef" not in item.body:
        raise business("You must select an account for this transaction.", "ItemRef")
    if "Qty" in detail or "UnitPrice" in detail:
        _check_product(line, detail)
    _check_tax_code(detail)


def _check_deposit(company: Company, body: dict[str, Any]) -> None:
    if company.account_type(body["DepositToAccountRef"]["value"]) not in ("Bank", "Other Current Asset"):
        raise refuse("6430", "Invalid account type: a deposit goes to a bank account.", "DepositToAccountRef")
    for line in body["Line"]:
        _check_amount(line)
        if line.get("LinkedTxn"):
            continue
        detail = line.get("DepositLineDetail", {})
        if "AccountRef" not in detail:
            raise business("You must select an account for this transaction.", "AccountRef")
        needs = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}.get(
            company.account_type(detail["AccountRef"]["value"]))
        if needs and detail.get("Entity", {}).get("type", "").title() != needs:
            raise business(f"You must choose a {needs.lower()} in the Received from field.", "Entity")
    back = body.get("CashBack")
    if back:
        _check_amount({"Amount": back.setdefault("Amount", Decimal(0))})
        if "AccountRef" not in back:
            raise business("You must select an account for this transaction.", "CashBack")
    if total_cents("Deposit", body) < 0:
        raise business("The total amount of a transaction can't be negative.", "TotalAmt")


# -- numbers -----------------------------------------------------------------------------------------------------


def number_family(entity: str, body: dict[str, Any]) -> str | None:
    """Documents of one family may not share a number. Checks and bill payments by check are one family."""
    if entity == "Purchase":
        return "Check" if body["PaymentType"] == "Check" else None
    if entity == "BillPayment":
        return "Check" if body["PayType"] == "Check" else "BillPaymentCreditCard"
    return None if entity in ("Payment", "Deposit") else entity


def _number(company: Company, entity: str, body: dict[str, Any], old: Record | None, options: frozenset[str]) -> None:
    if entity in AUTOMATIC_NUMBERS and not company.profile.custom_numbers:
        body.pop("DocNumber", None)
        if old is not None and "DocNumber" in old.body:
            body["DocNumber"] = old.body["DocNumber"]
        else:
            body["DocNumber"] = str(1001 + company.next_number[entity])
        return
    if not body.get("DocNumber"):
        body.pop("DocNumber", None)
        if entity == "JournalEntry" and "allowautodocnum" in options:
            body["DocNumber"] = str(1 + company.next_number[entity])
        return
    family = number_family(entity, body)
    if family is None or "allowduplicatedocnum" in options \
            or (entity == "JournalEntry" and not company.profile.warn_duplicate_journal):
        return
    for id_, kind in company.numbers.get((family, body["DocNumber"]), {}).items():
        if old is None or id_ != old.id:
            raise refuse("6140", "Duplicate Document Number Error : You must specify a different number. This number "
                         f"has already been used. DocNumber={body['DocNumber']} is assigned to TxnType={kind} with "
                         f"TxnId={id_}", "DocNumber")


def link_type(record: Record) -> str:
    """What a LinkedTxn to this document is called."""
    if record.entity == "BillPayment":
        return "BillPaymentCheck"                   # shown for card payments too
    if record.entity == "Purchase":
        if record.body["PaymentType"] == "CreditCard":
            return "CreditCardCredit" if record.body.get("Credit") else "CreditCardCharge"
        return "Check" if record.body["PaymentType"] == "Check" else "Expense"
    return record.entity


# -- what a document posts -----------------------------------------------------------------------------------------


def entries(company: Company, record: Record) -> tuple[Entry, ...]:
    """The document's debits and credits; they add up to zero. Orders and voided documents have none."""
    if record.entity in NON_POSTING or record.voided:
        return ()
    return tuple(entry for entry in _POSTS[record.entity](company, record) if entry.cents)


def _expense_lines(company: Company, record: Record, sign: int, party: tuple[str, str] | None) -> Iterator[Entry]:
    for line in record.body["Line"]:
        detail = line[line["DetailType"]]
        if line["DetailType"] == BY_ACCOUNT:
            account = detail["AccountRef"]["value"]
        elif "ItemRef" in detail:
            account = company.records["Item"][detail["ItemRef"]["value"]].body["ExpenseAccountRef"]["value"]
        else:
            continue
        yield Entry(account, sign * cents(line["Amount"]), party, _id(detail, "CustomerRef"),
                    line.get("Description", ""), _id(detail, "ClassRef"), _id(detail, "ItemRef"))


def _id(body: dict[str, Any], key: str) -> str | None:
    found: str | None = body.get(key, {}).get("value")
    return found


def _bill(company: Company, record: Record) -> Iterator[Entry]:
    sign = -1 if record.entity == "VendorCredit" else 1
    party = ("Vendor", record.body["VendorRef"]["value"])
    yield Entry(record.body["APAccountRef"]["value"], -sign * total_cents(record.entity, record.body), party)
    yield from _expense_lines(company, record, sign, party)


def _purchase(company: Company, record: Record) -> Iterator[Entry]:
    sign = -1 if record.body.get("Credit") else 1
    payee = record.body.get("EntityRef")
    party = (payee.get("type", "Vendor"), payee["value"]) if payee else None
    yield Entry(record.body["AccountRef"]["value"], -sign * total_cents("Purchase", record.body), party)
    yield from _expense_lines(company, record, sign, party)


def _bill_payment(company: Company, record: Record) -> Iterator[Entry]:
    body = record.body
    total = cents(body["TotalAmt"])
    party = ("Vendor", body["VendorRef"]["value"])
    if total:
        paid_from = body["CheckPayment"]["BankAccountRef"] if body["PayType"] == "Check" \
            else body["CreditCardPayment"]["CCAccountRef"]
        yield Entry(paid_from["value"], -total, party)
    left = total
    for line in body["Line"]:
        target = company.transaction(line["LinkedTxn"][0]["TxnId"])
        assert target is not None, "a payment names documents that exist"
        account, net = payable_side(company, target, party[1])
        amount = cents(line["Amount"]) * (1 if net > 0 else -1)
        left -= amount
        yield Entry(account, amount, party)
    yield Entry(body["APAccountRef"]["value"], left, party)


def payable_side(company: Company, target: Record, vendor: str) -> tuple[str, int]:
    """(A/P account, cents owed to the vendor by this document; below zero for a credit)."""
    return _party_side(company, target, ("Vendor", vendor), "Accounts Payable", -1)


def receivable_side(company: Company, target: Record, customer: str) -> tuple[str, int]:
    """(A/R account, cents due from the customer by this document; below zero for a credit)."""
    return _party_side(company, target, ("Customer", customer), "Accounts Receivable", 1)


def _party_side(company: Company, target: Record, party: tuple[str, str], kind: str, sign: int) -> tuple[str, int]:
    account, net = "", 0
    for entry in company.ledger.entries.get(target.id, ()):
        if entry.party == party and company.account_type(entry.account) == kind:
            account, net = entry.account, net + sign * entry.cents
    return account, net


def _journal(company: Company, record: Record) -> Iterator[Entry]:
    for line in record.body["Line"]:
        if line["DetailType"] != "JournalEntryLineDetail":
            continue
        detail = line["JournalEntryLineDetail"]
        entity = detail.get("Entity")
        party = (entity["Type"], entity["EntityRef"]["value"]) if entity else None
        amount = cents(line["Amount"]) * (1 if detail["PostingType"] == "Debit" else -1)
        customer = party[1] if party and party[0] == "Customer" else None
        yield Entry(detail["AccountRef"]["value"], amount, party, customer, line.get("Description", ""),
                    _id(detail, "ClassRef"), None, _id(detail, "DepartmentRef"))


def _invoice(company: Company, record: Record) -> Iterator[Entry]:
    customer = record.body["CustomerRef"]["value"]
    party = ("Customer", customer)
    receivable = company.account_of_type("Accounts Receivable")
    assert receivable is not None, "a company has an A/R account"
    yield Entry(receivable.id, total_cents("Invoice", record.body), party, customer)
    for line in record.body["Line"]:
        if line["DetailType"] == "SalesItemLineDetail":
            item = company.records["Item"][line["SalesItemLineDetail"]["ItemRef"]["value"]]
            account = item.body["IncomeAccountRef"]["value"]
        elif line["DetailType"] == "DiscountLineDetail":
            account = line["DiscountLineDetail"]["DiscountAccountRef"]["value"]
        else:
            continue
        detail = line[line["DetailType"]]
        yield Entry(account, -_signed(line), party, customer, line.get("Description", ""),
                    _id(detail, "ClassRef") or _id(record.body, "ClassRef"), _id(detail, "ItemRef"))


def _payment(company: Company, record: Record) -> Iterator[Entry]:
    customer = record.body["CustomerRef"]["value"]
    total = cents(record.body["TotalAmt"])
    yield Entry(record.body["DepositToAccountRef"]["value"], total, ("Customer", customer), customer)
    yield Entry(record.body["ARAccountRef"]["value"], -total, ("Customer", customer), customer)


def _deposit(company: Company, record: Record) -> Iterator[Entry]:
    yield Entry(record.body["DepositToAccountRef"]["value"], total_cents("Deposit", record.body))
    back = record.body.get("CashBack")
    if back:
        yield Entry(back["AccountRef"]["value"], cents(back.get("Amount", 0)), None, None, back.get("Memo", ""))
    for line in record.body["Line"]:
        amount = -cents(line["Amount"])
        if line.get("LinkedTxn"):
            payment = company.find("Payment", line["LinkedTxn"][0]["TxnId"])
            assert payment is not None, "a deposited payment cannot be deleted"
            yield Entry(payment.body["DepositToAccountRef"]["value"], amount,
                        ("Customer", payment.body["CustomerRef"]["value"]))
        else:
            detail = line["DepositLineDetail"]
            entity = detail.get("Entity")
            party = (entity.get("type", "Customer").title(), entity["value"]) if entity else None
            yield Entry(detail["AccountRef"]["value"], amount, party, None, line.get("Description", ""),
                        _id(detail, "ClassRef"))


_POSTS = {"Bill": _bill, "VendorCredit": _bill, "Purchase": _purchase, "BillPayment": _bill_payment,
          "JournalEntry": _journal, "Invoice": _invoice, "Payment": _payment, "Deposit": _deposit}


def open_cents(company: Company, record: Record) -> int:
    """What is left of a bill, a credit or an invoice."""
    return total_cents(record.entity, record.body) - company.applied_cents(record.id)


def balance(company: Company, record: Record) -> Decimal:
    return money(open_cents(company, record))
