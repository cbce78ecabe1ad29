"""Payments issued: entered once, changed and deleted although they are locked, and never over a person's work."""
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.procore.office import Site, Trouble, cut, lose, says
from tieout.adapters.procore.write import origin_of
from tieout.core.money import money
from tieout.ports import Busy, NoAnswer, NotUnderstood, Order, Posted, Reading, Refused, WritesForbidden
from tieout.sandbox.kit import Faults

TRIES = 5


@pytest.fixture
def site() -> Site:
    return Site()


def enter(site: Site, key: str = "payment 7, bill 3", amount: str = "900.00", **fields: Any) -> Order:
    return site.procore.order(action="create", kind="payment_issued", key=key, tag="tieout:7/3",
                              draft=site.draft(amount, **fields))


def entered(site: Site, **fields: Any) -> Reading:
    answer = site.deliver(enter(site, **fields))
    assert isinstance(answer, Posted)
    return answer.reading


def change(site: Site, held: Reading, amount: str = "850.00", key: str = "payment 7, bill 3, again") -> Order:
    return site.procore.order(action="update", kind="payment_issued", key=key, tag="tieout:7/3",
                              draft=site.draft(amount), held=held)


def delete(site: Site, held: Reading, key: str = "payment 7, bill 3, gone") -> Order:
    return site.procore.order(action="delete", kind="payment_issued", key=key, tag="tieout:7/3", held=held)


def carried_out(site: Site, order: Order, tries: int = TRIES) -> tuple[Reading, int]:
    """As the engine does it: deliver; without an answer look first, then deliver again. How often it was sent, too."""
    for sent in range(1, tries + 1):
        answer = site.deliver(order)
        if isinstance(answer, Posted):
            return answer.reading, sent
        assert isinstance(answer, (NoAnswer, Busy)), answer
        found = site.procore.find(order) if isinstance(answer, NoAnswer) else None
        if found is not None:
            return found, sent
    raise AssertionError(f"not done in {tries} tries")


def test_a_payment_is_entered_as_it_was_drafted(site: Site) -> None:
    invoice = site.bill(1, {"work_completed_this_period": "1000.00"})
    reading = entered(site, invoice=invoice)
    [held] = site.payments()
    assert {name: held[name] for name in ("amount", "date", "check_number", "invoice_number", "notes", "requisition_id",
                                          "origin_id", "origin_data")} == {
        "amount": "900.00", "date": "2026-03-15", "check_number": "1042", "invoice_number": "INV-1",
        "notes": "Paid from QuickBooks", "requisition_id": int(invoice), "origin_id": origin_of("payment 7, bill 3"),
        "origin_data": "tieout:7/3"}
    payment = site.procore.understand(reading)
    assert payment == site.procore.understand(site.read("commitments", site.project).of("payment_issued")[0])
    assert reading.scope == site.project and reading.version == site.read("commitments", site.project).of(
        "payment_issued")[0].version


@pytest.mark.parametrize("trouble", [lose, cut])
def test_a_payment_whose_answer_is_lost_is_found_again_and_entered_once(site: Site, trouble: Trouble) -> None:
    order = enter(site)
    site.next("POST", "contract_payments", trouble)
    reading, sent = carried_out(site, order)
    assert sent == (1 if trouble is lose else 2)
    assert [row["amount"] for row in site.payments()] == ["900.00"]
    assert str(site.payments()[0]["id"]) == reading.key


def test_a_payment_sent_twice_is_entered_once(site: Site) -> None:
    order = enter(site)
    first, second = site.deliver(order), site.deliver(order)
    assert isinstance(first, Posted) and isinstance(second, Posted)
    assert first.reading == second.reading and len(site.payments()) == 1


def test_two_payments_on_one_commitment_are_two_records(site: Site) -> None:
    entered(site)
    assert site.procore.find(enter(site, key="payment 8, bill 3")) is None
    entered(site, key="payment 8, bill 3", amount="100.00")
    assert [row["amount"] for row in site.payments()] == ["900.00", "100.00"]


