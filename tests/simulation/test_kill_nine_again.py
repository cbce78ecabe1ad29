"""The other ten times, so that two processes share the work."""
from pathlib import Path

import pytest

from tests.simulation.test_kill_nine import five_times


@pytest.mark.parametrize("seed", range(2, 4))
def test_i1_kill_minus_nine_again_enters_nothing_twice_and_loses_nothing(
        tmp_path: Path, fresh_database_url: str | None, seed: int) -> None:
    five_times(seed, tmp_path, fresh_database_url)
