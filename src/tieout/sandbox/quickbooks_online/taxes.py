"""Tax on documents: the codes of the lines, what they come to, and what is posted for it (qbo.md 10.7, 11.9).

A form calls three functions, in this order:

    settle(company, entity, body, sent)    checks the codes, and puts the computed tax into body["TxnTaxDetail"]
    amounts.total_cents(entity, body)      the sum of the lines of a settled body, with its tax
    entries(company, record, sign)         the tax in the ledger: sign 1 debits it (a bill), -1 credits it (an invoice)

The tax that a document was saved with stays: a rate that changes later does not touch it. `Line.Amount` is always
without tax; under TaxInclusive the amount that was entered stands beside it in `TaxInclusiveAmt`.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Entry, Record
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, business, refuse
from tieout.sandbox.quickbooks_online.wire import cents, money, plain, rounded, shares

SALES = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate")
PURCHASES = ("Bill", "VendorCredit", "Purchase", "PurchaseOrder")
TAXED = (*SALES, *PURCHASES, "JournalEntry")
CODED = ("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail", "SalesItemLineDetail")
NOT_CALCULATED = ("We're sorry, QuickBooks encountered an error while calculating tax. Try reselecting the tax rate or "
                  "reentering the product/service item and saving the form again.")


@dataclass(frozen=True, slots=True)
class RateTax:
    """What one rate comes to on one document. `percent` is 13 for 13 %; `over` what was entered beyond it."""

    rate: str
    percent: Decimal
    net_cents: int
    tax_cents: int
    over_cents: int = 0


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of one document, one line for each rate; `code` only in the US, where it stands in the header."""

    lines: tuple[RateTax, ...] = ()
    code: str | None = None

    @property
    def total_cents(self) -> int:
        return sum(line.tax_cents for line in self.lines)


# -- what a form calls -------------------------------------------------------------------------------------------------


def settle(company: Company, entity: str, body: dict[str, Any], sent: dict[str, Any]) -> None:
    """Refuses what the company's tax does not allow; else TxnTaxDetail is what will be stored (absent without tax).

    `sent` is the TxnTaxDetail that the client sent, which may name a code or override amounts.
    """
    if company.profile.country == "US":
        body.pop("GlobalTaxCalculation", None)
        tax = _settle_us(company, entity, body, sent)
    elif entity == "JournalEntry":
        tax = _settle_journal(company, body)
    else:
        tax = _settle_by_line(company, entity, body, sent)
    if tax.lines or tax.code:
        body["TxnTaxDetail"] = _stored(tax)


def entries(company: Company, record: Record, sign: int) -> Iterator[Entry]:
    """Tax goes to the agency's account; what an agency does not give back on purchases is cost of the lines."""
    detail = record.body.get("TxnTaxDetail")
    if not detail:
        return
    purchase = record.entity in PURCHASES
    for line in detail.get("TaxLine", ()):
        rate = line["TaxLineDetail"]["TaxRateRef"]["value"]
        agency = _agency(company, rate)
        amount = sign * cents(line["Amount"])
        if not purchase or agency.body.get("TaxTrackedOnPurchases"):
            yield Entry(_account(agency, purchase=purchase), amount, None, None, _name(company, rate))
        else:
            yield from _as_cost(company, record, rate, amount)


def shown(body: dict[str, Any]) -> dict[str, Any]:
    """TxnTaxDetail of a sales form, which always has one."""
    found: dict[str, Any] = body.get("TxnTaxDetail") or {"TotalTax": Decimal(0)}
    return found


def keep_in_sparse(sent: dict[str, Any], body: dict[str, Any]) -> None:
    """A sparse update that leaves the lines alone leaves their tax; else it is computed anew."""
    if "TxnTaxDetail" in sent or not {"Line", "GlobalTaxCalculation", "CustomerRef", "TxnDate"} & sent.keys():
        return
    detail = body.pop("TxnTaxDetail", None)
    if detail and "TxnTaxCodeRef" in detail:
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": detail["TxnTaxCodeRef"]}


def tax_of(company: Company, entity: str, body: dict[str, Any]) -> Tax:
    """The tax that the codes of a body's lines come to, before anything a client overrides."""
    if company.profile.country == "US":
        return _us_tax(company, entity, body, {})
    return _tax_by_line(company, entity, body)


