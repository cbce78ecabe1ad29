"""What needs a person: grouped by cause, most money first; an answer is kept, and can be taken back."""
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.support import rows
from tieout.engine.store.models import Decision, OpenProblem, Pair, TrailEntry

Page = Callable[..., str]
HTMX = {"HX-Request": "true"}


def of_kind(kind: str) -> OpenProblem:
    return OpenProblem.objects.filter(kind=kind).order_by("-amount_cents")[0]


def answer(dana: Client, kind: str, choice: str, value: str = "", **headers: str):
    return dana.post(f"/problems/{of_kind(kind).pk}/resolve", {"choice": choice, "value": value}, headers=headers)


def test_problems_are_grouped_by_cause_with_most_money_first(office: Pair, page: Page):
    text = page("/problems")
    order = ["Cost codes without an account", "41,210.00", "1,200.00", "Applications that do not add up",
             "Refused by the other system", "Dated in a closed period"]
    at = [text.index(words) for words in order]
    assert at == sorted(at)
    assert "42,410.00" in text                               # the sum of the first group


def test_each_problem_says_what_to_do_who_can_and_what_it_holds_up(office: Pair, page: Page):
    text = page("/problems")
    assert "Choose the account that this cost belongs to." in text
    assert "For the bookkeeper" in text
    assert "Project 24-017" in text
    assert "Waiting 5 hours" in text
    assert 'href="/documents/subcontractor_invoice_to_bill/2201?pair=maple">Invoice 2201 of Norton Lumber' in text


def test_A193_the_vendors_own_words_stand_folded_under_technical_details(office: Pair, page: Page):
    text = page("/problems")
    at = text.index("6140: Duplicate Document Number Error")
    assert "<details><summary>Technical details</summary>" in text[at - 80:at]


def test_an_account_chosen_by_name_is_kept_by_its_id(office: Pair, dana: Client):
    done = answer(dana, "cost_code_has_no_account", "account", "5100 Subcontractors", **HTMX)
    assert done.status_code == 200
    assert "5100 Subcontractors" in done.content.decode()
    assert "Take it back" in done.content.decode()
    kept = Decision.objects.get()
    assert (kept.choice, kept.value, kept.by) == ("account", "80", "dana")
    assert Pair.objects.get().look_again                     # a turn was asked for
    assert TrailEntry.objects.filter(by="dana", subject__contains="03-300.S").exists()


def test_a_part_of_a_name_is_enough_when_only_one_record_has_it(office: Pair, dana: Client):
    answer(dana, "cost_code_has_no_account", "account", "subcontr")
    assert Decision.objects.get().value == "80"


@pytest.mark.parametrize(("value", "words"), [
    ("", "Choose an account first."), ("9999 Nowhere", "has no active account “9999 Nowhere”"), ("2", "fits 3 of them"),
])
def test_a_value_that_names_no_one_record_is_refused_beside_its_box(office: Pair, dana: Client, value: str, words: str):
    refused = answer(dana, "cost_code_has_no_account", "account", value, **HTMX)
    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert 'aria-invalid="true"' in refused.content.decode() or not value
    assert not Decision.objects.exists()


def test_an_account_that_holds_no_cost_is_refused_at_once(office: Pair, dana: Client):
    refused = answer(dana, "cost_code_has_no_account", "account", "2000 Accounts Payable", **HTMX)
    assert refused.status_code == 422
    assert "“2000 Accounts Payable” is of type Accounts Payable; cost goes to a cost or expense account" in \
        refused.content.decode()
    assert not Decision.objects.exists()


def test_an_answer_that_is_not_offered_is_refused(office: Pair, dana: Client):
    assert answer(dana, "cost_code_has_no_account", "delete_everything", **HTMX).status_code == 422
    assert not Decision.objects.exists()


def test_a_date_that_is_none_is_refused(office: Pair, dana: Client):
    refused = answer(dana, "closed_period", "date", "soon", **HTMX)
    assert refused.status_code == 422
    assert "Write the date like 03/31/2026." in refused.content.decode()


def test_a_problem_that_someone_else_settled_meanwhile_is_not_settled_twice(office: Pair, dana: Client):
    problem = of_kind("refused")
    OpenProblem.objects.filter(pk=problem.pk).update(open=False)
    assert answer(dana, "refused", "try_again", **HTMX).status_code == 422


def test_A190_try_again_is_done_and_leaves_no_decision_behind(office: Pair, dana: Client):
    done = answer(dana, "refused", "try_again", **HTMX)
    assert done.status_code == 200
    assert "Try again" in done.content.decode()
    assert not OpenProblem.objects.get(kind="refused").open


