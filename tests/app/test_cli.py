"""The command line: words or one JSON document, and an exit status that a script can go by."""
import io
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import python_calamine
from django.contrib.auth.models import User
from rich.console import Console

from tieout.app import wiring
from tieout.app.cli import main as command
from tieout.app.cli import sync
from tieout.core.money import money
from tieout.core.tieout import Entry
from tieout.core.tieout import tie_out as tied_out
from tieout.engine import lease, reconcile, trail, worker
from tieout.engine.store.models import (
    Approval,
    Connection,
    Decision,
    OpenProblem,
    Pair,
    Posting,
    RoutedProject,
    Seen,
    SeenLink,
    Standing,
    TrailEntry,
)
from tieout.engine.turn import TurnReport
from tieout.ports import CallCount, NotAuthorised, WritesForbidden

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRINT = "ab12cd34ef56ab12cd34ef56"


@dataclass
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def tieout(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    before = os.umask(0o022)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["tieout", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            command.main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    yield run
    os.umask(before)


@pytest.fixture
def maple() -> Pair:
    field = Connection.objects.create(name="field", kind="procore", company_id="1", last_read_at=NOW)
    books = Connection.objects.create(name="books", kind="quickbooks_online", company_id="2", last_read_at=NOW)
    return Pair.objects.create(name="maple", procore=field, quickbooks=books, mode="review", last_turn_at=NOW)


def bill(pair: Pair, **more: object) -> Standing:
    effect = [["5100 Subcontractors", 1000000, 0], ["2050 Retainage payable", 0, 100000], ["2000 A/P", 0, 900000]]
    return Standing.objects.create(pair=pair, **{
        "flow": "subcontractor_invoice_to_bill", "slot": "77", "status": "needs_approval",
        "title": "Bill 7 of =Ace", "number": "7", "party": "=Ace",
        "project": "24-017", "dated": date(2026, 2, 28), "amount_cents": 900000,
        "source_kind": "subcontractor_invoice", "source": "77",
        "intent": "enter", "fingerprint": PRINT, "effect": json.dumps(effect), **more})


def problem(pair: Pair, **more: object) -> OpenProblem:
    return OpenProblem.objects.create(pair=pair, **{
        "kind": "cost_code_has_no_account", "subject": "cost_code:03-300.S", "says": "03-300.S has no account.",
        "fix": "Choose it.", "who": "bookkeeper", "amount_cents": 123456, "since": NOW,
        "choices": [{"id": "account", "label": "Use this account", "needs": "account"}], **more})


# --- plan and approval -----------------------------------------------------------------------------------------------


def test_C2_the_plan_shows_each_document_with_its_debits_and_credits(tieout, maple: Pair):
    bill(maple)
    said = tieout("plan")
    assert said.status == 0
    for text in ("enter    Bill 7 of =Ace  9,000.00  approve: ab12cd34ef56", "5100 Subcontractors", "10,000.00",
                 "1,000.00"):
        assert text in said.out


def test_the_debits_of_the_plan_stand_below_their_header(tieout, maple: Pair):
    bill(maple)
    lines = tieout("plan").out.splitlines()
    head = next(line for line in lines if "debit" in line)
    row = next(line for line in lines if "10,000.00" in line)
    assert head.index("account") == row.index("5100")
    assert head.index("debit") + len("debit") == row.index("10,000.00") + len("10,000.00")


def test_the_plan_as_json_has_amounts_as_text_with_two_decimals(tieout, maple: Pair):
    bill(maple)
    bill(maple, slot="78", intent="leave", fingerprint="", status="synced")
    [pair] = tieout("plan", "--json").json["pairs"]
    [intent] = pair["intents"]
    assert (intent["fingerprint"], intent["amount"], intent["date"]) == (PRINT, "9000.00", "2026-02-28")
    assert intent["effect"][1] == {"account": "2050 Retainage payable", "debit": "0.00", "credit": "1000.00"}


def test_a_document_is_approved_by_the_beginning_of_its_fingerprint(tieout, maple: Pair):
    bill(maple)
    said = tieout("approve", PRINT[:8])
    assert (said.status, "1 document approved" in said.out) == (0, True)
    assert Approval.objects.get().fingerprint == PRINT
    maple.refresh_from_db()
    assert maple.look_again
    assert [entry.kind for entry in trail.history("maple", "subcontractor_invoice_to_bill:77")] == ["approved"]


def test_C2_what_an_approved_bill_waits_for_is_named_with_the_word_that_lets_it_go(tieout, maple: Pair):
    item, order = {"flow": "cost_code_to_item", "source_kind": "code"}, {"flow": "commitment_to_purchase_order"}
    bill(maple, why="waits for order SC-1, vendor Ace, Inc")
    bill(maple, **order, number="SC-1", title="Order SC-1 of Ace, Inc", fingerprint="0a" * 20,
         why="waits for item 03.S")
    bill(maple, **order, slot="78", number="SC-11", title="Order SC-11 of Oak", fingerprint="0b" * 20)
    bill(maple, **item, title="Item 03.S", fingerprint="0c" * 20, why="to be entered")
    said = tieout("approve", PRINT).out.splitlines()
    assert said[1:] == ["They wait for Order SC-1 of Ace, Inc, which nobody approved yet: tieout approve 0a0a0a0a0a0a",
                        "They wait for Item 03.S, which nobody approved yet: tieout approve 0c0c0c0c0c0c"]
    assert len(tieout("approve", "0a0a", "0c0c").out.splitlines()) == 1


def test_all_that_waits_is_approved_with_one_word(tieout, maple: Pair):
    bill(maple)
    bill(maple, slot="78", fingerprint="ab99")
    bill(maple, slot="79", fingerprint="ff", status="held_back")
    assert tieout("approve", "--all", "--json").json == {"pair": "maple", "approved": 2}
    assert not Approval.objects.filter(fingerprint="ff").exists()


@pytest.mark.parametrize(("arguments", "why"), [
    (["approve"], "Name the fingerprints"), (["approve", "ab", "--all"], "Name the fingerprints"),
    (["approve", "ab"], "the beginning of several"), (["approve", "zz"], "not in the plan"),
    (["plan", "--pair", "oak"], "There is no pair “oak”; there are: maple"),
    (["problems", "resolve", "9999", "--choice", "x"], "There is no problem 9999"),
    (["tie-out", "--project", "99-999"], "has no project “99-999”"),
    (["tie-out", "--json", "--xlsx", "x.xlsx"], "Choose --json or --xlsx"),
    (["trail", "nothing"], "The trail has nothing of “nothing”"),
    (["export", "/nowhere/file.toml"], "cannot be written"),
    (["apply", "/nowhere/file.toml"], "cannot be read"),
    (["user", "reset", "nobody", "--password-file", "-"], "There is no user nobody"),
    (["tie-out", "--as-of", "yesterday"], "--as-of: “yesterday” is not a date; write it like 2026-04-30."),
    (["tie-out", "--as-of", "04/30/2026"], "write it like 2026-04-30."),
    (["snyc"], "sync"),
])
def test_wrong_use_is_exit_2_with_one_clear_sentence_and_nothing_on_standard_output(
        tieout, maple: Pair, arguments: list[str], why: str):
    bill(maple)
    bill(maple, slot="78", fingerprint="ab99")
    said = tieout(*arguments)
    assert (said.status, said.out) == (2, "")
    assert why in said.err
    assert "Traceback" not in said.err


def test_without_a_pair_the_fix_is_told(tieout):
    said = tieout("sync")
    assert (said.status, said.err) == (
        2, "No pair is set up yet. Describe one in a file and run: tieout apply FILE\n")


def test_of_several_pairs_one_has_to_be_named_where_it_matters(tieout, maple: Pair):
    Pair.objects.create(name="oak", procore=maple.procore, quickbooks=maple.quickbooks)
    assert "choose one with --pair: maple, oak" in tieout("tie-out").err


# --- problems --------------------------------------------------------------------------------------------------------


def test_open_problems_are_listed_with_most_money_first_and_the_status_asks_for_a_person(tieout, maple: Pair):
    problem(maple)
    problem(maple, subject="b", says="Bigger.", amount_cents=999999)
    problem(maple, subject="c", says="Settled.", open=False)
    said = tieout("problems")
    assert said.status == 1
    assert said.out.index("Bigger.") < said.out.index("03-300.S has no account.")
    assert "Settled." not in said.out
    assert "--choice account --with ACCOUNT" in said.out
    listed = tieout("problems", "--json").json["problems"]
    assert [one["amount"] for one in listed] == ["9999.99", "1234.56"]


def test_without_problems_the_status_is_success(tieout, maple: Pair):
    assert tieout("problems").status == 0
    assert tieout("problems", "--json").json == {"problems": []}


def test_a_value_for_an_answer_that_takes_none_is_refused_with_the_reason(tieout, maple: Pair):
    row = problem(maple, kind="refused", choices=[{"id": "try_again", "label": "Try once more", "needs": ""}])
    said = tieout("problems", "resolve", str(row.pk), "--choice", "try_again", "--with", "5200")
    assert (said.status, said.out) == (2, "")
    assert "“try_again” takes no value: leave out --with “5200”" in said.err
    assert OpenProblem.objects.get().open


def test_a_problem_is_answered_from_the_command_line(tieout, maple: Pair):
    row = problem(maple, kind="closed_period", choices=[{"id": "date", "label": "On this date", "needs": "date"}])
    assert "it offers: date" in tieout("problems", "resolve", str(row.pk), "--choice", "day").err
    assert "needs a date: add --with DATE" in tieout("problems", "resolve", str(row.pk), "--choice", "date").err
    assert not Decision.objects.exists()
    said = tieout("problems", "resolve", str(row.pk), "--choice", "date", "--with", "2026-03-02")
    assert said.status == 0, said.err
    decision = Decision.objects.get()
    assert (decision.kind, decision.choice, decision.value) == ("closed_period", "date", "2026-03-02")


# --- sync ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch):
    """Scripted turns in place of the systems; everything around them is real."""
    reports: list[object] = []
    waits: list[float] = []

    def run(pair_id: int, holder: str, full: bool, calls: object) -> TurnReport:
        report = reports.pop(0)
        if isinstance(report, Exception):
            raise report
        return report

    monkeypatch.setattr(wiring, "run_turn", run)
    monkeypatch.setattr("time.sleep", waits.append)
    reports_and_waits = reports, waits
    return reports_and_waits


def test_sync_until_quiet_takes_turns_and_waits_until_nothing_is_left(tieout, maple: Pair, turns):
    reports, waits = turns
    reports += [TurnReport(changed=40, posted={"bill": 3}), TurnReport(wait_s=7, why="busy"),
                TurnReport(posted={"bill": 1}), TurnReport()]
    [done] = tieout("sync", "--until-quiet", "--json").json["pairs"]
    assert (done["turns"], done["changed"], done["posted"], done["quiet"]) == (4, 40, {"bill": 4}, True)
    assert 7.0 in waits


def test_sync_takes_one_turn_by_default(tieout, maple: Pair, turns):
    turns[0].append(TurnReport(changed=1, posted={"bill": 1}))
    said = tieout("sync")
    assert (said.status, turns[0]) == (0, [])
    assert "posted 1 bill" in said.out


def test_sync_waits_for_a_worker_that_is_at_it(tieout, maple: Pair, turns):
    turns[0][:] = [TurnReport(ran=False), TurnReport(ran=False), TurnReport()]
    said = tieout("sync", "--until-quiet", "--json")
    assert (said.status, said.json["pairs"][0]["turns"]) == (0, 1)
    assert "a worker is at it" in said.err


def test_a_long_turn_shows_on_a_terminal_how_many_calls_were_made(monkeypatch: pytest.MonkeyPatch):
    shown = io.StringIO()
    monkeypatch.setattr(sync, "progress", Console(file=shown, force_terminal=True))
    calls = (CallCount(), CallCount())
    with sync.counted("maple", calls):
        for _ in range(7):
            calls[1].note("GET /v3/company/{realm}/cdc")
        deadline = time.monotonic() + 10
        while "7 to QuickBooks" not in shown.getvalue() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert "maple: 0 calls to Procore, 7 to QuickBooks" in shown.getvalue()


def test_sync_gives_up_waiting_at_a_bound_and_says_so(tieout, maple: Pair, turns):
    turns[0][:] = [TurnReport(wait_s=600, why="down")] * 5
    said = tieout("sync", "--until-quiet")
    assert said.status == 1
    assert "down" in said.out


def test_sync_ends_with_1_where_a_person_is_needed(tieout, maple: Pair, turns):
    turns[0][:] = [TurnReport()] * 3
    row = problem(maple)
    assert tieout("sync").status == 1
    row.delete()
    bill(maple)
    assert tieout("sync").status == 1
    Standing.objects.all().delete()
    assert tieout("sync").status == 0


def test_sync_says_why_it_is_not_let_in(tieout, maple: Pair, turns):
    turns[0].append(NotAuthorised("QuickBooks is not connected.", "Connect it."))
    said = tieout("sync")
    assert said.status == 1
    assert said.out.endswith("tieout problems\n  QuickBooks is not connected. Connect it.\n")


def test_a_pair_that_is_not_let_in_is_a_problem_until_it_is_and_the_other_pairs_go_on(tieout, maple: Pair, turns):
    other = Pair.objects.create(name="oak", procore=maple.procore, quickbooks=maple.quickbooks, mode="live")
    turns[0][:] = [NotAuthorised("QuickBooks is not connected.", "Connect it."), TurnReport(changed=3)]
    first, second = tieout("sync", "--json").json["pairs"]
    assert (first["quiet"], first["why"], first["problems"]) == (False, "QuickBooks is not connected. Connect it.", 1)
    assert (second["pair"], second["quiet"], second["changed"], second["problems"]) == (other.name, True, 3, 0)
    since = OpenProblem.objects.get().since
    turns[0][:] = [NotAuthorised("QuickBooks is not connected.", "Connect it.")]
    assert tieout("sync", "--pair", "maple").status == 1
    row = OpenProblem.objects.get()
    assert (row.kind, row.open, row.fix, row.since) == ("not_connected", True, "Connect it.", since)
    turns[0][:] = [TurnReport()]
    assert tieout("sync", "--pair", "maple").status == 0
    assert not OpenProblem.objects.filter(open=True).exists()


def test_a_turn_that_is_turned_down_to_shadow_under_way_says_so(tieout, maple: Pair, turns):
    turns[0].append(WritesForbidden("QuickBooks: POST /batch for the company was stopped: writing is off"))
    said = tieout("sync")
    assert (said.status, "The turn was stopped: QuickBooks: POST /batch" in said.out) == (1, True)


def test_a_bug_in_the_turn_of_one_pair_does_not_end_the_others(tieout, maple: Pair, turns):
    Pair.objects.create(name="oak", procore=maple.procore, quickbooks=maple.quickbooks, mode="live")
    turns[0][:] = [ValueError("line 3 is no text"), TurnReport(changed=3, posted={"bill": 80, "customer": 4})]
    said = tieout("sync")
    assert said.status == 1
    assert "maple: 0 new or changed records read in 0 turns; posted nothing.\n" \
           "  The turn failed: ValueError: line 3 is no text" in said.out
    assert "oak: 3 new or changed records read in 1 turn; posted 80 bills, 4 jobs." in said.out


def test_sync_of_a_pair_that_is_off_looks_at_nothing(tieout, maple: Pair, turns):
    Pair.objects.update(mode="off")
    said = tieout("sync")
    assert (said.status, "maple is Off" in said.err) == (1, True)


def test_sync_takes_over_at_once_from_a_process_of_this_machine_that_was_killed(tieout, maple: Pair, turns):
    dead = f"{worker.worker_name().split(':')[0]}:4194999:ab"
    lease.take(maple.pk, holder=dead, now=datetime.now(UTC), ttl_s=600)
    turns[0].append(TurnReport())
    assert tieout("sync").status == 0
    assert lease.take(maple.pk, holder="next", now=datetime.now(UTC)) is not None


# --- tie-out ---------------------------------------------------------------------------------------------------------


def entry(side: str, amount: str, **more: str) -> Entry:
    return Entry(side=side, figure="billed", project="24-017", vendor="=cmd|' /C calc'!A0", amount=money(amount),
                 code="03-300.S", document=(side, "bill", "1"), title="@Bill 7", **more)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch):
    found = [entry("procore", "100.00"), entry("quickbooks", "100.00")]
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, project=None, as_of=None: tied_out(found, as_of=as_of))
    return found


