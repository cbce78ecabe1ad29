"""Tax on documents: a Canadian company with HST, and sales tax in the US."""
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import ACCOUNT, Office
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.quickbooks_online.wire import shares

SALE = "SalesItemLineDetail"
CANADA = CompanyProfile(name="Fjord Builders", country="CA", currency="CAD", sales_tax="manual",
                        address=("1 Bay St", "Toronto", "ON", "M5J 2N8"))
MANUAL = CompanyProfile(sales_tax="manual")
AUTOMATED = CompanyProfile(sales_tax="automated", tax_states=(("CA", Decimal("7.25")), ("WA", Decimal("6.5"))))


class TaxOffice(Office):
    """A company with tax; `codes` by name."""

    def furnish_with(self, profile: CompanyProfile) -> "TaxOffice":
        self.service.set_profile(profile)
        self.furnish()
        self.codes = {row["Name"]: row["Id"] for row in self.rows("select * from TaxCode maxresults 1000")}
        return self

    def taxed(self, amount: str, code: str, account: str | None = None) -> Any:
        line = self.account_line(amount, account)
        line[ACCOUNT]["TaxCodeRef"] = {"value": self.codes.get(code, code)}
        return line

    def sale(self, amount: str, code: str, **more: Any) -> Any:
        return {"Amount": amount, "DetailType": SALE, SALE: {
            "ItemRef": {"value": self.item}, "TaxCodeRef": {"value": self.codes.get(code, code)}, **more}}

    def invoice(self, *lines: Any, **more: Any) -> Any:
        return self.create("Invoice", {"CustomerRef": {"value": self.owner}, "Line": list(lines), **more})

    def tax_account(self, name: str) -> str:
        return str(self.rows(f"select * from Account where Name = '{name}'")[0]["Id"])


@pytest.fixture
def canada() -> TaxOffice:
    return TaxOffice().furnish_with(CANADA)


def lines_of(shown: Any) -> list[tuple[Decimal, Decimal, Decimal]]:
    """(tax, percent, taxed amount) of each rate."""
    return [(row["Amount"], row["TaxLineDetail"]["TaxPercent"], row["TaxLineDetail"]["NetAmountTaxable"])
            for row in shown["TxnTaxDetail"]["TaxLine"]]


# -- Canada ------------------------------------------------------------------------------------------------------------


def test_hst_on_a_bill_is_owed_to_the_vendor_and_claimed_from_the_agency(canada: TaxOffice) -> None:
    bill = canada.bill(canada.taxed("1000.00", "HST ON"), canada.taxed("50.00", "Exempt"))
    assert (bill["TotalAmt"], bill["Balance"], bill["GlobalTaxCalculation"]) == (1180, 1180, "TaxExcluded")
    assert lines_of(bill) == [(130, 13, 1000)]
    assert bill["TxnTaxDetail"]["TotalTax"] == 130
    payable = canada.tax_account("GST/HST Payable")
    assert (canada.balance(payable), canada.balance(canada.cost)) == (130, 1050)
    assert canada.read("Vendor", canada.vendor)["Balance"] == 1180
    assert canada.in_balance()


