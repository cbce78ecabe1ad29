"""Half of the towns; the other half stands in a file of its own, so that two processes share the work."""
import pytest

from tests.simulation.conftest import chunks
from tests.simulation.town import Town


@pytest.mark.parametrize("seeds", chunks(0, 150), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_i1_faults_kills_and_edits_leave_every_document_entered_once(towns: None, seeds: range) -> None:
    for seed in seeds:
        Town(seed).live()
