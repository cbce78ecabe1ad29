"""What ends a command with words for the person at the terminal, and the exit status that goes with it."""
from __future__ import annotations

NEEDS_A_PERSON = 1
WRONG_USE = 2


class Stop(Exception):
    """says: one or two plain sentences naming the thing and the fix. status: 1 needs a person, 2 wrong use."""

    def __init__(self, says: str, status: int = WRONG_USE) -> None:
        super().__init__(says)
        self.says, self.status = says, status