def test_the_tie_out_is_a_table_with_zero_differences(tieout, maple: Pair, figures):
    said = tieout("tie-out")
    assert said.status == 0
    assert "Billed" in said.out
    assert "Unexplained: 0.00" in said.out


def test_the_tie_out_as_json_has_text_amounts_and_a_difference_on_hold_needs_a_person(tieout, maple: Pair, figures):
    figures.append(entry("procore", "50.00", class_="on hold"))
    said = tieout("tie-out", "--json")
    assert said.status == 1
    assert said.json["payable"]["billed"] == {
        "procore": "150.00", "quickbooks": "100.00", "difference": "50.00", "classes": {"on hold": "50.00"}}
    assert said.json["unexplained"] == "0.00"


@pytest.mark.parametrize("never", ["procore", "quickbooks"])
def test_what_was_never_read_has_no_figures_and_a_person_is_needed(tieout, maple: Pair, figures, never: str):
    side = getattr(maple, never)
    side.last_read_at = None
    side.save()
    said = tieout("tie-out", "--json")
    assert (said.status, said.out) == (1, "")
    assert "Nothing has been read yet" in said.err
    assert f"{'Procore' if never == 'procore' else 'QuickBooks'} has never been read. Run: tieout sync" in said.err
    Pair.objects.update(mode="off")
    assert "It is Off: apply a set-up file" in tieout("tie-out").err


