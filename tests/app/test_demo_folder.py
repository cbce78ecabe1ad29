"""One demo at a time in a folder, and never half of one run beside half of another."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tieout.app.counted import all_counted, counted
from tieout.app.demo import settle_home
from tieout.app.practice.folder import held, must_belong
from tieout.app.stop import Stop

HOLDS = """
import sys; from pathlib import Path; from tieout.app.practice.folder import held
with held(Path(sys.argv[1])) as folder:
    folder.note(steps=7, pages="http://127.0.0.1:8499")
    print("holds", flush=True); sys.stdin.read()
"""


def test_a_second_demo_in_the_folder_is_told_who_runs_there_and_a_killed_one_leaves_it_free(tmp_path: Path):
    first = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "holds\n"
        demo = [sys.executable, "-m", "tieout.app.cli.main", "demo", "--once", "--home", str(tmp_path)]
        second = subprocess.run(demo, capture_output=True, text=True, check=False, timeout=60)
        assert (second.returncode, second.stdout) == (1, "")
        assert f"A demo runs in {tmp_path} already (process {first.pid}; its pages are at http://127.0.0.1:8499)" \
            in second.stderr
    finally:
        first.kill()
        first.communicate()
    with held(tmp_path) as folder:
        assert (folder.steps, folder.pages) == (7, "")


def test_a_year_that_knows_less_than_the_database_beside_it_is_refused_with_the_fix(tmp_path: Path):
    with held(tmp_path) as folder:
        must_belong(folder, 0, False, tmp_path)              # nothing on either side: a new folder
        folder.note(steps=7)
        must_belong(folder, 8, True, tmp_path)               # killed after a step, before its sync
        with pytest.raises(Stop, match=r"knows 3 steps of the year, .* has seen 7\. Delete"):
            must_belong(folder, 3, True, tmp_path)
        folder.note(steps=0)
        with pytest.raises(Stop, match=r"lost or cut short: it knows 0 steps .* at least 1"):
            must_belong(folder, 0, True, tmp_path)


@pytest.mark.parametrize("named", ["a-file", "a-file/inside"])
def test_a_file_named_as_the_home_is_said_to_be_wrong_with_home(tmp_path: Path, named: str):
    (tmp_path / "a-file").write_text("x")
    before = dict(os.environ)
    with pytest.raises(Stop, match=r"is a file\. Name a folder with --home"):
        settle_home(tmp_path / named)
    assert dict(os.environ) == before


def test_numbers_of_things_are_said_as_the_office_says_them():
    assert [counted(1, "bill"), counted(80, "bill"), counted(4, "customer"), counted(2, "journal_entry")] == [
        "1 bill", "80 bills", "4 jobs", "2 journal entries"]
    assert all_counted({"payment_issued": 2, "vendor_credit": 1}) == "2 payments issued, 1 vendor credit"
    assert all_counted({}) == "nothing"