def test_a_payment_that_was_entered_is_changed_although_it_is_locked(site: Site) -> None:
    held = entered(site)
    reading, _ = carried_out(site, change(site, held))
    assert str(getattr(site.procore.understand(reading), "amount", "")) == "850.00"
    [row] = site.payments()
    assert (str(row["id"]), row["amount"], row["origin_id"]) == (
        held.key, "850.00", origin_of("payment 7, bill 3, again"))


def test_a_payment_that_was_entered_is_deleted_although_it_is_locked(site: Site) -> None:
    reading, _ = carried_out(site, delete(site, entered(site)))
    assert reading.deleted and site.payments() == []


@pytest.mark.parametrize("trouble", [lose, cut])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_change_that_loses_the_answer_of_any_step_ends_as_ordered(site: Site, trouble: Trouble, skip: int) -> None:
    """The first PATCH takes the lock off, the second changes and locks again."""
    held = entered(site)
    for _ in range(skip):
        site.next("PATCH", "contract_payments", lambda request, answer: answer())
    site.next("PATCH", "contract_payments", trouble)
    carried_out(site, change(site, held))
    [row] = site.payments()
    assert (row["amount"], row["origin_id"]) == ("850.00", origin_of("payment 7, bill 3, again"))
    assert site.troubles == []


@pytest.mark.parametrize("trouble", [lose, cut])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_deletion_that_loses_the_answer_of_any_step_ends_as_ordered(
        site: Site, trouble: Trouble, method: str) -> None:
    held = entered(site)
    site.next(method, "contract_payments", trouble)
    reading, _ = carried_out(site, delete(site, held))
    assert reading.deleted and site.payments() == [] and site.troubles == []


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_lost_busy_or_down_the_payments_end_as_ordered(site: Site, seed: int) -> None:
    chance = random.Random(seed)
    site.practice.kit.faults = Faults(seed=seed, lost=0.3, busy=0.1, down=0.1)
    expected: dict[str, str] = {}
    held: dict[str, Reading] = {}
    for turn in range(12):
        site.later(minutes=1)
        if held and chance.random() < 0.6:
            key = chance.choice(sorted(held))
            if chance.random() < 0.3:
                carried_out(site, delete(site, held.pop(key), f"gone {turn}"), tries=40)
                del expected[key]
                continue
            expected[key] = f"{chance.randint(1, 99999)}.{chance.randint(0, 99):02d}"
            held[key], _ = carried_out(site, change(site, held[key], expected[key], f"again {turn}"), tries=40)
            continue
        amount = f"{chance.randint(1, 99999)}.{chance.randint(0, 99):02d}"
        made, _ = carried_out(site, enter(site, f"payment {turn}", amount), tries=40)
        held[made.key], expected[made.key] = made, amount
    site.practice.kit.faults = Faults()
    rows = site.payments()
    assert {str(row["id"]): row["amount"] for row in rows} == expected
    assert all(str(row["origin_id"]).startswith("tieout-") for row in rows)


def test_a_crash_between_the_steps_of_a_change_leaves_work_that_a_retry_finishes(site: Site) -> None:
    held = entered(site)
    order = change(site, held)
    site.next("PATCH", "contract_payments", lambda request, answer: answer())
    site.next("PATCH", "contract_payments", _power_cut)
    with pytest.raises(SystemExit):
        site.deliver(order)
    assert site.payments()[0]["origin_id"] is None
    assert site.procore.find(order) is None                       # it was not done: it may be sent again
    carried_out(site, order)
    assert site.payments()[0]["amount"] == "850.00" and site.payments()[0]["origin_id"]


def _power_cut(request: object, answer: object) -> Any:
    raise SystemExit


def test_a_busy_procore_in_the_middle_of_a_change_is_told_and_the_change_goes_on_later(site: Site) -> None:
    held = entered(site)
    order = change(site, held)
    site.next("PATCH", "contract_payments", lambda request, answer: answer())
    site.next("PATCH", "contract_payments", says(429, "{}", Retry_After="7"))
    busy = site.deliver(order)
    assert isinstance(busy, Busy) and 7 <= busy.wait_s <= 9
    carried_out(site, order)
    assert site.payments()[0]["amount"] == "850.00"