def expense_account(company: Company, line: dict[str, Any]) -> str | None:
    """The account of one expense line; None for an item line without an item, which is text."""
    detail = line[line["DetailType"]]
    if "AccountRef" in detail:
        return str(detail["AccountRef"]["value"])
    if "ItemRef" not in detail:
        return None
    return str(company.records["Item"][detail["ItemRef"]["value"]].body["ExpenseAccountRef"]["value"])


# -- lines, codes, rates -----------------------------------------------------------------------------------------------


def coded_lines(lines: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(line, its detail) of every line that can carry a code; the lines inside a bundle too."""
    for line in lines:
        kind = line.get("DetailType", "")
        if kind == "GroupLineDetail":
            yield from coded_lines(line.get(kind, {}).get("Line", []))
        elif kind in CODED and (kind == CODED[0] or "ItemRef" in line.get(kind, {})):
            yield line, line[kind]


def _rates(company: Company, code: str, entity: str, day: str) -> list[tuple[str, Decimal, str]]:
    """(rate, percent on that day, what it is charged on) of a code, in the order in which they are charged."""
    record = company.records["TaxCode"][code]
    side = "PurchaseTaxRateList" if entity in PURCHASES else "SalesTaxRateList"
    rows = record.body.get(side, {}).get("TaxRateDetail", [])
    return [(row["TaxRateRef"]["value"], percent_on(company.records["TaxRate"][row["TaxRateRef"]["value"]], day),
             row.get("TaxTypeApplicable", "TaxOnAmount")) for row in sorted(rows, key=lambda row: row["TaxOrder"])]


def percent_on(rate: Record, day: str) -> Decimal:
    """The percentage in force on a day."""
    for period in reversed(rate.body.get("EffectiveTaxRate", [])):
        if period["EffectiveDate"][:10] <= day:
            return Decimal(period["RateValue"])
    return Decimal(rate.body["RateValue"])


def _charge(rates: list[tuple[str, Decimal, str]], net: Decimal) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """(rate, percent, base, tax) of each rate on an amount, unrounded; a later rate may be charged on earlier ones."""
    found: list[tuple[str, Decimal, Decimal, Decimal]] = []
    so_far = Decimal(0)
    for rate, percent, on in rates:
        base = {"TaxOnAmountPlusTax": net + so_far, "TaxOnTax": so_far}.get(on, net)
        tax = base * percent / 100
        so_far += tax
        found.append((rate, percent, base, tax))
    return found


def _agency(company: Company, rate: str) -> Record:
    return company.records["TaxAgency"][company.records["TaxRate"][rate].body["AgencyRef"]["value"]]


def _account(agency: Record, *, purchase: bool) -> str:
    key = "TaxOnPurchasesAccountRef" if purchase else "TaxTrackedOnSalesAccountRef"
    return str(agency.body[key]["value"])


def _name(company: Company, rate: str) -> str:
    return str(company.records["TaxRate"][rate].body["Name"])


def _stored(tax: Tax) -> dict[str, Any]:
    rows = []
    for line in tax.lines:
        detail = {"TaxRateRef": {"value": line.rate}, "PercentBased": True, "TaxPercent": plain(line.percent),
                  "NetAmountTaxable": money(line.net_cents)}
        if line.over_cents:
            detail["OverrideDeltaAmount"] = money(line.over_cents)
        rows.append({"Amount": money(line.tax_cents), "DetailType": "TaxLineDetail", "TaxLineDetail": detail})
    header = {"TxnTaxCodeRef": {"value": tax.code}} if tax.code else {}
    return {**header, "TotalTax": money(tax.total_cents), "TaxLine": rows}


def _as_cost(company: Company, record: Record, rate: str, amount: int) -> Iterator[Entry]:
    """The tax of a rate that is not given back, shared out over the lines whose code has the rate."""
    held = []
    for line, detail in coded_lines(record.body["Line"]):
        rates = _rates(company, detail["TaxCodeRef"]["value"], record.entity, record.body["TxnDate"])
        if any(found == rate for found, _, _ in rates):
            held.append((line, detail))
    weights = [cents(line["Amount"]) for line, _ in held]
    for (line, detail), part in zip(held, shares(amount, weights), strict=True):
        account = expense_account(company, line)
        assert account is not None, "a coded line has an account"
        customer, of_class = detail.get("CustomerRef", {}), detail.get("ClassRef", {})
        yield Entry(account, part, None, customer.get("value"), _name(company, rate), of_class.get("value"),
                    detail.get("ItemRef", {}).get("value"))


# -- a company whose codes stand on the lines (outside the US) ---------------------------------------------------------


def _settle_by_line(company: Company, entity: str, body: dict[str, Any], sent: dict[str, Any]) -> Tax:
    way = body.setdefault("GlobalTaxCalculation", "TaxExcluded" if company.profile.sales_tax != "off"
                          else "NotApplicable")
    lines = list(coded_lines(body["Line"]))
    if way == "NotApplicable" or company.profile.sales_tax == "off":
        if any("TaxCodeRef" in detail for _, detail in lines):
            raise refuse("6230", "A tax code can't be used on a line when GlobalTaxCalculation is NotApplicable.",
                         "TaxCodeRef")
        if sent.get("TotalTax") or sent.get("TaxLine"):
            raise refuse("6170", "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable.",
                         "TxnTaxDetail")
        body["GlobalTaxCalculation"] = "NotApplicable"
        return Tax()
    for line, detail in lines:
        _check_code(company, detail)
        detail.pop("TaxAmount", None)
        if way == "TaxInclusive":
            _take_out_tax(company, entity, body["TxnDate"], line, detail)
        else:
            detail.pop("TaxInclusiveAmt", None)
    return _override(company, _tax_by_line(company, entity, body), sent)


def _check_code(company: Company, detail: dict[str, Any]) -> None:
    code = detail.get("TaxCodeRef", {}).get("value")
    if code is None:
        what = "GST/HST" if company.profile.country == "CA" else "tax"
        raise business(f"Make sure all your transactions have a {what} rate before you save.", "TaxCodeRef")
    record = company.find("TaxCode", code)
    if record is None:
        raise refuse("2500", f"Invalid Reference Id : TaxCode element id {code} not found", "TaxCodeRef")
    if not record.active:
        raise refuse("610", MADE_INACTIVE, "TaxCodeRef")


def _take_out_tax(company: Company, entity: str, day: str, line: dict[str, Any], detail: dict[str, Any]) -> None:
    """Turns an amount with tax into the amount without it. TaxInclusiveAmt is the amount with tax; where it is not
    sent, Amount is."""
    gross = cents(detail.get("TaxInclusiveAmt", line["Amount"]))
    rates = _rates(company, detail["TaxCodeRef"]["value"], entity, day)
    factor = 1 + sum((tax for *_, tax in _charge(rates, Decimal(1))), Decimal(0))
    net = rounded(money(gross) / factor)
    if net != line["Amount"] and Decimal(detail.get("Qty", 0)):
        detail["UnitPrice"] = plain((net / Decimal(detail["Qty"])).quantize(Decimal("0.0000000001")))
    line["Amount"], detail["TaxInclusiveAmt"] = net, money(gross)


def _tax_by_line(company: Company, entity: str, body: dict[str, Any]) -> Tax:
    """Computed on the sum of each code, not line by line; with tax included it is what the lines hold beyond net."""
    net: dict[str, int] = {}
    held: dict[str, int] = {}
    rows = [(line, detail) for line, detail in coded_lines(body["Line"]) if "TaxCodeRef" in detail]
    amounts = _after_discount(body, [cents(line["Amount"]) for line, _ in rows])
    for (_, detail), amount in zip(rows, amounts, strict=True):
        code = detail["TaxCodeRef"]["value"]
        net[code] = net.get(code, 0) + amount
        if "TaxInclusiveAmt" in detail:
            held[code] = held.get(code, 0) + cents(detail["TaxInclusiveAmt"]) - amount
    found: dict[str, RateTax] = {}
    for code, amount in net.items():
        charged = [RateTax(rate, percent, cents(rounded(base)), cents(rounded(tax))) for rate, percent, base, tax
                   in _charge(_rates(company, code, entity, body["TxnDate"]), money(amount))]
        if code in held and charged and not _discount_cents(body):
            rest = held[code] - sum(line.tax_cents for line in charged)
            charged[-1] = replace(charged[-1], tax_cents=charged[-1].tax_cents + rest)
        for line in charged:
            before = found.get(line.rate)
            found[line.rate] = line if before is None else replace(
                before, net_cents=before.net_cents + line.net_cents, tax_cents=before.tax_cents + line.tax_cents)
    return Tax(tuple(found.values()))


def _discount_cents(body: dict[str, Any]) -> int:
    """The discount that comes off before tax is charged."""
    if not body.get("ApplyTaxAfterDiscount"):
        return 0
    return sum(cents(line["Amount"]) for line in body["Line"] if line.get("DetailType") == "DiscountLineDetail")


def _after_discount(body: dict[str, Any], amounts: list[int]) -> list[int]:
    discount = _discount_cents(body)
    if not discount:
        return amounts
    return [amount - part for amount, part in zip(amounts, shares(discount, [max(x, 0) for x in amounts]), strict=True)]


def _override(company: Company, tax: Tax, sent: dict[str, Any]) -> Tax:
    """Tax amounts that a client enters count: by rate in TaxLine, or in TotalTax alone."""
    lines = {line.rate: line for line in tax.lines}
    for row in sent.get("TaxLine", ()):
        rate = row.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value")
        if rate not in lines or "Amount" not in row:
            raise business(NOT_CALCULATED, "TxnTaxDetail")
        lines[rate] = _entered(lines[rate], cents(row["Amount"]))
    found = replace(tax, lines=tuple(lines.values()))
    total = sent.get("TotalTax")
    if total is None or sent.get("TaxLine") or cents(total) == found.total_cents:
        return found
    charged = [line for line in found.lines if line.percent]
    if not charged:
        raise business(NOT_CALCULATED, "TxnTaxDetail")
    lines[charged[0].rate] = _entered(charged[0], charged[0].tax_cents + cents(total) - found.total_cents)
    return replace(found, lines=tuple(lines.values()))


def _entered(line: RateTax, amount: int) -> RateTax:
    return replace(line, tax_cents=amount, over_cents=amount - line.tax_cents)


# -- journal entries ---------------------------------------------------------------------------------------------------


def _settle_journal(company: Company, body: dict[str, Any]) -> Tax:
    """Each coded line says on which side its tax counts, and how much it is."""
    found: dict[str, RateTax] = {}
    for detail, amount, parts in _journal_tax(company, body):
        detail["TaxInclusiveAmt"] = money(amount + sum(part for _, _, part in parts))
        for rate, percent, part in parts:
            before = found.get(rate, RateTax(rate, percent, 0, 0))
            found[rate] = replace(before, net_cents=before.net_cents + amount, tax_cents=before.tax_cents + part)
    return Tax(tuple(found.values()))


def _journal_tax(company: Company, body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int,
                                                                          list[tuple[str, Decimal, int]]]]:
    """(detail, cents of the line, (rate, percent, cents) of its tax) of every line with a code."""
    for line in body["Line"]:
        detail = line.get("JournalEntryLineDetail", {})
        if "TaxCodeRef" not in detail:
            continue
        _check_code(company, detail)
        if "TaxApplicableOn" not in detail:
            raise refuse("2270", "TaxApplicableOn is missing on a line with a tax code.", "TaxApplicableOn")
        if detail["TaxApplicableOn"] not in ("Sales", "Purchase"):
            raise refuse("2170", f"Invalid Enumeration : {detail['TaxApplicableOn']}", "TaxApplicableOn")
        if "TaxAmount" not in detail:
            raise refuse("2280", "TaxAmount is missing on a line with a tax code.", "TaxAmount")
        entity = "Bill" if detail["TaxApplicableOn"] == "Purchase" else "Invoice"
        rates = _rates(company, detail["TaxCodeRef"]["value"], entity, body["TxnDate"])
        tax = cents(detail["TaxAmount"])
        if tax and not any(percent for _, percent, _ in rates):
            raise business(NOT_CALCULATED, "TaxAmount")
        charged = _charge(rates, Decimal(line["Amount"]))
        parts = shares(tax, [cents(rounded(part)) for *_, part in charged])
        yield detail, cents(line["Amount"]), [(rate, percent, part) for (rate, percent, _, _), part
                                              in zip(charged, parts, strict=True)]


def journal_cents(company: Company, line: dict[str, Any]) -> int:
    """What one line of a journal entry comes to with its tax. An amount of tax says nothing without a code, and in the
    US never."""
    detail = line.get("JournalEntryLineDetail", {})
    is_taxed = company.profile.country != "US" and "TaxCodeRef" in detail
    return cents(line["Amount"]) + (cents(detail.get("TaxAmount", 0)) if is_taxed else 0)


def journal_entries(company: Company, record: Record) -> Iterator[Entry]:
    if not record.body.get("TxnTaxDetail"):
        return
    for detail, _, parts in _journal_tax(company, record.body):
        sign = 1 if detail["PostingType"] == "Debit" else -1
        purchase = detail["TaxApplicableOn"] == "Purchase"
        for rate, _, part in parts:
            agency = _agency(company, rate)
            given_back = not purchase or agency.body.get("TaxTrackedOnPurchases")
            account = _account(agency, purchase=purchase) if given_back else detail["AccountRef"]["value"]
            yield Entry(account, sign * part, None, None, _name(company, rate))


# -- the US: TAX or NON on the lines, one code in the header -----------------------------------------------------------


def _settle_us(company: Company, entity: str, body: dict[str, Any], sent: dict[str, Any]) -> Tax:
    if entity == "JournalEntry":
        return Tax()
    for _, detail in coded_lines(body["Line"]):
        detail.pop("TaxAmount", None)
        detail.pop("TaxInclusiveAmt", None)
        code = detail.setdefault("TaxCodeRef", {"value": _usual_code(company, entity, detail)})["value"]
        if code not in ("TAX", "NON"):
            raise refuse("6100", f"Invalid tax code {code}: only TAX or NON can be used on a line.", "TaxCodeRef")
    if entity in PURCHASES or company.profile.sales_tax == "off":
        if sent.get("TotalTax"):
            raise refuse("6170", "Tax is not set up on purchases or sales of this company.", "TxnTaxDetail")
        return Tax()
    tax = _us_tax(company, entity, body, sent)
    if company.profile.sales_tax == "automated" and sent.get("TotalTax") is not None and tax.lines:
        return _override(company, tax, {"TotalTax": sent["TotalTax"]})
    return tax


def _usual_code(company: Company, entity: str, detail: dict[str, Any]) -> str:
    """A sold item that is taxable is taxed; a purchase is not."""
    if entity in PURCHASES or company.profile.sales_tax == "off" or "ItemRef" not in detail:
        return "NON"
    return "TAX" if company.records["Item"][detail["ItemRef"]["value"]].body.get("Taxable") else "NON"


def _us_tax(company: Company, entity: str, body: dict[str, Any], sent: dict[str, Any]) -> Tax:
    code = _us_code(company, body, sent)
    if code is None:
        return Tax()
    rows = list(coded_lines(body["Line"]))
    amounts = _after_discount(body, [cents(line["Amount"]) for line, _ in rows])
    taxable = sum(amount for (_, detail), amount in zip(rows, amounts, strict=True)
                  if detail["TaxCodeRef"]["value"] == "TAX")
    return Tax(tuple(RateTax(rate, percent, cents(rounded(base)), cents(rounded(tax))) for rate, percent, base, tax
                     in _charge(_rates(company, code, entity, body["TxnDate"]), money(taxable))), code)


def _us_code(company: Company, body: dict[str, Any], sent: dict[str, Any]) -> str | None:
    """The code of the whole form: as sent, else by address (automated) or the customer's, else the company's own."""
    customer = company.find("Customer", body.get("CustomerRef", {}).get("value", ""))
    if customer is not None and not customer.body.get("Taxable", True):
        return None
    asked = sent.get("TxnTaxCodeRef", {}).get("value")
    if asked is not None and company.profile.sales_tax == "manual":
        if asked in ("TAX", "NON") or not company.records["TaxCode"][asked].active:
            raise refuse("6100", f"Invalid tax code {asked} for the whole transaction.", "TxnTaxCodeRef")
        return str(asked)
    if company.profile.sales_tax == "automated":
        return company.tax_by_state.get(_destination(company, body))
    usual = customer.body.get("DefaultTaxCodeRef", {}).get("value") if customer is not None else None
    return usual or company.usual_tax_code


def _destination(company: Company, body: dict[str, Any]) -> str:
    """The state shipped to; a form without an address counts as delivered at the company's own."""
    state = body.get("ShipAddr", {}).get("CountrySubDivisionCode")
    return str(state or company.profile.address[2]).upper()
