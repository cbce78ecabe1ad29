import pytest

from tests.support.procore_client import Site


@pytest.fixture
def site() -> Site:
    return Site.new()
