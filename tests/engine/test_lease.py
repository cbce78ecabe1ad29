"""One turn at a time for a pair; one that lost its turn writes nothing more."""
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction

from tieout.engine import lease
from tieout.engine.lease import TurnLost
from tieout.engine.store.models import Connection, Pair

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def pair() -> Pair:
    field = Connection.objects.create(name="field", kind="procore")
    books = Connection.objects.create(name="books", kind="quickbooks_online")
    return Pair.objects.create(name="maple", procore=field, quickbooks=books)


@pytest.mark.django_db
def test_I10_a_second_turn_does_not_start_but_asks_the_first_to_look_again(pair: Pair):
    first = lease.take(pair.pk, holder="a", now=NOW)
    assert first is not None
    assert lease.take(pair.pk, holder="b", now=later(1)) is None
    first.check(later(1))
    assert first.release(later(2)) is True
    second = lease.take(pair.pk, holder="b", now=later(3))
    assert second is not None
    assert second.epoch == first.epoch + 1
    assert second.release(later(4)) is False


@pytest.mark.django_db
def test_I10_a_turn_whose_lease_ran_out_and_was_taken_stops_at_its_next_transaction_and_its_next_call(pair: Pair):
    frozen = lease.take(pair.pk, holder="a", now=NOW, ttl_s=120)
    assert frozen is not None
    assert lease.take(pair.pk, holder="b", now=later(119)) is None
    other = lease.take(pair.pk, holder="b", now=later(120))
    assert other is not None
    with pytest.raises(TurnLost), transaction.atomic():
        frozen.check(later(121))
    with pytest.raises(TurnLost):
        frozen.before_call(later(121))
    with pytest.raises(TurnLost):
        frozen.renew(later(121))
    assert frozen.release(later(122)) is False
    other.check(later(122))                                  # a late release of the first takes nothing from it


@pytest.mark.django_db
def test_a_lease_that_ran_out_but_that_nobody_took_is_still_good_and_is_extended(pair: Pair):
    slow = lease.take(pair.pk, holder="a", now=NOW)
    assert slow is not None
    slow.check(later(500))
    assert lease.take(pair.pk, holder="b", now=later(600)) is None


@pytest.mark.django_db
def test_a_turn_that_gave_its_lease_back_may_write_nothing_more(pair: Pair):
    done = lease.take(pair.pk, holder="a", now=NOW)
    assert done is not None
    done.release(later(1))
    with pytest.raises(TurnLost):
        done.check(later(1))


@pytest.mark.django_db
def test_a_call_looks_at_the_lease_again_only_after_a_second(pair: Pair, django_assert_num_queries):
    fence = lease.take(pair.pk, holder="a", now=NOW)
    assert fence is not None
    with django_assert_num_queries(0):
        fence.before_call(later(1))
    with django_assert_num_queries(1):
        fence.before_call(later(1.5))
    with django_assert_num_queries(0):
        fence.before_call(later(2))


@pytest.mark.django_db(transaction=True)
def test_I10_of_many_who_ask_at_once_one_gets_the_turn(pair: Pair):
    got: list[int] = []

    def ask(name: str) -> None:
        fence = lease.take(pair.pk, holder=name, now=NOW)
        if fence:
            got.append(fence.epoch)
        connections.close_all()

    for round_ in range(5):
        threads = [threading.Thread(target=ask, args=(f"w{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert got == [round_ + 1]
        got.clear()
        Pair.objects.filter(pk=pair.pk).update(lease_holder="")


@pytest.mark.django_db(transaction=True)
def test_I10_nobody_takes_the_lease_between_the_check_and_the_commit(pair: Pair):
    fence = lease.take(pair.pk, holder="a", now=NOW, ttl_s=10)
    assert fence is not None
    order: list[str] = []
    asked = threading.Event()

    def take_over() -> None:
        asked.set()
        assert lease.take(pair.pk, holder="b", now=later(20)) is not None
        order.append("taken")
        connections.close_all()

    thread = threading.Thread(target=take_over)
    with transaction.atomic():
        fence.check(later(1))
        thread.start()
        asked.wait(10)
        thread.join(0.5)
        order.append("committed")
    thread.join(60)
    assert order == ["committed", "taken"]