def test_a_routed_project_that_procore_does_not_have_is_named(tieout, maple: Pair, figures):
    RoutedProject.objects.create(pair=maple, number="24-017")
    said = tieout("tie-out", "--project", "24-017")
    assert (said.status, said.out) == (1, "")
    assert "Procore has no project “24-017”, though the set-up routes it to maple." in said.err
    project = Seen.objects.create(connection=maple.procore, kind="project", key="5", seq=1, seen_at=NOW)
    SeenLink.objects.create(seen=project, kind="number", key="24-017")
    assert tieout("tie-out", "--project", "24-017").status == 0


def test_an_unexplained_difference_needs_a_person(tieout, maple: Pair, figures):
    figures.append(entry("procore", "0.01", class_="unexplained"))
    said = tieout("tie-out")
    assert said.status == 1
    assert "Unexplained: 0.01" in said.out


def test_the_workbook_holds_numbers_as_numbers_and_names_never_as_formulas(
        tieout, maple: Pair, figures, tmp_path: Path):
    file = tmp_path / "tie-out.xlsx"
    assert tieout("tie-out", "--xlsx", str(file)).status == 0
    nowhere = tieout("tie-out", "--xlsx", str(tmp_path / "none" / "x.xlsx"))
    assert nowhere.status == 2
    assert nowhere.err.endswith("x.xlsx cannot be written: No such file or directory.\n")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.read_bytes()))
    assert book.sheet_names == ["Totals", "By project", "By vendor", "By cost code", "Documents"]
    rows = book.get_sheet_by_name("Documents").to_python()
    assert rows[1][3:8] == ["=cmd|' /C calc'!A0", "03-300.S", "", "@Bill 7", 100.0]
    assert b"<f>" not in file.read_bytes()


