"""What is read in which turn, and what a whole reading says is gone."""
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from tests.support import rows
from tieout.engine import fetch
from tieout.engine.lease import take
from tieout.engine.store.models import Connection, Cursor, Pair, Seen
from tieout.engine.turn import Turn, TurnReport
from tieout.ports import Batch, Feed, Reading

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAYMENTS = [Feed(name="payments", scope=scope, turn="rotating") for scope in ("1", "2", "3")]


def a_turn(pair: Pair) -> Turn:
    fence = take(pair.pk, holder="tests", now=NOW)
    assert fence is not None
    return Turn(pair=pair, procore=None, quickbooks=None, fence=fence, now=lambda: NOW,  # type: ignore[arg-type]
                patience=timedelta(0), report=TurnReport())


@pytest.mark.django_db(transaction=True)
def test_a_project_that_cannot_be_read_keeps_no_other_list_from_its_turn():
    pair = rows.pair()
    for feed in PAYMENTS[1:]:
        Cursor.objects.create(connection=pair.procore, feed=feed.name, scope=feed.scope, text="x", read_at=NOW)
    turn = a_turn(pair)
    seen = {feed.scope for _ in range(2) for feed in fetch._due(turn, pair.procore, PAYMENTS, full=False)}
    assert seen == {"1", "2", "3"}


@pytest.mark.django_db(transaction=True)
def test_what_another_pair_entered_while_a_list_was_read_whole_does_not_pass_for_deleted():
    """Two pairs share the books: a bill entered after its page was read is not on any page."""
    pair = rows.pair()
    books = pair.quickbooks

    def keep(key: str) -> None:
        with transaction.atomic():
            fetch.keep(books, pair.name, [Reading(kind="bill", key=key, version="0", raw='{"Id": "1"}')], NOW)

    keep("old"), keep("stays")
    began = Connection.objects.get(pk=books.pk).next_seq
    keep("young")
    with transaction.atomic():
        fetch._mark_gone(books, pair.name, Batch(readings=(), whole=(("bill", ""),)), {("bill", "stays")}, began, NOW)
    assert dict(Seen.objects.filter(kind="bill").values_list("key", "deleted")) == {
        "old": True, "stays": False, "young": False}
