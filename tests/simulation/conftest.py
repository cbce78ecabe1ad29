"""Towns share one test database: each begins by forgetting everything."""
import os

import pytest

ON_POSTGRESQL = bool(os.environ.get("TIEOUT_DATABASE_URL"))


@pytest.fixture
def towns(transactional_db: None) -> None:
    """A database that commits for real, for as many towns one after the other as the test likes."""


def chunks(first: int, end: int, size: int = 15) -> list[range]:
    """Seeds in portions. On PostgreSQL, where a commit costs more, every sixth portion is lived through."""
    every = size * (6 if ON_POSTGRESQL else 1)
    return [range(start, min(start + size, end)) for start in range(first, end, every)]