# --- trail, users, set-up, doctor ------------------------------------------------------------------------------------


def test_A191_a_record_is_found_by_its_number_and_a_tampered_trail_is_named(tieout, maple: Pair):
    bill(maple)
    tieout("approve", PRINT)
    assert "approved Bill 7" in tieout("trail", "7").out
    assert tieout("trail", "subcontractor_invoice_to_bill:77", "--json").json["entries"][0]["kind"] == "approved"
    assert tieout("trail", "verify").status == 0
    TrailEntry.objects.filter(chain="maple").update(says="Nothing.")
    said = tieout("trail", "verify")
    assert (said.status, "maple: NOT WHOLE: entry 1 was changed" in said.out) == (1, True)
    assert tieout("trail", "verify", "--json").json["chains"][0]["first_broken"] == 1


@pytest.mark.parametrize("more", [{"subject": "subcontractor_invoice_to_bill:77"},
                                  {"subject": "subcontractor_invoice_to_bill:77#retainage"},
                                  {"subject": "company:9", "blocks": [["subcontractor_invoice_to_bill", "77"]]}])
def test_what_people_answered_is_found_with_the_record(tieout, maple: Pair, more: dict[str, object]):
    bill(maple)
    bill(maple, slot="770", number="70", source="770")
    row = problem(maple, kind="closed_period", choices=[{"id": "date", "label": "On this date", "needs": "date"}],
                  **more)
    assert tieout("problems", "resolve", str(row.pk), "--choice", "date", "--with", "2026-03-02").status == 0
    for record in ("7", "77", "subcontractor_invoice_to_bill:77", "subcontractor_invoice:77"):
        assert "On this date: 2026-03-02" in tieout("trail", record).out
    assert tieout("trail", "70").status == 2


