"""Money is exact: whole cents, half-up away from zero, never a float."""
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.core.money import ZERO, from_cents, money, rounded, shown, to_cents

CENTS = st.integers(min_value=-10**17, max_value=10**17)
FINE = st.decimals(min_value=Decimal(-10**9), max_value=Decimal(10**9), places=7)


@given(CENTS)
def test_I3_cents_that_are_stored_come_back_as_the_same_amount(cents: int):
    assert to_cents(from_cents(cents)) == cents
    assert from_cents(to_cents(money(from_cents(cents)))) == from_cents(cents)


@given(FINE)
def test_I3_rounding_is_half_up_away_from_zero_on_both_signs(value: Decimal):
    exact = Fraction(abs(value)) * 100
    cents = (exact + Fraction(1, 2)).__floor__()             # in fractions, so that no decimal rounding is trusted
    assert rounded(abs(value)) == from_cents(cents)
    assert rounded(-abs(value)) == from_cents(-cents)


@given(st.lists(CENTS, max_size=40))
def test_I3_the_sum_of_the_parts_is_the_whole(parts: list[int]):
    assert to_cents(sum(map(from_cents, parts), ZERO)) == sum(parts)


@pytest.mark.parametrize(("value", "to"), [
    ("2.345", "2.35"), ("-2.345", "-2.35"), ("2.344999", "2.34"), ("0.005", "0.01"), ("-0.005", "-0.01"),
    ("-0.004", "0.00"), ("1715.625", "1715.63")])
def test_a_half_cent_goes_away_from_zero_and_never_to_the_even_cent(value: str, to: str):
    assert str(rounded(Decimal(value))) == to


@pytest.mark.parametrize("value", ["1250", "1250.0", "1250.00", "1250.0000000", 1250, Decimal("12.5e2")])
def test_an_amount_is_read_exactly_however_many_zeros_it_is_written_with(value: str | int | Decimal):
    assert str(money(value)) == "1250.00"


@pytest.mark.parametrize("value", ["-0.00", "-0", "0"])
def test_nothing_has_no_sign(value: str):
    assert str(money(value)) == "0.00"


@pytest.mark.parametrize("value", ["1.005", "0.001", "-3.141", "12.345678901234567890123456789"])
def test_a_fraction_of_a_cent_is_no_amount(value: str):
    with pytest.raises(ValueError, match="fraction of a cent"):
        money(value)


@pytest.mark.parametrize("value", ["", "ten", "1,250.00", "$5", "NaN", "Infinity", "-Infinity", "1e999999", "--5"])
def test_what_is_no_number_is_refused_as_a_value_and_not_otherwise(value: str):
    with pytest.raises(ValueError, match=r"is not an amount|fraction of a cent"):
        money(value)


@pytest.mark.parametrize(("value", "text"), [
    ("1234567.8", "1,234,567.80"), ("-1234.50", "(1,234.50)"), ("0", "0.00"), ("-0.01", "(0.01)")])
def test_amounts_are_shown_as_accountants_write_them(value: str, text: str):
    assert shown(money(value)) == text