def test_without_a_script_the_answer_leads_back_to_the_list(office: Pair, dana: Client):
    assert answer(dana, "refused", "try_again").url == "/problems"


def test_an_answer_is_taken_back_while_nothing_was_posted_from_it(office: Pair, dana: Client, page: Page):
    answer(dana, "cost_code_has_no_account", "account", "5100 Subcontractors")
    assert "Answered lately" in page("/problems")
    kept = Decision.objects.get()
    assert dana.post(f"/problems/decisions/{kept.pk}/undo").url == "/problems"
    assert not Decision.objects.exists()


def test_an_answer_from_which_something_was_posted_stays(office: Pair, dana: Client, page: Page):
    answer(dana, "cost_code_has_no_account", "account", "5100 Subcontractors")
    rows.posting(office, "2201", made_at=datetime.now(UTC))
    kept = Decision.objects.get()
    assert "went out because of it" in page("/problems")
    refused = dana.post(f"/problems/decisions/{kept.pk}/undo", headers=HTMX)
    assert refused.status_code == 422
    assert "cannot be taken back" in refused.content.decode()
    assert Decision.objects.exists()


def test_an_answer_that_was_taken_back_already_is_not_found(office: Pair, dana: Client):
    assert dana.post("/problems/decisions/99/undo").status_code == 404


def test_the_type_ahead_offers_what_quickbooks_has(office: Pair, page: Page):
    assert page("/problems/options?needs=account&value=acc").count("<option") == 1
    assert 'value="5200 Materials"' in page("/problems/options?needs=account&value=")
    assert 'value="Norton Lumber &amp; Building Materials"' in page("/problems/options?needs=vendor&value=lumber")
    assert page("/problems/options?needs=passwords&value=") == ""


def test_a_record_that_cannot_be_read_does_not_spoil_the_choice_of_the_others(office: Pair, page: Page):
    rows.seen(office.quickbooks, "account", "666", {"Name": 5, "AccountType": []})
    assert 'value="5200 Materials"' in page("/problems/options?needs=account&value=")


def test_no_problems_is_said_with_what_was_checked(office: Pair, page: Page):
    OpenProblem.objects.update(open=False)
    text = page("/problems")
    assert "No problems" in text
    assert "17 of 25 documents agree to the cent." in text


def test_a_hundred_documents_behind_one_problem_are_named_a_few_and_counted(office: Pair, page: Page):
    blocked = [rows.standing(office, f"b{n}") for n in range(100)]
    OpenProblem.objects.filter(kind="refused").update(blocks=[[s.flow, s.slot] for s in blocked])
    assert "and 92 more" in page("/problems")


def test_the_bill_that_may_be_the_same_paper_can_be_looked_at_first(office: Pair, dana: Client, page: Page):
    rows.seen(office.quickbooks, "vendor_credit", "88", {"VendorRef": {"value": "1"}, "TotalAmt": 5, "Line": [],
                                                        "TxnDate": "2026-03-31", "DocNumber": "A-1"})
    rows.problem(office, "bill_may_exist", f"{rows.BILLS}:2203", choices=[
        {"id": "this_is_it:88", "label": "This is it: 2026-03-31, 5.00", "needs": ""},
        {"id": "this_is_it:89", "label": "This is it: one that is gone", "needs": ""},
        {"id": "different", "label": "A different one: enter it", "needs": ""}])
    text = page("/problems")
    link = "/documents/read/quickbooks/vendor_credit/88?pair=maple"
    assert text.count("Look at it first") == 1
    assert f'href="{link}">Look at it first' in text
    assert dana.get(link).status_code == 200


def test_the_first_open_day_is_said_by_its_date_and_no_answer_is_drawn_as_the_recommended_one(office: Pair, page: Page):
    text = page("/problems")
    assert "Enter it on April 1, 2026, the first open day, with the original date in the memo</button>" in text
    assert 'class="primary"' not in text


def test_an_answer_can_be_taken_back_from_the_list_however_many_came_after_it(office: Pair, dana: Client, page: Page):
    answer(dana, "closed_period", "by_hand")
    for number in range(25):
        Decision.objects.create(pair=office, kind="refused", subject=f"s{number}", choice="x", by="dana",
                                at=datetime.now(UTC))
    kept = Decision.objects.get(kind="closed_period")
    text = page("/problems")
    lately = text[text.index("Answered lately"):]
    assert f'action="/problems/decisions/{kept.pk}/undo"' in lately
    rows.posting(office, "2203", made_at=datetime.now(UTC))
    assert "Invoice 2203" not in page("/problems").split("Answered lately")[1]
