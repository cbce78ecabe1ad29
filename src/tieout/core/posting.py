"""The life of a posting, as one table. The docs draw it, the store obeys it, the tests walk every cell."""
from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    APPROVED = "approved"      # may be sent
    SENT = "sent"              # written down before it left; without an answer it is in doubt
    IN_DOUBT = "in_doubt"      # look before sending again
    POSTED = "posted"
    REFUSED = "refused"
    REVERSED = "reversed"
    DROPPED = "dropped"        # never sent, and no longer wanted


class Event(StrEnum):
    SEND = "send"
    POST = "post"
    REFUSE = "refuse"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FOUND = "found"
    NOT_FOUND = "not_found"
    CHANGED = "changed"
    REPLAN = "replan"
    REVERSE = "reverse"


LIFE_OF_A_POSTING: dict[State, dict[Event, State]] = {
    State.APPROVED: {Event.SEND: State.SENT, Event.REPLAN: State.DROPPED,
                     Event.REFUSE: State.REFUSED},           # it cannot be put in the vendor's terms
    State.SENT: {Event.POST: State.POSTED, Event.REFUSE: State.REFUSED, Event.BUSY: State.APPROVED,
                 Event.NO_ANSWER: State.IN_DOUBT},
    State.IN_DOUBT: {Event.FOUND: State.POSTED, Event.NOT_FOUND: State.APPROVED, Event.CHANGED: State.DROPPED},
    State.REFUSED: {Event.REPLAN: State.DROPPED},
    State.POSTED: {Event.REVERSE: State.REVERSED},
    State.REVERSED: {},
    State.DROPPED: {},
}

UNFINISHED = (State.APPROVED, State.SENT, State.IN_DOUBT)


class NotInThisLife(AssertionError):
    """A posting was moved in a way that its table does not have: a bug, never a person's doing."""


def after(state: State, event: Event) -> State:
    try:
        return LIFE_OF_A_POSTING[state][event]
    except KeyError:
        raise NotInThisLife(f"a posting that is {state} cannot {event}") from None
