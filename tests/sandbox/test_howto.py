"""The page on the sandbox is true: its commands are run, in their order, as somebody pastes them."""
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tieout.sandbox.desk import field
from tieout.sandbox.faults import KINDS, OPERATIONS, faults_from
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.worlds.generate import USUAL

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "howto" / "sandbox.md").read_text()
SET_UP, *BLOCKS = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
TOOLS = ("bash", "curl", "python3")


def has(tool: str) -> bool:
    return subprocess.run(["which", tool], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block printed."""
    if missing := [tool for tool in TOOLS if not has(tool)]:
        pytest.skip(f"the page's commands need {', '.join(missing)}")
    folder, scratch = tmp_path_factory.mktemp("howto"), tmp_path_factory.mktemp("scratch")
    (folder / ".venv").symlink_to(sys.prefix)
    script = "set -e\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n" + "".join(
        f"{block}\necho '=== end of block {number}'\n" for number, block in enumerate(BLOCKS))
    # a product that has no home and no database to go to: the sandbox needs neither
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("TIEOUT_")}
    ended = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**surroundings, "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder / "nobody"), "TMPDIR": str(scratch)})
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert [file.name for file in folder.iterdir()] == [".venv"]        # nothing is left in the checkout
    assert list(scratch.iterdir()) == []
    return re.split(r"=== end of block \d+\n", ended.stdout)


def of(printed: list[str], words: str) -> str:
    """What the one block with these words printed."""
    [number] = [number for number, block in enumerate(BLOCKS) if words in block]
    return printed[number]


def test_the_set_up_is_the_one_that_run_py_has(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("run_py", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    run_py = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run_py)
    levels: list[str] = []
    monkeypatch.setattr(run_py, "setup", levels.append)
    python, file, *arguments = SET_UP.split()
    assert (python, file) == ("python3", "run.py")
    assert run_py.main(arguments) == 0
    assert levels == ["runtime"]


def test_a_sandbox_that_does_not_start_is_waited_for_no_longer_and_says_why(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    program = tmp_path / ".venv" / "bin" / "tieout"
    program.write_text("#!/bin/sh\necho Port 9201 is taken >&2\nexit 2\n")
    program.chmod(0o755)
    ended = subprocess.run(["bash", "-c", BLOCKS[0]], cwd=tmp_path, capture_output=True, text=True, timeout=30,
                           check=False, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert ended.stdout == "It did not start:\nPort 9201 is taken\n"


def test_every_command_is_taken(printed: list[str]) -> None:
    taken = [text for text in printed if text != of(printed, "permitted-projects")]      # its refusals are its point
    assert [text for text in taken if re.search(r'"(error|errors|Fault)": ?[\["{]|"fault": ?\{', text)] == []


def test_the_bill_is_paid_and_the_books_balance(printed: list[str]) -> None:
    assert re.search(r'"Balance": 0', of(printed, "bill-1047"))
    assert '"credit": "43750.00"' in of(printed, "trial-balance")


def test_every_sign_in_gives_tokens_and_an_unregistered_address_is_refused(printed: list[str]) -> None:
    assert '"access_token"' in of(printed, "grant_type=client_credentials")
    assert '"refresh_token"' in of(printed, "/oauth/authorize")
    assert '"refresh_token"' in of(printed, "tokens/bearer")
    refused = of(printed, "quickbooks/redirect-uris")
    assert "redirect_uri query parameter value is invalid" in refused
    assert " 400\n" in refused


def test_a_level_and_permitted_projects_hold_for_the_token_of_the_page(printed: list[str]) -> None:
    said = of(printed, "permitted-projects")
    after_none, after_admin, after_no_project = re.findall(
        r'"(?:level|project_ids)":(?:"\w+"|\[\])[^}]*\}(\{.*?\}|\[\])', said)[:3]
    assert "The permission level in the commitments tool is none" in after_none
    assert after_admin == "[]"
    assert "The project is not permitted" in after_no_project


def test_the_lost_answer_is_seen_in_the_plan_and_in_the_call_log(printed: list[str]) -> None:
    faulted = of(printed, "no answer, curl says")
    assert re.search(r"no answer, curl says (52|56)", faulted)
    assert '"seen":2,"fired":1' in faulted
    log = of(printed, "calls/log")
    assert re.search(r'"fault": "lost"', log)
    assert re.search(r'"status": null', log)


def test_a_restore_gives_the_same_id_again(printed: list[str]) -> None:
    ids = re.findall(r"^(?:\{.*\})?(\d+)$", of(printed, "/restore"), re.MULTILINE)
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_both_vendors_webhooks_arrive(printed: list[str]) -> None:
    received = of(printed, "cat received.txt")
    assert "qbo.vendor.created.v1" in received
    assert "Bearer s3cret" in received
    assert '"resource_name":"Company Vendors"' in received
    assert received.count('"state": "delivered"') == 2


def test_the_page_names_every_switch_of_procore_and_what_it_is_at_first() -> None:
    held = Sandbox.start("empty").procore.set_up("switches", {})
    told = dict(re.findall(r"^\| `(\w+)` \| `?(\w+)`? \| .{20,} \|$", PAGE, re.MULTILINE))
    assert {name: told.get(name) for name in held} == {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in held.items()}


def test_the_page_names_every_fault_and_operation_and_its_plan_can_be_read() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in PAGE] == []
    explained = {*OPERATIONS} - {"client_credentials", "other"}
    assert [name for name in explained if f"`{name}`" not in PAGE] == []
    [plan] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert len(faults_from(tomllib.loads(plan)).rules) == 1


def waiting(sandbox: Sandbox) -> tuple[int, int]:
    found = field.waiting(sandbox.desk)
    return len(found["orders"]), len(found["invoices"])


@pytest.mark.parametrize(("world", "column"), [("maple", 2), ("fjord", 3)])
def test_the_page_tells_what_is_in_a_world_and_how_long_it_is(world: str, column: int) -> None:
    rows = {cells[0].strip(): cells[column].strip() for cells in
            (line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")) if len(cells) == 5}
    sandbox = Sandbox.start(world)
    held, company = sandbox.quickbooks.company.records, sandbox.procore.company
    assert rows["in it at the start"].startswith(f"{len(company.projects)} projects, {len(company.vendors)} vendors, ")
    assert bool(held["Bill"]) is ("no bills" not in rows["in it at the start"])
    assert int(rows["half months to play"]) == len(sandbox.world.steps)
    sandbox.close()


def test_the_first_decisions_of_maple_wait_when_the_page_says_and_nobody_else_enters_its_bills() -> None:
    assert "2 change orders wait after February, 2 pay applications after April" in PAGE
    sandbox = Sandbox.start("maple")
    bills, seen, said = len(sandbox.quickbooks.company.records["Bill"]), {}, ""
    for _ in range(8):
        step = sandbox.play_next()
        assert step is not None
        said += "\n".join(step["acts"])
        seen[step["step"]] = waiting(sandbox)
    assert next(at for at, left in seen.items() if left[0]) == "2026-02-28"
    assert next(at for at, left in seen.items() if left[1]) == "2026-04-30"
    assert (seen["2026-02-28"][0], seen["2026-04-30"][1]) == (2, 2)
    assert len(sandbox.quickbooks.company.records["Bill"]) == bills
    assert "Nothing to pay: QuickBooks has no open bill" in said
    sandbox.close()


@pytest.mark.parametrize("world", ["fjord", "generate:projects=2,months=3,seed=7,by_hand=1"])
def test_where_the_page_says_by_hand_the_bookkeeper_enters_the_bills_and_nothing_waits(world: str) -> None:
    sandbox = Sandbox.start(world)
    while sandbox.play_next():
        assert waiting(sandbox) == (0, 0)
    assert len(sandbox.quickbooks.company.records["Bill"]) > 5
    sandbox.close()


def test_the_page_names_every_setting_of_a_generated_world_with_what_it_is_left_out() -> None:
    for name, usual in USUAL.items():
        assert f"| `{name}` | {usual} |" in PAGE