def test_hst_on_an_invoice_is_owed_to_the_agency_and_is_no_income(canada: TaxOffice) -> None:
    invoice = canada.invoice(canada.sale("2000.00", "HST ON"))
    assert (invoice["TotalAmt"], invoice["Balance"]) == (2260, 2260)
    assert canada.balance(canada.tax_account("GST/HST Payable")) == -260
    assert canada.balance(canada.income) == -2000
    payment = canada.create("Payment", {"CustomerRef": {"value": canada.owner}, "TotalAmt": "2260.00", "Line": [
        {"Amount": "2260.00", "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]})
    assert payment["UnappliedAmt"] == 0
    assert canada.read("Invoice", invoice["Id"])["Balance"] == 0
    assert canada.in_balance()


def test_tax_is_computed_on_the_sum_of_a_code_and_not_line_by_line(canada: TaxOffice) -> None:
    bill = canada.bill(*(canada.taxed("0.03", "HST ON") for _ in range(10)))
    assert bill["TxnTaxDetail"]["TotalTax"] == Decimal("0.04")         # ten lines of 0.0039, rounded, would be nothing


def test_a_line_that_includes_tax_is_kept_without_it_and_the_total_is_what_was_entered(canada: TaxOffice) -> None:
    bill = canada.bill(canada.taxed("113.00", "HST ON"), canada.taxed("99.99", "HST ON"),
                       GlobalTaxCalculation="TaxInclusive")
    first, second = bill["Line"]
    assert (first["Amount"], first[ACCOUNT]["TaxInclusiveAmt"]) == (100, 113)
    assert (second["Amount"], second[ACCOUNT]["TaxInclusiveAmt"]) == (Decimal("88.49"), Decimal("99.99"))
    assert (bill["TotalAmt"], bill["TxnTaxDetail"]["TotalTax"]) == (Decimal("212.99"), Decimal("24.50"))
    again = canada.create("Bill", {**bill, "PrivateNote": "read and sent back"})
    assert (again["TotalAmt"], again["Line"]) == (bill["TotalAmt"], bill["Line"])
    assert canada.in_balance()


def test_a_rate_that_is_not_given_back_is_cost_of_the_line(canada: TaxOffice) -> None:
    bill = canada.bill(canada.taxed("100.00", "GST/PST BC"), canada.taxed("10.01", "GST"))
    assert lines_of(bill) == [(Decimal("5.50"), 5, Decimal("110.01")), (7, 7, 100)]
    assert canada.balance(canada.cost) == Decimal("117.01")
    assert canada.balance(canada.tax_account("GST/HST Payable")) == Decimal("5.50")
    assert canada.balance(canada.tax_account("PST Payable")) == 0
    assert canada.in_balance()


def test_a_rate_that_is_not_given_back_is_taken_off_the_line_of_retainage_that_it_is_charged_on(
        canada: TaxOffice) -> None:
    """Lines below zero with a code of their own: the tax falls on them, and the books balance."""
    canada.bill(canada.taxed("1000.00", "GST"), canada.taxed("-100.00", "GST/PST BC", canada.retention))
    assert canada.balance(canada.retention) == -107
    assert canada.balance(canada.tax_account("GST/HST Payable")) == 45
    assert canada.in_balance()


@pytest.mark.parametrize(("total", "weights", "parts"), [
    (100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]), (231, [-3300], [231]), (-231, [-3300], [-231]),
    (7, [-10, -20], [2, 5]), (7, [30, -20], [21, -14]), (7, [5, -5], [7, 0]), (7, [], [])])
def test_the_parts_of_a_total_add_up_to_it_whatever_the_signs(total: int, weights: list[int],
                                                              parts: list[int]) -> None:
    assert shares(total, weights) == parts


def test_a_vendor_credit_a_purchase_and_their_deletion_move_the_tax_back(canada: TaxOffice) -> None:
    payable = canada.tax_account("GST/HST Payable")
    credit = canada.create("VendorCredit", {"VendorRef": {"value": canada.vendor},
                                            "Line": [canada.taxed("100.00", "HST ON")]})
    assert (credit["TotalAmt"], canada.balance(payable)) == (113, -13)
    spent = canada.create("Purchase", {"PaymentType": "Check", "AccountRef": {"value": canada.checking},
                                       "Line": [canada.taxed("200.00", "HST ON")]})
    assert (spent["TotalAmt"], canada.balance(canada.checking), canada.balance(payable)) == (226, -226, 13)
    canada.delete("VendorCredit", credit)
    canada.delete("Purchase", spent)
    assert canada.balance(payable) == 0
    assert canada.in_balance()


def test_an_order_shows_its_tax_and_posts_nothing(canada: TaxOffice) -> None:
    order = canada.order(canada.taxed("500.00", "HST ON"))
    assert (order["TotalAmt"], order["TxnTaxDetail"]["TotalTax"]) == (565, 65)
    assert canada.service.company.trial_balance() == {}


def test_the_percentage_in_force_on_the_day_counts(canada: TaxOffice) -> None:
    before = canada.bill(canada.taxed("100.00", "HST NS"), TxnDate="2025-03-31")
    after = canada.bill(canada.taxed("100.00", "HST NS"), TxnDate="2025-04-01")
    assert (before["TxnTaxDetail"]["TotalTax"], after["TxnTaxDetail"]["TotalTax"]) == (15, 14)


def test_a_sparse_update_that_leaves_the_lines_alone_keeps_the_tax_that_was_entered(canada: TaxOffice) -> None:
    bill = canada.bill(canada.taxed("100.00", "HST ON"), TxnTaxDetail={"TotalTax": 13.01})
    assert bill["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["OverrideDeltaAmount"] == Decimal("0.01")
    vendor = {"VendorRef": {"value": canada.vendor}}
    noted = canada.change("Bill", bill, {**vendor, "PrivateNote": "a note"})
    assert noted["TotalAmt"] == Decimal("113.01")
    changed = canada.change("Bill", noted, {**vendor, "Line": [canada.taxed("200.00", "HST ON")]})
    assert (changed["TotalAmt"], changed["TxnTaxDetail"]["TotalTax"]) == (226, 26)
    assert canada.in_balance()


def test_tax_entered_by_rate_counts(canada: TaxOffice) -> None:
    rate = canada.bill(canada.taxed("100.00", "HST ON"))["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["TaxRateRef"]
    entered = {"Amount": 12.99, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": rate}}
    bill = canada.bill(canada.taxed("100.00", "HST ON"), TxnTaxDetail={"TaxLine": [entered]})
    assert bill["TotalAmt"] == Decimal("112.99")
    assert canada.in_balance()


def test_a_document_without_tax_has_no_codes(canada: TaxOffice) -> None:
    bill = canada.bill(canada.account_line("100.00"), GlobalTaxCalculation="NotApplicable")
    assert (bill["TotalAmt"], "TxnTaxDetail" in bill) == (100, False)


@pytest.mark.parametrize(("line", "more", "code"), [
    ("", {}, "6000"), ("999", {}, "2500"), ("HST ON", {"GlobalTaxCalculation": "NotApplicable"}, "6230"),
    ("Exempt", {"TxnTaxDetail": {"TotalTax": 5}}, "6000"), ("HST ON", {"GlobalTaxCalculation": "Sometimes"}, "2170")])
def test_codes_and_amounts_that_do_not_go_together_are_refused(canada: TaxOffice, line: str, more: Any,
                                                               code: str) -> None:
    row = canada.taxed("10.00", line) if line else canada.account_line("10.00")
    assert canada.refused("Bill", {"VendorRef": {"value": canada.vendor}, "Line": [row], **more}) == [code]
    assert canada.service.company.trial_balance() == {}


def test_without_tax_a_total_of_tax_is_refused_with_6170(canada: TaxOffice) -> None:
    assert canada.refused("Bill", {
        "VendorRef": {"value": canada.vendor}, "Line": [canada.account_line("10.00")],
        "GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 1}}) == ["6170"]


def test_a_missing_rate_is_said_in_the_words_of_the_service(canada: TaxOffice) -> None:
    answer = canada.post("Bill", {"VendorRef": {"value": canada.vendor}, "Line": [canada.account_line("10.00")]})
    assert answer["Fault"]["Error"][0]["Detail"] == (
        "Business Validation Error: Make sure all your transactions have a GST/HST rate before you save.")


def journal_line(side: str, amount: str, account: str, **more: Any) -> Any:
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
        "PostingType": side, "AccountRef": {"value": account}, **more}}


def test_a_journal_entry_says_how_much_of_it_is_tax(canada: TaxOffice) -> None:
    taxed = {"TaxCodeRef": {"value": canada.codes["HST ON"]}, "TaxApplicableOn": "Purchase", "TaxAmount": 13}
    entry = canada.create("JournalEntry", {"Line": [
        journal_line("Debit", "100.00", canada.cost, **taxed), journal_line("Credit", "113.00", canada.checking)]})
    assert lines_of(entry) == [(13, 13, 100)]
    assert canada.balance(canada.tax_account("GST/HST Payable")) == 13
    assert canada.in_balance()


@pytest.mark.parametrize(("left_out", "code"), [("TaxApplicableOn", "2270"), ("TaxAmount", "2280")])
def test_a_journal_line_with_a_code_and_half_its_tax_is_refused(canada: TaxOffice, left_out: str, code: str) -> None:
    taxed = {"TaxCodeRef": {"value": canada.codes["HST ON"]}, "TaxApplicableOn": "Purchase", "TaxAmount": 0}
    del taxed[left_out]
    assert canada.refused("JournalEntry", {"Line": [
        journal_line("Debit", "100.00", canada.cost, **taxed),
        journal_line("Credit", "100.00", canada.checking)]}) == [code]


def test_a_voided_invoice_owes_no_tax(canada: TaxOffice) -> None:
    invoice = canada.invoice(canada.sale("100.00", "HST ON"))
    voided = canada.post("Invoice", {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]},
                         operation="void")["Invoice"]
    assert (voided["TotalAmt"], voided["TxnTaxDetail"]) == (0, {"TotalTax": 0})
    assert canada.service.company.trial_balance() == {}


def test_a_discount_before_tax_lowers_the_tax(canada: TaxOffice) -> None:
    discount = {"Amount": "100.00", "DetailType": "DiscountLineDetail", "DiscountLineDetail": {
        "DiscountAccountRef": {"value": canada.income}}}
    invoice = canada.invoice(canada.sale("1000.00", "HST ON"), discount, ApplyTaxAfterDiscount=True)
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (117, 1017)
    after = canada.invoice(canada.sale("1000.00", "HST ON"), discount)
    assert (after["TxnTaxDetail"]["TotalTax"], after["TotalAmt"]) == (130, 1030)
    assert canada.in_balance()


# -- the US ------------------------------------------------------------------------------------------------------------


def with_code(office: TaxOffice, percent: str = "8.5") -> str:
    agency = office.create("TaxAgency", {"DisplayName": "State Board"})["Id"]
    made = office.call("POST", "taxservice/taxcode", {"TaxCode": "Local", "TaxRateDetails": [
        {"TaxRateName": "State", "RateValue": percent, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}]})
    return str(made["TaxCodeId"])


def test_sales_tax_is_charged_on_taxable_lines_at_the_companys_code() -> None:
    office = TaxOffice().furnish_with(MANUAL)
    code = with_code(office)
    invoice = office.invoice(office.sale("200.00", "TAX"), office.sale("50.00", "NON"))
    assert invoice["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": code}
    assert (lines_of(invoice), invoice["TotalAmt"]) == ([(17, Decimal("8.5"), 200)], 267)
    assert office.balance(office.tax_account("State Board Payable")) == -17
    assert office.in_balance()


def test_a_customer_who_is_not_taxable_pays_no_tax() -> None:
    office = TaxOffice().furnish_with(MANUAL)
    with_code(office)
    office.change("Customer", office.read("Customer", office.owner), {"Taxable": False})
    assert office.invoice(office.sale("200.00", "TAX"))["TotalAmt"] == 200


def test_purchases_carry_no_sales_tax_in_the_us() -> None:
    office = TaxOffice().furnish_with(MANUAL)
    with_code(office)
    bill = office.bill(office.taxed("100.00", "TAX"))
    assert (bill["TotalAmt"], "TxnTaxDetail" in bill) == (100, False)
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor}, "Line": [office.account_line("1.00")],
                                   "TxnTaxDetail": {"TotalTax": 1}}) == ["6170"]


def test_automated_tax_goes_by_the_address_and_a_total_that_is_sent_overrides_it() -> None:
    office = TaxOffice().furnish_with(AUTOMATED)
    assert office.call("GET", "preferences")["Preferences"]["TaxPrefs"]["PartnerTaxEnabled"] is True
    here = office.invoice(office.sale("1000.00", "TAX"))
    there = office.invoice(office.sale("1000.00", "TAX"), ShipAddr={"Line1": "1 Pine St",
                                                                   "CountrySubDivisionCode": "WA"})
    far = office.invoice(office.sale("1000.00", "TAX"), ShipAddr={"Line1": "1 Elm St", "CountrySubDivisionCode": "OR"})
    said = office.invoice(office.sale("1000.00", "TAX"), TxnTaxDetail={"TotalTax": 70})
    assert [shown["TxnTaxDetail"]["TotalTax"] for shown in (here, there, far, said)] == [Decimal("72.5"), 65, 0, 70]
    assert office.in_balance()


def test_us_lines_carry_tax_or_non_and_nothing_else() -> None:
    office = TaxOffice().furnish_with(MANUAL)
    assert office.refused("Invoice", {"CustomerRef": {"value": office.owner},
                                      "Line": [office.sale("1.00", "2")]}) == ["6100"]
    assert {row["Id"] for row in office.rows("select * from TaxCode")} == {"TAX", "NON"}
    assert office.read("TaxCode", "TAX")["Taxable"] is True


# -- agencies, rates and codes -----------------------------------------------------------------------------------------


def test_a_code_of_two_rates_is_made_through_the_tax_service_and_read_as_lists() -> None:
    office = TaxOffice().furnish_with(MANUAL)
    agency = office.create("TaxAgency", {"DisplayName": "City of Elm"})
    assert agency["DisplayName"] == "City of Elm"
    made = office.call("POST", "taxservice/taxcode", {"TaxCode": "Elm", "TaxRateDetails": [
        {"TaxRateName": "State", "RateValue": 6, "TaxAgencyId": agency["Id"], "TaxApplicableOn": "Sales"},
        {"TaxRateName": "City", "RateValue": 2.25, "TaxAgencyId": agency["Id"]}]})
    assert set(made) == {"TaxCode", "TaxCodeId", "TaxRateDetails"}
    code = office.read("TaxCode", made["TaxCodeId"])
    rates = [row["TaxRateRef"]["value"] for row in code["SalesTaxRateList"]["TaxRateDetail"]]
    assert [office.read("TaxRate", rate)["RateValue"] for rate in rates] == [6, Decimal("2.25")]
    assert rates == [row["TaxRateId"] for row in made["TaxRateDetails"]]
    again = office.call("POST", "taxservice/taxcode", {"TaxCode": "State only", "TaxRateDetails": [
        {"TaxRateId": rates[0]}]})
    assert again["TaxRateDetails"][0]["TaxRateName"] == "State"


@pytest.mark.parametrize(("change", "code"), [
    ({"TaxCode": ""}, "2020"), ({"TaxRateDetails": []}, "2020"), ({"Colour": "red"}, "2010"),
    ({"TaxCode": "x" * 101}, "2050"), ({"TaxCode": "tax"}, "6240")])
def test_a_code_that_is_not_whole_is_refused(change: Any, code: str) -> None:
    office = TaxOffice().furnish_with(MANUAL)
    agency = office.create("TaxAgency", {"DisplayName": "State Board"})["Id"]
    body = {"TaxCode": "Local", "TaxRateDetails": [
        {"TaxRateName": "State", "RateValue": 5, "TaxAgencyId": agency}], **change}
    answer = office.call("POST", "taxservice/taxcode", body)
    assert answer["Fault"]["Error"][0]["code"] == code


@pytest.mark.parametrize(("change", "code"), [
    ({"TaxRateName": "eleven char"}, "2050"), ({"RateValue": 101}, "2150"), ({"RateValue": "much"}, "2150"),
    ({"TaxAgencyId": "99"}, "2500"), ({"TaxRateId": "99"}, "2500"), ({"TaxApplicableOn": "Never"}, "2170"),
    ({"RateValue": None}, "2020"), ({"Rate": 1}, "2010")])
def test_a_rate_that_is_not_whole_is_refused(change: Any, code: str) -> None:
    office = TaxOffice().furnish_with(MANUAL)
    agency = office.create("TaxAgency", {"DisplayName": "State Board"})["Id"]
    row = {"TaxRateName": "State", "RateValue": 5, "TaxAgencyId": agency, **change}
    answer = office.call("POST", "taxservice/taxcode", {"TaxCode": "Local", "TaxRateDetails": [row]})
    assert answer["Fault"]["Error"][0]["code"] == code
    assert len(office.rows("select * from TaxCode")) == 2


def test_codes_and_rates_are_read_only_and_agencies_only_made(canada: TaxOffice) -> None:
    assert canada.refused("TaxCode", {"Name": "Mine"}) == ["500"]
    assert canada.refused("TaxRate", {"Name": "Mine"}) == ["500"]
    agency = canada.rows("select * from TaxAgency")[0]
    assert canada.refused("TaxAgency", {**agency, "DisplayName": "Other"}) == ["500"]
    assert canada.refused("TaxAgency", {"DisplayName": agency["DisplayName"]}) == ["6240"]
    assert canada.refused("TaxAgency", {}) == ["2020"]
    assert canada.delete("TaxCode", {"Id": canada.codes["GST"], "SyncToken": "0"})["Fault"]["Error"][0]["code"] == "500"
    assert canada.call("GET", "cdc", entities="TaxCode",
                       changedSince="2026-03-01")["Fault"]["Error"][0]["code"] == "2000"


def test_the_company_says_its_country_and_currency(canada: TaxOffice) -> None:
    info = canada.call("GET", f"companyinfo/{canada.service.realm_id}")["CompanyInfo"]
    assert (info["Country"], info["CompanyAddr"]["Country"]) == ("CA", "CAN")
    chosen = canada.call("GET", "preferences")["Preferences"]
    assert (chosen["TaxPrefs"]["UsingSalesTax"], chosen["CurrencyPrefs"]["HomeCurrency"]["value"]) == (True, "CAD")
    bill = canada.bill(canada.taxed("1.00", "HST ON"))
    assert bill["CurrencyRef"] == {"value": "CAD", "name": "Canadian Dollar"}


# -- by chance ---------------------------------------------------------------------------------------------------------

PERCENTS = {"HST ON": [13], "GST": [5], "Exempt": [], "GST/PST BC": [5, 7], "GST/QST QC - 9.975": [5, "9.975"]}


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_entered_with_tax_the_books_balance_and_the_totals_are_lines_plus_tax(seed: int) -> None:
    chance = Random(seed)
    office = TaxOffice().furnish_with(CANADA)
    owed = due = Decimal(0)
    for _ in range(25):
        entity = chance.choice(("Bill", "VendorCredit", "Invoice"))
        inclusive = chance.random() < 0.5
        picked = [(chance.choice(list(PERCENTS)), Decimal(chance.randint(1, 999_999)) / 100)
                  for _ in range(chance.randint(1, 5))]
        lines = [office.sale(str(amount), code) if entity == "Invoice" else office.taxed(str(amount), code)
                 for code, amount in picked]
        party = {"CustomerRef": {"value": office.owner}} if entity == "Invoice" else {
            "VendorRef": {"value": office.vendor}}
        shown = office.create(entity, {**party, "Line": lines,
                                       "GlobalTaxCalculation": "TaxInclusive" if inclusive else "TaxExcluded"})
        tax = sum(half_up(sum((amount for used, amount in picked if used == code), Decimal(0)) * Decimal(rate) / 100)
                  for code, rates in PERCENTS.items() for rate in rates)
        entered = sum((amount for _, amount in picked), Decimal(0))
        assert shown["TotalAmt"] == (entered if inclusive else entered + tax)
        net = sum(line["Amount"] for line in shown["Line"] if "Id" in line)
        assert net + shown["TxnTaxDetail"]["TotalTax"] == shown["TotalAmt"] if "TxnTaxDetail" in shown else True
        owed += {"Bill": 1, "VendorCredit": -1, "Invoice": 0}[entity] * shown["TotalAmt"]
        due += shown["TotalAmt"] if entity == "Invoice" else 0
        if chance.random() < 0.2:
            office.delete(entity, shown)
            owed -= {"Bill": 1, "VendorCredit": -1, "Invoice": 0}[entity] * shown["TotalAmt"]
            due -= shown["TotalAmt"] if entity == "Invoice" else 0
    assert office.in_balance()
    assert (-office.balance(office.payable), office.balance(office.receivable)) == (owed, due)


@pytest.mark.parametrize(("profile", "code"), [
    (CANADA, ""), (MANUAL, "NON"), (MANUAL, "TAX"), (CompanyProfile(), "TAX")])
def test_an_amount_of_tax_without_a_code_or_in_the_us_is_no_part_of_a_journal_line(
        profile: CompanyProfile, code: str) -> None:
    office = TaxOffice().furnish_with(profile)
    taxed = {"PostingType": "Debit", "AccountRef": {"value": office.cost}, "TaxApplicableOn": "Purchase",
             "TaxCodeRef": {"value": code}, "TaxAmount": 5}
    plain = {"PostingType": "Credit", "AccountRef": {"value": office.checking}}

    def entry(credited: int) -> dict[str, object]:
        return {"Line": [{"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}
                         for amount, detail in ((100, taxed), (credited, plain))]}

    assert office.refused("JournalEntry", entry(105)) == ["2300"]
    office.create("JournalEntry", entry(100))
    assert office.in_balance()