def test_a_busy_procore_is_waited_for_until_the_later_of_both_headers(site: Site) -> None:
    reset = int(site.clock.now().timestamp()) + 40
    site.next("POST", "contract_payments", says(429, "{}", Retry_After="3", X_Rate_Limit_Reset=str(reset)))
    busy = site.deliver(enter(site))
    assert isinstance(busy, Busy) and 40 <= busy.wait_s <= 42
    assert site.payments() == []


def test_a_change_that_is_refused_leaves_the_payment_locked_as_it_was(site: Site) -> None:
    held = entered(site)
    order = change(site, held)
    site.next("PATCH", "contract_payments", lambda request, answer: answer())
    site.next("PATCH", "contract_payments", says(422, '{"errors": {"amount": ["is too large"]}}'))
    answer = site.deliver(order)
    assert answer == Refused(code="422", words="amount is too large", reason="wrong_amount", element="amount")
    assert site.payments()[0]["origin_id"] == origin_of("payment 7, bill 3")
    assert site.payments()[0]["amount"] == "900.00"


def test_a_payment_that_a_person_changed_meanwhile_is_not_overwritten(site: Site) -> None:
    """A person can change it only after it is unlocked in Procore; whatever they typed stays."""
    held = entered(site)
    for order in (change(site, held), delete(site, held)):
        ids = {"project_id": int(site.project), "contract_id": int(site.contract)}
        site.do("PATCH", f"/rest/v1.0/contract_payments/{held.key}", {**ids, "contract_payment": {"origin_id": None}})
        site.do("PATCH", f"/rest/v1.0/contract_payments/{held.key}", {**ids, "contract_payment": {"amount": "1.00"}})
        answer = site.deliver(order)
        assert isinstance(answer, Refused) and answer.stale and answer.reason == "stale"
        assert site.payments()[0]["amount"] == "1.00"


def test_a_change_that_was_carried_out_is_not_carried_out_again(site: Site) -> None:
    order = change(site, entered(site))
    done, _ = carried_out(site, order)
    site.asked.clear()
    assert site.deliver(order) == Posted(reading=done)
    assert [method for method, _ in site.asked] == ["GET"]


def test_a_change_that_a_person_made_already_by_hand_is_locked_all_the_same(site: Site) -> None:
    held = entered(site)
    order = change(site, held)
    ids = {"project_id": int(site.project), "contract_id": int(site.contract)}
    for fields in ({"origin_id": None}, {"amount": "850.00"}):
        site.do("PATCH", f"/rest/v1.0/contract_payments/{held.key}", {**ids, "contract_payment": fields})
    assert site.procore.find(order) is None
    carried_out(site, order)
    assert (site.payments()[0]["amount"], site.payments()[0]["origin_id"]) == ("850.00", origin_of(order.key))


def test_a_payment_that_belongs_to_another_integration_is_left_alone(site: Site) -> None:
    site.pay("900.00", origin_id="erp-55")
    [held] = site.read("commitments", site.project).of("payment_issued")
    for order in (change(site, held), delete(site, held)):
        answer = site.deliver(order)
        assert isinstance(answer, Refused) and answer.reason == "locked" and "erp-55" in answer.words
    assert site.payments()[0]["origin_id"] == "erp-55"


def test_a_payment_typed_by_a_person_is_taken_over_by_a_change(site: Site) -> None:
    site.pay("900.00", check_number="1042")
    [held] = site.read("commitments", site.project).of("payment_issued")
    carried_out(site, change(site, held))
    assert site.payments()[0]["origin_id"] == origin_of("payment 7, bill 3, again")


def test_a_payment_made_through_procore_pay_is_left_alone(site: Site) -> None:
    held = entered(site)
    row = {**site.payments()[0], "external_payment_id": "pp-1"}
    site.next("GET", "contract_payments", says(200, json.dumps([row])))
    answer = site.deliver(change(site, held))
    assert isinstance(answer, Refused) and answer.reason == "locked" and "Procore Pay" in answer.words


