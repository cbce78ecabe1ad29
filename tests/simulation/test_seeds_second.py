"""The other half of the towns."""
import pytest

from tests.simulation.conftest import chunks
from tests.simulation.town import Town


@pytest.mark.parametrize("seeds", chunks(150, 300), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_i1_more_faults_kills_and_edits_leave_every_document_entered_once(towns: None, seeds: range) -> None:
    for seed in seeds:
        Town(seed).live()