def test_users_are_added_listed_and_reset_and_a_weak_password_is_not_taken(tieout, tmp_path: Path):
    good, weak = tmp_path / "good", tmp_path / "weak"
    good.write_text("correct horse battery\n")
    weak.write_text("password")
    assert "This password is not taken" in tieout("user", "add", "ann", "--password-file", str(weak)).err
    assert not User.objects.exists()
    assert tieout("user", "add", "ann", "--password-file", str(good)).status == 0
    assert User.objects.get().check_password("correct horse battery")
    assert "There is a user ann already. tieout user reset ann" in \
        tieout("user", "add", "Ann", "--password-file", str(good)).err
    assert [one["name"] for one in tieout("user", "list", "--json").json["users"]] == ["ann"]
    good.write_text("another long sentence")
    assert tieout("user", "reset", "ann", "--password-file", str(good)).status == 0
    assert User.objects.get().check_password("another long sentence")
    said = tieout("trail", "user:ann").out
    assert "ann was added" in said
    assert "given a new password" in said


def test_a_set_up_file_with_a_mistake_is_exit_2_and_names_it(tieout, tmp_path: Path):
    file = tmp_path / "x.toml"
    file.write_text('[connections.a]\nkind = "procore"\ncompny_id = "1"')
    said = tieout("apply", str(file))
    assert said.status == 2
    assert 'connections.a.compny_id = "1": this key is not known; did you mean company_id?' in said.err
    assert "Nothing was applied." in said.err
    assert not Connection.objects.exists()


