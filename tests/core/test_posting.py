"""The life of a posting is its table: every cell, and nothing beside it."""
import itertools

import pytest

from tieout.core.posting import LIFE_OF_A_POSTING, UNFINISHED, Event, NotInThisLife, State, after

S, E = State, Event
ALLOWED = {
    (S.APPROVED, E.SEND): S.SENT, (S.APPROVED, E.REPLAN): S.DROPPED,
    (S.APPROVED, E.REFUSE): S.REFUSED,
    (S.SENT, E.POST): S.POSTED, (S.SENT, E.REFUSE): S.REFUSED, (S.SENT, E.BUSY): S.APPROVED,
    (S.SENT, E.NO_ANSWER): S.IN_DOUBT,
    (S.IN_DOUBT, E.FOUND): S.POSTED, (S.IN_DOUBT, E.NOT_FOUND): S.APPROVED, (S.IN_DOUBT, E.CHANGED): S.DROPPED,
    (S.REFUSED, E.REPLAN): S.DROPPED,
    (S.POSTED, E.REVERSE): S.REVERSED,
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_a_posting_moves_as_its_table_says_and_in_no_other_way(state: State, event: Event):
    if (state, event) in ALLOWED:
        assert after(state, event) is ALLOWED[state, event]
    else:
        with pytest.raises(NotInThisLife, match=f"{state} cannot {event}"):
            after(state, event)


def test_the_table_has_every_state():
    assert set(LIFE_OF_A_POSTING) == set(State)


def test_what_was_sent_is_looked_for_before_it_is_sent_again():
    """No way leads from sent to sent but over busy, when nothing was entered, or over a look that found nothing."""
    ways_back = {(s, e) for (s, e), to in ALLOWED.items() if to is S.APPROVED}
    assert ways_back == {(S.SENT, E.BUSY), (S.IN_DOUBT, E.NOT_FOUND)}
    assert [key for key, to in ALLOWED.items() if to is S.SENT] == [(S.APPROVED, E.SEND)]


def test_a_posting_that_is_finished_is_never_sent_again():
    reached = {state: {state} for state in State}
    for _ in State:
        for (state, _event), to in ALLOWED.items():
            for found in reached.values():
                if state in found:
                    found.add(to)
    finished = set(State) - set(UNFINISHED)
    assert all(not reached[state] & set(UNFINISHED) for state in finished)
    assert all(reached[state] & {S.POSTED, S.DROPPED} for state in UNFINISHED)
