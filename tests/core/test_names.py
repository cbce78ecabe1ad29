"""Names that may mean one company, and numbers that may mean one paper."""
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.core.names import bare_number, cleaned, fitted, near_names, same_number, squeezed


@pytest.mark.parametrize(("one", "other"), [
    ("Smith Plumbing LLC", "Smith Plumbing Co."),
    ("Smith Plumbing, L.L.C.", "SMITH PLUMBING"),
    ("J.R. Electric, LLC", "JR Electric"),
    ("Señor Peña Drywall Inc.", "Senor Pena Drywall"),
    ("The Brick & Block Company", "Brick and Block"),
    ("O'Brien-Hale Masonry Ltd", "OBrien Hale Masonry"),
    ("A/C  Experts,  Inc", "a/c experts inc."),
])
def test_A39_the_legal_form_punctuation_accents_and_case_do_not_tell_companies_apart(one: str, other: str):
    assert cleaned(one) == cleaned(other)


@pytest.mark.parametrize(("one", "other"), [
    ("Smith Plumbing LLC", "J. Smith Plumbing"), ("Smith Plumbing", "Smith Painting"),
    ("Oak Street Concrete", "Elm Street Concrete"), ("Acme 1", "Acme 2"), ("Norton Lumber", "Norton Lumber East")])
def test_A39_another_word_is_another_company(one: str, other: str):
    assert cleaned(one) != cleaned(other)


def test_A39_equal_names_come_before_near_ones_and_strangers_are_not_suggested():
    known = [("1", "J. Smith Plumbing"), ("2", "Smith Plumbing LLC"), ("3", "Smithson Painting"),
             ("4", "Smyth Plumbing")]
    found = near_names("Smith Plumbing Co.", known)
    assert found[0] == ("2", "Smith Plumbing LLC")
    assert "3" not in dict(found)


def test_A39_two_equal_names_are_both_suggested():
    found = near_names("Smith Plumbing", [("1", "Smith Plumbing LLC"), ("2", "Smith Plumbing Inc."), ("3", "Other")])
    assert dict(found) == {"1": "Smith Plumbing LLC", "2": "Smith Plumbing Inc."}


def test_A39_words_in_another_order_are_near():
    assert near_names("Plumbing Smith", [("1", "Smith Plumbing LLC")]) == (("1", "Smith Plumbing LLC"),)


def test_A39_no_more_are_suggested_than_a_person_reads():
    many = [(str(n), f"Smith Plumbing {form}") for n, form in enumerate(("LLC", "Inc", "Co", "Corp", "Ltd", "LP"))]
    assert len(near_names("Smith Plumbing", many)) == 4


@pytest.mark.parametrize("name", ["LLC", "The Company", "Co.", "Inc"])
def test_a_name_that_is_only_a_legal_form_is_kept_as_it_is(name: str):
    assert cleaned(name)


@pytest.mark.parametrize("name", ["", "   ", "..."])
def test_a_name_with_nothing_to_compare_is_like_no_other(name: str):
    assert near_names(name, [("1", "Smith Plumbing"), ("2", "***"), ("3", "")]) == ()


def test_names_in_other_scripts_are_compared_too_and_not_taken_for_nothing():
    known = [("1", "Наша Стройка ООО"), ("2", "建設株式会社"), ("3", "Ångström Bau")]
    assert near_names("建設株式会社", known) == (("2", "建設株式会社"),)
    assert near_names("НАША СТРОЙКА ООО", known) == (("1", "Наша Стройка ООО"),)
    assert near_names("Angstrom Bau GmbH", known) == (("3", "Ångström Bau"),)


def test_quickbooks_takes_names_that_differ_in_case_and_blanks_for_one():
    assert squeezed("  Norton   Lumber ") == squeezed("NORTON LUMBER")
    assert squeezed("Norton Lumber") != squeezed("Norton-Lumber")


@pytest.mark.parametrize(("one", "other"), [
    ("INV-0042", "inv 42"), ("#1042", "1042"), ("0001", "1"), ("PA-03/2", "pa 3 2"), ("A0", "A000"), ("1-2", "12"),
    ("P A 7", "PA7")])
def test_bill_numbers_are_compared_without_case_punctuation_and_leading_zeros(one: str, other: str):
    assert same_number(one, other)


@pytest.mark.parametrize(("one", "other"), [
    ("1042", "1043"), ("INV-42", "42"), ("", ""), ("---", "---"), ("100", "1"), ("12", "1-3")])
def test_numbers_that_differ_and_numbers_that_are_none_are_not_the_same(one: str, other: str):
    assert not same_number(one, other)


@pytest.mark.parametrize(("one", "other"), [("1-11", "11-1"), ("SC-1-12", "SC-11-2"), ("2026-1", "202-61")])
def test_the_first_application_of_one_contract_is_not_the_eleventh_of_another(one: str, other: str):
    assert not same_number(one, other)


@given(st.text(alphabet=string.ascii_letters + string.digits + "-/ #", max_size=40))
def test_a_number_is_the_same_as_itself_in_capitals_and_with_dots(number: str):
    assert bare_number(number) == bare_number(number.upper()) == bare_number(f" {number}. ")


@given(st.text(min_size=1, max_size=60), st.integers(min_value=8, max_value=30))
def test_a_number_that_is_too_long_is_shortened_the_same_way_every_time_and_keeps_its_end(number: str, limit: int):
    short = fitted(number, limit)
    assert len(short) <= limit
    assert short == fitted(number, limit)
    assert short == number if len(number) <= limit else short.endswith(number[-3:])
