"""The controller's choices: what is known, what is allowed, and what is said of a slip."""
from dataclasses import fields

import pytest

from tieout.core.rules import KNOWN, PostingRules, RuleError, flattened, rules_from

GOOD: dict[str, list[object]] = {
    "line_coding": ["item", "account", "class", "item+class", "account+class"],
    "class_name": ["{cost_code}", "{cost_type}", "{project_number}-{cost_code}.{cost_type}"],
    "item_name": ["{cost_code}.{cost_type}", "{project_number}-{cost_code}.{cost_type}"],
    "item_income_account": ["4000"],
    "job_name": ["{number} - {name}"],
    "retainage.payable.held": ["2050 Retainage payable"],
    "retainage.payable.released": ["2051"],
    "retainage.lines": ["document", "line"],
    "bill.date": ["billing_date", "period_end", "approved_on"],
    "bill.number": ["{invoice_number}", "{commitment_number}-{number}"],
    "order.number": ["{number}", "{project_number}-{number}"],
    "posting_statuses": [["approved"], ["approved", "approved_as_noted"]],
    "subcontract_statuses": [["Approved"]],
    "purchase_order_statuses": [["Approved", "Received"]],
    "closed_period": ["ask", "first_open_day", "draft_adjustment"],
    "markup_code": ["01-990.O"],
    "payable_account": ["2000"],
}
BAD: dict[str, list[object]] = {
    "line_coding": ["class+item", "classes", "", 1, True],
    "class_name": ["{code}", "Concrete", "", 7],
    "item_name": ["{code}", "fixed", "{cost_code", 7, ""],
    "item_income_account": [4000, None, ["4000"]],
    "job_name": ["{customer}", "job"],
    "retainage.payable.held": [2050],
    "retainage.payable.released": [2050, False],
    "retainage.lines": ["code", 2],
    "bill.date": ["today", ""],
    "bill.number": ["{vendor}", "bill", 1],
    "order.number": ["{title}"],
    "posting_statuses": [[], "approved", ["Approved"], ["approved", "paid"], [1]],
    "subcontract_statuses": [["approved"], []],
    "purchase_order_statuses": [["Complete"], "Approved"],
    "closed_period": ["never", None],
    "markup_code": [1990],
    "payable_account": [2000],
}


def nested(key: str, value: object) -> dict[str, object]:
    head, _, rest = key.partition(".")
    return {head: nested(rest, value) if rest else value}


def test_the_two_tables_of_this_test_have_every_known_rule():
    assert set(GOOD) == set(BAD) == set(KNOWN)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in GOOD.items() for value in values])
def test_every_known_rule_takes_its_values(key: str, value: object):
    field = KNOWN[key][0]
    rules = rules_from(nested(key, value))
    assert isinstance(rules, PostingRules)
    kept = tuple(value) if isinstance(value, list) else value
    assert getattr(rules, field) == kept
    untouched = [f.name for f in fields(PostingRules) if f.name != field]
    assert all(getattr(rules, name) == getattr(PostingRules(), name) for name in untouched)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD.items() for value in values])
def test_every_known_rule_refuses_other_values_and_says_what_it_wants(key: str, value: object):
    errors = rules_from(nested(key, value))
    assert isinstance(errors, tuple)
    [error] = errors
    assert error.key == key and error.value == value
    assert error.says().startswith(f"rules.{key} = ")
    assert len(error.fix) > 10


@pytest.mark.parametrize(("key", "meant"), [
    ("line_codings", "line_coding"), ("bill.dated", "bill.date"), ("retainage.payable.hold", "retainage.payable.held"),
    ("closed_periods", "closed_period"), ("retainage.line", "retainage.lines")])
def test_an_unknown_rule_is_refused_with_the_nearest_known_one(key: str, meant: str):
    assert rules_from(nested(key, "x")) == (
        RuleError(key=key, value="x", fix=f"this key is not known; did you mean {meant}?"),)


def test_a_rule_like_no_other_is_refused_with_all_that_are_known():
    errors = rules_from({"zzz": 1})
    assert isinstance(errors, tuple)
    assert all(key in errors[0].fix for key in KNOWN)


def test_every_slip_is_named_and_not_only_the_first():
    errors = rules_from({"line_coding": "job", "bil": {"date": "x"}, "closed_period": "never"})
    assert isinstance(errors, tuple)
    assert [error.key for error in errors] == ["line_coding", "bil.date", "closed_period"]


def test_rules_may_be_written_as_tables_or_with_dots():
    assert flattened({"retainage": {"payable": {"held": "1"}, "lines": "line"}, "bill.date": "x"}) == {
        "retainage.payable.held": "1", "retainage.lines": "line", "bill.date": "x"}


def test_every_field_of_the_rules_can_be_set_and_every_rule_is_described():
    assert {field for field, _, _ in KNOWN.values()} == {f.name for f in fields(PostingRules)}
    assert all(words.endswith(".") for _, _, words in KNOWN.values())


def test_what_is_committed_depends_on_the_kind_of_the_commitment():
    rules = PostingRules()
    assert rules.commits("subcontract", "Complete") and not rules.commits("purchase_order", "Complete")
    assert rules.commits("purchase_order", "Partially Received") and not rules.commits("subcontract", "Draft")
