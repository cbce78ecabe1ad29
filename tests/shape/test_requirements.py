"""The page of requirements is true of the tests: what it says is shown is shown where it says."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "requirements.md"
ROW = re.compile(r"^\| ([AC]\d+) \|(.*)\|$", re.MULTILINE)
SHOWN_BY = re.compile(r"\]\(\.\./\.\./(tests/[^)]+)\)")


def tables() -> tuple[dict[str, str], dict[str, str]]:
    """(what is here, what is not), each id -> the rest of its row."""
    here, _, missing = PAGE.read_text(encoding="utf-8").partition("\n## Not here yet\n")
    return dict(ROW.findall(here)), dict(ROW.findall(missing))


def named(text: str, requirement: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){requirement}(?![A-Za-z0-9])", text.replace("_", " ")) is not None


@pytest.mark.parametrize("requirement", tables()[0])
def test_what_is_said_to_be_shown_is_shown_by_a_test_that_names_it(requirement: str):
    [file] = SHOWN_BY.findall(tables()[0][requirement])
    tests = re.findall(r"^def test_\w+", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert any(named(test, requirement) for test in tests), f"no test of {file} has {requirement} in its name"


def test_what_is_not_here_yet_is_not_said_to_be_here():
    here, missing = tables()
    assert len(here) > 50 and not here.keys() & missing.keys()


def test_the_ids_that_the_code_names_are_on_the_page():
    """What tests call by an id may reach further than the page; what the code says it covers may not."""
    here, _ = tables()
    for file in (ROOT / "src" / "tieout").rglob("*.py"):
        covered = re.findall(r"\[((?:[AC]\d+ ?)+)\]|^Covers +((?:[AC]\d+\s+)+)", file.read_text(encoding="utf-8"),
                             re.MULTILINE)
        for requirement in " ".join(" ".join(found) for found in covered).split():
            assert requirement in here, f"{file.name} says that it covers {requirement}; the page does not"