def test_the_set_up_is_applied_and_exported_again(tieout, tmp_path: Path):
    file = tmp_path / "x.toml"
    file.write_text('[connections.a]\nkind = "procore"\ncompany_id = "1"\nclient_id = "c"')
    assert tieout("apply", str(file), "--json").json == {"changed": ["Connection a was added (procore)."]}
    assert tieout("export", str(file)).status == 0
    assert tieout("apply", str(file)).out == "Nothing changed.\n"
    assert tieout("export", "-").out == file.read_text()


def test_the_doctor_names_what_is_wrong_and_its_fix(tieout, maple: Pair):
    Connection.objects.filter(name="books").update(refused_why="invalid_grant: Token revoked")
    Pair.objects.update(paused_why="ValueError: x")
    Posting.objects.create(pair=maple, flow="f", slot="s", side="quickbooks", key="k", tag="t", state="in_doubt",
                           action="create", kind="bill", title="Bill 7", fingerprint="x", approved_by="Ann",
                           made_at=NOW)
    said = tieout("doctor", "--json")
    assert said.status == 1
    wrong = {one["what"]: one for one in said.json["checks"] if not one["passed"]}
    assert "Bill 7" in wrong["postings"]["says"]
    assert "paused: ValueError: x" in wrong["sync"]["says"]
    assert any("Token revoked" in one["says"] for one in wrong.values())
    assert all(one["fix"] for one in wrong.values())
