"""The trail: tamper with one row and it is named."""
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connections, transaction

from tieout.engine import trail
from tieout.engine.store.models import TrailEntry, TrailHead
from tieout.engine.trail import Broken, Entry, HoldsSecret

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(number: int, **more) -> Entry:
    return Entry(kind="sent", subject=f"bill:{number % 2}", says=f"Bill {number} was sent.", **more)


def written(chain: str = "maple", count: int = 5) -> None:
    with transaction.atomic():
        trail.append(chain, [entry(number, body={"total": "9000.00", "n": number}) for number in range(count)], AT)


@pytest.mark.django_db
def test_A191_a_whole_chain_verifies_and_a_subjects_history_is_read_oldest_first():
    written()
    written("oak", 3)
    assert trail.verify("maple") is None
    assert trail.verify("oak") is None
    assert trail.verify("nobody") is None
    assert [row.number for row in trail.history("maple", "bill:0")] == [1, 3, 5]
    assert trail.chains() == ["maple", "oak"]


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "value"), [
    ("says", "Nothing happened."), ("body", "{}"), ("by", "someone"), ("at", AT + timedelta(microseconds=1)),
    ("kind", "seen"), ("subject", "bill:9"), ("hash", "0" * 64), ("previous", "0" * 64),
])
def test_one_changed_field_is_found_and_the_entry_is_named(field: str, value: object):
    written()
    TrailEntry.objects.filter(chain="maple", number=3).update(**{field: value})
    broken = trail.verify("maple")
    assert broken is not None
    assert (broken.chain, broken.number) == ("maple", 3)


@pytest.mark.django_db
def test_an_entry_rewritten_with_a_hash_that_fits_it_is_found_by_the_next():
    written()
    row = TrailEntry.objects.get(chain="maple", number=3)
    row.says = "Nothing happened."
    row.hash = trail.hash_of(row)
    row.save()
    assert trail.verify("maple") == Broken(chain="maple", number=4, why="entry 4 does not follow the one before it")


@pytest.mark.django_db
@pytest.mark.parametrize(("taken", "named"), [([1], 1), ([3], 3), ([5], 5), ([4, 5], 4), ([1, 2, 3, 4, 5], 1)])
def test_deleted_entries_are_missed_at_the_start_in_the_middle_and_at_the_end(taken: list[int], named: int):
    written()
    TrailEntry.objects.filter(chain="maple", number__in=taken).delete()
    broken = trail.verify("maple")
    assert broken is not None
    assert broken.number == named


@pytest.mark.django_db
def test_an_entry_put_in_behind_the_head_or_a_head_taken_away_is_found():
    written()
    last = TrailEntry.objects.get(chain="maple", number=5)
    last.pk, last.number, last.previous = None, 6, last.hash
    last.hash = trail.hash_of(last)
    last.save()
    assert trail.verify("maple") == Broken(chain="maple", number=6, why="entry 6 is not known to the head of the chain")
    last.delete()
    TrailHead.objects.filter(chain="maple").delete()
    assert trail.verify("maple") is not None
    assert trail.chains() == ["maple"]


@pytest.mark.django_db
def test_the_same_moment_in_another_time_zone_is_the_same_entry():
    with transaction.atomic():
        trail.append("maple", [entry(1)], AT.astimezone(timezone(timedelta(hours=-7))))
    assert trail.verify("maple") is None


@pytest.mark.django_db
def test_text_that_a_database_cannot_keep_is_made_keepable_and_verifies():
    with transaction.atomic():
        trail.append("maple", [Entry(kind="seen", subject="x" * 400, says="a\0b \ud800 “ü”", body={"raw": "\0\ud800"})],
                     AT)
    assert trail.verify("maple") is None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_appended_outside_a_transaction_and_a_rollback_takes_the_entries_with_it():
    with pytest.raises(transaction.TransactionManagementError):
        trail.append("maple", [entry(1)], AT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        trail.append("maple", [entry(1)], AT)
        raise ZeroDivisionError
    written()
    assert trail.verify("maple") is None
    assert TrailEntry.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain():
    def work() -> None:
        for _ in range(5):
            written(count=3)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert trail.verify("maple") is None
    assert TrailHead.objects.get(chain="maple").length == 8 * 5 * 3


@pytest.mark.django_db
@pytest.mark.parametrize("body", [
    {"access_token": "x"}, {"answer": {"refreshToken": "x"}}, {"list": [{"client_secret": "x"}]},
    {"Authorization": "x"},
    {"password": "x"},
])
def test_I11_a_secret_is_never_written_to_the_trail(body: dict[str, object]):
    with pytest.raises(HoldsSecret), transaction.atomic():
        trail.append("maple", [entry(1, body=body)], AT)
    assert TrailEntry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("text", [
    "Authorization: Bearer s3cretkey99", '{"refresh_token": "s3cretkey99"}', "client_secret=s3cretkey99",
    "Gate password: s3cretkey99 / SC-001 / application 2"])
def test_I11_what_reads_like_a_secret_in_a_text_is_left_out_and_stops_nothing(text: str):
    with transaction.atomic():
        trail.append("maple", [Entry(kind="sent", subject=text, says=text, body={"payload": {"Line": [text]}})], AT)
    row = TrailEntry.objects.get()
    assert "s3cretkey99" not in f"{row.subject} {row.says} {row.body}" and "left out" in row.body
    assert trail.verify("maple") is None


@pytest.mark.django_db
def test_a_sync_token_is_no_secret():
    with transaction.atomic():
        trail.append("maple", [entry(1, body={"SyncToken": "3", "raw": '{"SyncToken": "3"}'})], AT)
    assert trail.verify("maple") is None
