"""What each document posts: its debits and credits (qbo.md 16.8), and what is left open of it."""
from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online import taxes
from tieout.sandbox.quickbooks_online.amounts import due_cents, signed_cents, total_cents
from tieout.sandbox.quickbooks_online.company import NON_POSTING, Company, Entry, Record
from tieout.sandbox.quickbooks_online.sales import RECEIPTS, TAKEN_BACK
from tieout.sandbox.quickbooks_online.wire import cents, money


def entries(company: Company, record: Record) -> tuple[Entry, ...]:
    """The document's debits and credits; they add up to zero. Orders and voided documents have none."""
    if record.entity in NON_POSTING or record.voided:
        return ()
    return tuple(entry for entry in _POSTS[record.entity](company, record) if entry.cents)


def _expense_lines(company: Company, record: Record, sign: int, party: tuple[str, str] | None) -> Iterator[Entry]:
    for line in record.body["Line"]:
        detail = line[line["DetailType"]]
        account = taxes.expense_account(company, line)
        if account is None:
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
    yield from taxes.entries(company, record, sign)


def _purchase(company: Company, record: Record) -> Iterator[Entry]:
    sign = -1 if record.body.get("Credit") else 1
    payee = record.body.get("EntityRef")
    party = (payee["type"], payee["value"]) if payee else None
    yield Entry(record.body["AccountRef"]["value"], -sign * total_cents("Purchase", record.body), party)
    yield from _expense_lines(company, record, sign, party)
    yield from taxes.entries(company, record, sign)


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


def owed(company: Company, target: Record, payer: str) -> tuple[str, str, int]:
    """(customer, A/R account, cents due) of a document that a customer pays: its own, or of the job it was made for."""
    account, net = receivable_side(company, target, payer)
    owner = target.body.get("CustomerRef", {}).get("value")
    return (payer, account, net) if net or owner is None else (owner, *receivable_side(company, target, owner))


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
    yield from taxes.journal_entries(company, record)


def _sales_form(company: Company, record: Record) -> Iterator[Entry]:
    """On account to A/R, at once to the deposit account; credits and refunds the other way round."""
    customer = record.body["CustomerRef"]["value"]
    party = ("Customer", customer)
    sign = -1 if record.entity in TAKEN_BACK else 1
    received_in = record.body.get("DepositToAccountRef", {}).get("value", "")
    prepaid = total_cents(record.entity, record.body) - due_cents(record.entity, record.body)
    head = received_in if record.entity in RECEIPTS else _receivable(company)
    yield Entry(head, sign * due_cents(record.entity, record.body), party, customer)
    yield Entry(received_in, prepaid, party, customer)
    for line in record.body["Line"]:
        if line["DetailType"] == "SalesItemLineDetail":
            item = company.records["Item"][line["SalesItemLineDetail"]["ItemRef"]["value"]]
            account = item.body["IncomeAccountRef"]["value"]
        elif line["DetailType"] == "DiscountLineDetail":
            account = line["DiscountLineDetail"]["DiscountAccountRef"]["value"]
        else:
            continue
        detail = line[line["DetailType"]]
        yield Entry(account, -sign * signed_cents(line), party, customer, line.get("Description", ""),
                    _id(detail, "ClassRef") or _id(record.body, "ClassRef"), _id(detail, "ItemRef"))
    yield from taxes.entries(company, record, -sign)


def _receivable(company: Company) -> str:
    receivable = company.account_of_type("Accounts Receivable")
    assert receivable is not None, "a company has an A/R account"
    return receivable.id


def _payment(company: Company, record: Record) -> Iterator[Entry]:
    """A job that is paid for by the customer above it owes less itself; what is left over belongs to the payer."""
    payer = record.body["CustomerRef"]["value"]
    left = total = cents(record.body["TotalAmt"])
    yield Entry(record.body["DepositToAccountRef"]["value"], total, ("Customer", payer), payer)
    for line in record.body["Line"]:
        target = company.transaction(line["LinkedTxn"][0]["TxnId"])
        assert target is not None, "a payment names documents that exist"
        owner, account, net = owed(company, target, payer)
        amount = cents(line["Amount"]) * (1 if net > 0 else -1)
        left -= amount
        yield Entry(account, -amount, ("Customer", owner), owner)
    yield Entry(record.body["ARAccountRef"]["value"], -left, ("Customer", payer), payer)


def _deposit(company: Company, record: Record) -> Iterator[Entry]:
    yield Entry(record.body["DepositToAccountRef"]["value"], total_cents("Deposit", record.body))
    back = record.body.get("CashBack")
    if back:
        yield Entry(back["AccountRef"]["value"], cents(back.get("Amount", 0)), None, None, back.get("Memo", ""))
    for line in record.body["Line"]:
        amount = -cents(line["Amount"])
        if line.get("LinkedTxn"):
            source = company.transaction(line["LinkedTxn"][0]["TxnId"])
            assert source is not None, "what was deposited cannot be deleted"
            account, _, party = waiting(company, source)
            yield Entry(account, amount, party)
        else:
            detail = line["DepositLineDetail"]
            entity = detail.get("Entity")
            party = (entity["type"].title(), entity["value"]) if entity else None
            yield Entry(detail["AccountRef"]["value"], amount, party, None, line.get("Description", ""),
                        _id(detail, "ClassRef"))


def waiting(company: Company, record: Record) -> tuple[str, int, tuple[str, str] | None]:
    """(account, cents, party) that a document left in Undeposited Funds; no cents if it left nothing there."""
    account, waits, party = "", 0, None
    for entry in company.ledger.entries.get(record.id, ()):
        if company.records["Account"][entry.account].body.get("AccountSubType") == "UndepositedFunds":
            account, waits, party = entry.account, waits + entry.cents, entry.party
    return account, waits, party


def _transfer(company: Company, record: Record) -> Iterator[Entry]:
    amount, memo = cents(record.body["Amount"]), record.body.get("PrivateNote", "")
    yield Entry(record.body["ToAccountRef"]["value"], amount, None, None, memo)
    yield Entry(record.body["FromAccountRef"]["value"], -amount, None, None, memo)


def _card_payment(company: Company, record: Record) -> Iterator[Entry]:
    amount, memo = cents(record.body["Amount"]), record.body.get("PrivateNote", "")
    payee = record.body.get("VendorRef")
    party = ("Vendor", payee["value"]) if payee else None
    yield Entry(record.body["CreditCardAccountRef"]["value"], amount, party, None, memo)
    yield Entry(record.body["BankAccountRef"]["value"], -amount, party, None, memo)


_POSTS = {"Bill": _bill, "VendorCredit": _bill, "Purchase": _purchase, "BillPayment": _bill_payment,
          "JournalEntry": _journal, "Invoice": _sales_form, "CreditMemo": _sales_form, "SalesReceipt": _sales_form,
          "RefundReceipt": _sales_form, "Payment": _payment, "Deposit": _deposit, "Transfer": _transfer,
          "CreditCardPaymentTxn": _card_payment}


def open_cents(company: Company, record: Record) -> int:
    """What is left of a bill, a credit or an invoice."""
    return due_cents(record.entity, record.body) - company.applied_cents(record.id)


def balance(company: Company, record: Record) -> Decimal:
    return money(open_cents(company, record))
