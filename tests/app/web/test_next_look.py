"""The pages say when the worker looks next, and never a time that has gone by."""
from datetime import timedelta

import pytest

from tests.support import rows
from tieout.app.web.views.today import sync_context

pytestmark = pytest.mark.django_db


def test_the_next_look_is_when_the_pair_is_due_whenever_it_was_read_last():
    pair = rows.pair(due_at=rows.NOW + timedelta(minutes=9))
    assert sync_context(pair, rows.NOW)["next_at"] == rows.NOW + timedelta(minutes=9)
    assert sync_context(pair, rows.NOW + timedelta(minutes=10))["next_at"] is None