def test_a_payment_that_is_gone_cannot_be_changed_and_need_not_be_deleted(site: Site) -> None:
    held = entered(site)
    carried_out(site, delete(site, held))
    answer = site.deliver(change(site, held))
    assert isinstance(answer, Refused) and answer.stale and answer.reason == "missing_record"
    assert isinstance(site.deliver(delete(site, held)), Posted)


def test_nothing_leaves_while_writing_is_off(site: Site) -> None:
    held, order = entered(site), enter(site, key="payment 8, bill 3")
    site.gate.writes = False
    site.asked.clear()
    for forbidden in (order, change(site, held), delete(site, held)):
        with pytest.raises(WritesForbidden):
            site.deliver(forbidden)
    assert [method for method, _ in site.asked if method != "GET"] == []
    assert len(site.payments()) == 1


def test_every_write_carries_an_idempotency_token_that_is_the_same_on_a_retry(site: Site) -> None:
    tokens: list[str] = []

    def note(request: Any, answer: Callable[[], Any]) -> Any:
        tokens.append(request.headers["Idempotency-Token"])
        return answer()

    order = enter(site)
    for wanted in (order, order, enter(site, key="another")):
        site.next("POST", "contract_payments", note)
        site.deliver(wanted)
    assert tokens[0] == tokens[1] != tokens[2]


def test_an_html_page_after_a_write_is_no_answer(site: Site) -> None:
    site.next("POST", "contract_payments", says(200, "<html>Please sign in</html>"))
    answer = site.deliver(enter(site))
    assert isinstance(answer, NoAnswer) and "Please sign in" in answer.why


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_server_error_after_a_write_is_no_answer(site: Site, status: int) -> None:
    site.next("POST", "contract_payments", says(status, '{"error": "boom"}'))
    assert isinstance(site.deliver(enter(site)), NoAnswer)


def test_A193_an_application_of_another_commitment_is_refused_with_procores_words(site: Site) -> None:
    other = site.bill(1, {"work_completed_this_period_quantity": "10"}, contract=site.order)
    assert site.deliver(enter(site, invoice=other)) == Refused(
        code="422", words="requisition_id is invalid", reason="missing_record", element="requisition_id")


def test_a_project_out_of_sight_is_a_refusal_for_lack_of_permission(site: Site) -> None:
    held = entered(site)
    site.practice.disable_tool(int(site.project), "invoicing")
    for order in (enter(site, key="new"), change(site, held), delete(site, held)):
        answer = site.deliver(order)
        assert isinstance(answer, Refused) and answer.reason == "permission"


def test_a_look_into_a_project_out_of_sight_does_not_say_that_nothing_was_done(site: Site) -> None:
    order = enter(site)
    site.next("POST", "contract_payments", lose)
    assert isinstance(site.deliver(order), NoAnswer)
    site.practice.disable_tool(int(site.project), "invoicing")
    with pytest.raises(NotUnderstood, match="does not show payments issued"):
        site.procore.find(order)


def test_an_unreachable_procore_leaves_the_payment_for_later(site: Site) -> None:
    held = entered(site)
    for _ in range(10):
        site.next("GET", "contract_payments", cut)
    assert isinstance(site.deliver(change(site, held)), Busy)
    assert site.payments()[0]["amount"] == "900.00"


def test_the_same_order_is_the_same_bytes_each_time(site: Site) -> None:
    assert enter(site) == enter(site)
    assert json.loads(enter(site).payload)["contract_payment"]["amount"] == "900.00"
    half = replace(site.draft(), amount=money("0.5"))
    order = site.procore.order(action="create", kind="payment_issued", key="k", tag="t", draft=half)
    assert json.loads(order.payload)["contract_payment"]["amount"] == "0.50"


def test_only_payments_are_written_to_procore(site: Site) -> None:
    with pytest.raises(ValueError, match="a company is never written to Procore"):
        site.procore.order(action="create", kind="company", key="k", tag="t")
