from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.adapters.procore.wire import plain, record_of, rows_of
from tieout.ports import NotUnderstood


@pytest.mark.parametrize("written, amount", [
    ('"1250.00"', "1250.00"), ('"1250.0"', "1250.00"), ("1250", "1250.00"), ("1250.5", "1250.50"), ('"-0.0"', "0.00"),
    ('"-12.30"', "-12.30"), ("9007199254740993.07", "9007199254740993.07"),
])
def test_an_amount_is_the_same_whether_procore_writes_it_as_text_or_as_a_number(written: str, amount: str) -> None:
    record = record_of("payment_issued", "7", f'{{"amount": {written}}}')
    assert str(record.amount("amount")) == amount


@pytest.mark.parametrize("written", [
    '"1,250.00"', '"12.345"', '"$5"', "null", "true", '"1e3"', '"NaN"', "[1]", '"\u096b"', '""'])
def test_anything_else_is_refused_with_the_record_the_field_and_the_value(written: str) -> None:
    record = record_of("payment_issued", "7", f'{{"amount": {written}}}')
    with pytest.raises(NotUnderstood, match=r"payment issued 7: amount .*, got "):
        record.amount("amount")


def test_a_complaint_names_the_place_inside_the_record() -> None:
    record = record_of("commitment", "5", '{"line_items": [{"amount": "1.00"}, {"amount": "about 3"}]}')
    with pytest.raises(NotUnderstood, match=r'commitment 5: line_items\[1\]\.amount should be a number, got "about 3"'):
        [line.amount("amount") for line in record.rows("line_items")]


def test_a_percentage_may_carry_its_sign() -> None:
    assert record_of("x", "1", '{"p": "96.36%"}').number("p") == Decimal("96.36")


def test_null_and_missing_are_alike() -> None:
    record = record_of("x", "1", '{"a": null}')
    assert (record.text("a"), record.text("b"), record.id("a"), record.day("b")) == ("", "", "", None)
    assert record.at("a").text("anything") == ""


def test_a_time_without_zone_is_utc_and_an_offset_is_turned_into_it() -> None:
    record = record_of("x", "1", '{"a": "2026-03-31T22:00:00-05:00", "b": "2026-03-31T22:00:00"}')
    assert record.moment("a") == datetime(2026, 4, 1, 3, tzinfo=UTC)
    assert record.moment("b") == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert record.day("a") == date(2026, 3, 31)


def test_a_list_answer_keeps_each_record_as_it_came() -> None:
    assert rows_of(b'[ {"a": 1.10}, {"b": "x"} ]') == ['{"a": 1.10}', '{"b": "x"}']
    assert rows_of(b'{"data": [{"a": 1}]}') == ['{"a": 1}']
    with pytest.raises(ValueError):
        rows_of(b"<html>sign in</html>")


@pytest.mark.parametrize("html, text", [
    ("<p>Rough-in &amp; panels</p><p>2nd floor</p>", "Rough-in & panels\n2nd floor"),
    ("one<br/>two", "one\ntwo"), ("plain text", "plain text"), ("a < b", "a < b"),
    ("<![if !supportLists]>1. Rough-in &amp; trim<![endif]>", "1. Rough-in & trim"), ("<![x[y]]>Wiring", "Wiring"),
    ("<style>p {color: red}</style><ul><li>A</li><li>B</li></ul>", "A\nB"), ("", ""), ("<p></p>", ""),
])
def test_a_description_in_html_becomes_plain_text(html: str, text: str) -> None:
    assert plain(html) == text


TAGGISH = st.lists(st.sampled_from(["<", "!", "[", "]", "-", ">", "a", "&", "#", "/", "p", " ", "script", "CDATA"]))


@given(st.one_of(st.text(max_size=300), TAGGISH.map("".join)), st.integers(min_value=1, max_value=60))
def test_plain_text_is_never_longer_than_asked(html: str, limit: int) -> None:
    assert len(plain(html, limit)) <= limit
