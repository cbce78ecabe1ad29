import pytest

from tests.sandbox.quickbooks_online.office import Office


@pytest.fixture
def office() -> Office:
    return Office().furnish()
