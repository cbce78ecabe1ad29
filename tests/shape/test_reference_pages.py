"""The pages under docs/reference say what the code says."""
import pytest

from tests.support import reference_pages


@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_a_reference_page_is_what_the_code_writes_now(name: str):
    there = reference_pages.FOLDER / name
    written = there.read_text(encoding="utf-8") if there.exists() else ""
    assert written == reference_pages.PAGES[name](), \
        f"docs/reference/{name} is not current: run python -m tests.support.reference_pages --write"


def test_every_kind_of_problem_that_the_engine_keeps_is_in_the_catalogue():
    from tieout.engine import standing

    text = reference_pages.problems_page()
    assert [kind for kind in standing.NOT_FROM_PLANS if f"### {kind}\n" not in text] == []


def test_every_state_event_figure_and_class_has_its_words():
    from tieout.core import posting, tieout_table

    assert set(reference_pages.STATES) == set(posting.State)
    assert set(reference_pages.EVENTS) == set(posting.Event)
    assert set(reference_pages.CLASSES) == set(tieout_table.CLASSES)
    assert set(reference_pages.LEVELS) == set(tieout_table.FIGURES)


def test_each_flow_states_its_trigger_its_key_and_its_owner():
    import importlib

    from tieout.core.flows.registry import ALL

    for flow in ALL:
        _, lines = reference_pages.stated(importlib.import_module(f"tieout.core.flows.{flow.name}").__doc__ or "")
        said = {label for label, _ in lines}
        assert {"Trigger", "Key", "Owner"} <= said, f"{flow.name} says only {', '.join(sorted(said))}"
