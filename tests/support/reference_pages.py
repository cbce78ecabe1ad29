"""The pages under docs/reference that the code can write, drawn from its own tables and docstrings.

    python -m tests.support.reference_pages            says which page is not current
    python -m tests.support.reference_pages --write    writes them
"""
from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import typer

from tests.support import fjord_page, sandbox_endpoints
from tieout.app.cli.main import app
from tieout.core import posting, problems, rules, tieout, tieout_table
from tieout.core.flows.registry import ALL, WAVE_OF_KIND, WAVES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"
WRITTEN_BY = "<!-- Written by `python -m tests.support.reference_pages --write` from `{source}`. -->"


def page(title: str, source: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", WRITTEN_BY.format(source=source), *parts]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


# --- the life of a posting -------------------------------------------------------------------------------------------

STATES = {
    posting.State.APPROVED: "it may be sent; nothing has left yet, or the vendor took nothing",
    posting.State.SENT: "written down as sent, with the exact request; the answer is awaited",
    posting.State.IN_DOUBT: "sent, and no answer came: it is looked up before anything is sent again",
    posting.State.POSTED: "done, and the vendor's answer is kept",
    posting.State.REFUSED: "the vendor said no; a person is told why",
    posting.State.REVERSED: "taken back by another entry, never erased",
    posting.State.DROPPED: "never done, and no longer wanted",
}
EVENTS = {
    posting.Event.SEND: "it is written down, then it leaves",
    posting.Event.POST: "the vendor answers: done",
    posting.Event.REFUSE: "the vendor answers: no",
    posting.Event.BUSY: "the vendor answers: not now; nothing was taken",
    posting.Event.NO_ANSWER: "no answer came within the time that is waited",
    posting.Event.FOUND: "looked up: it was done",
    posting.Event.NOT_FOUND: "looked up: it was not done",
    posting.Event.CHANGED: "looked up: what it was to change is no longer as it was",
    posting.Event.REPLAN: "the plan wants something else, or wants it anew",
    posting.Event.REVERSE: "another entry takes it back",
}


def unmade() -> list[posting.Event]:
    """Events of the table that no step of the engine brings about yet."""
    steps = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src/tieout/engine").glob("*.py"))
    return [event for event in posting.Event if f"Event.{event.name}" not in steps]


def life_of_a_posting() -> str:
    life = posting.LIFE_OF_A_POSTING
    resting = ", ".join(f"`{event}`" for event in unmade())
    still = f"\n\nIn the table, and brought about by no step yet: {resting}. A bill that is taken out is a posting " \
            "of its own." if resting else ""
    every = [(state, event, after) for state, events in life.items() for event, after in events.items()]
    arrows = [f"    {state} --> {after}: {event}" for state, event, after in every]
    ends = [f"    {state} --> [*]" for state, events in life.items() if not events]
    drawing = "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(life))}", *arrows, *ends, "```"])
    moves = table(["state", "event", "becomes"], ([f"`{word}`" for word in move] for move in every))
    return page(
        "The life of a posting", "src/tieout/core/posting.py",
        "A posting is one intended write to one system. This table is the one that the store obeys and the tests\n"
        "walk: a move that it does not have is a bug, and stops that one document.",
        drawing, "## States", table(["state", "meaning"], ([f"`{s}`", STATES[s]] for s in posting.State)),
        "## Events", table(["event", "meaning"], ([f"`{e}`", EVENTS[e]] for e in posting.Event)),
        "## Every move there is", moves + still,
        "Unfinished are " + ", ".join(f"`{s}`" for s in posting.UNFINISHED) + ": while a slot has one of these, no "
        "second posting is made for it.\nHow this keeps a document from being entered twice: "
        "[Entered once](../why/entered-once.md).")


# --- the flows -------------------------------------------------------------------------------------------------------

LABEL = re.compile(r"^(\S+(?: \S+)?)\s{2,}(.+)$|^(\S{9,}) (.+)$")


def stated(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A flow's docstring as its first sentence and its labelled lines; a line that is indented goes on."""
    head, _, rest = text.strip().partition("\n\n")
    found: list[tuple[str, str]] = []
    for line in rest.splitlines():
        if not line.strip():
            continue
        match = None if line.startswith(" ") else LABEL.match(line)
        if match:
            found.append((match[1] or match[3], match[2] or match[4]))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
    return " ".join(head.split()), found


def flows() -> str:
    parts = []
    for flow in ALL:
        module = importlib.import_module(f"tieout.core.flows.{flow.name}")
        head, lines = stated(module.__doc__ or "")
        waves = list(dict.fromkeys(WAVE_OF_KIND[kind] for kind in flow.kinds))
        lines += [("Writes", f"{' or '.join(kind.replace('_', ' ') for kind in flow.kinds)} in "
                             f"{'QuickBooks' if flow.side == 'quickbooks' else 'Procore'}; "
                             f"wave: {', then '.join(waves)}; moves the ledger: {'yes' if flow.posts else 'no'}")]
        parts.append("\n\n".join([f"## {flow.title}", f"`{flow.name}`. {head}",
                                  table(["", ""], ([f"**{label}**", words] for label, words in lines))]))
    order = " → ".join(WAVES)
    return page(
        "The flows", "src/tieout/core/flows/",
        "A flow is one pairing of documents. One file for each; this page is what those files say of themselves. The\n"
        "names are the ones that a project's `modes` takes in the [set-up file](../howto/set-up-file.md).",
        f"What a document names is entered before it, in waves over all projects: {order}.", *parts)


# --- rules -----------------------------------------------------------------------------------------------------------


def allowed(parse: Callable[[object], Any]) -> str:
    """What a rule takes, as its own error message says it."""
    for wrong in (object(), "\x00"):
        try:
            parse(wrong)
        except ValueError as refused:
            said = str(refused)
            if isinstance(wrong, str) or "quotes" not in said:
                return said
    return "text"


def value(of: object) -> str:
    if isinstance(of, tuple):
        return "`[" + ", ".join(f'"{one}"' for one in of) + "]`"
    return f'`"{of}"`' if of else "not set"


def rules_page() -> str:
    usual = rules.PostingRules()
    rows = ([f"`{key}`", words, value(getattr(usual, field)), allowed(parse)]
            for key, (field, parse, words) in rules.KNOWN.items())
    return page(
        "Rules", "src/tieout/core/rules.py",
        "The controller's choices for a pair: the keys of `[pairs.rules]` in the\n"
        "[set-up file](../howto/set-up-file.md). What is left out stays as it is; at first it is as in the third\n"
        "column.",
        table(["key", "what it says", "at first", "what it takes"], rows),
        "Accounts are found by number, by name, or by both, as in `2050 Retainage Payable`; only active ones count.\n"
        "In `markup_code` the part after the last dot is the cost type.",
        "## Closed periods",
        "With `ask`, a document dated in a closed period becomes a problem, and a person chooses its date or leaves\n"
        "it out. `first_open_day` enters it on the first open day, with its own date in the memo.\n"
        "`draft_adjustment` asks too, and names the lines of an adjusting entry to book by hand.")


# --- problems --------------------------------------------------------------------------------------------------------

DOCUMENT = "Invoice 1047 of Smith Plumbing on SC-012"
SAMPLES: dict[str, object] = {
    "document": DOCUMENT, "subject": "subcontractor_invoice_to_bill:7001", "amount": Decimal("12400.00"),
    "code": "03-300.S", "description": "Concrete", "name": "2050 Retainage Payable",
    "role": "account for retainage held", "kind": "vendor", "why": "it contains a colon.", "by": "the customer “Smith”",
    "project": "24-017", "customer": "Oak Health LLC", "number": "1047", "setting": "retainage.payable.held",
    "tax": Decimal("310.00"), "lines": Decimal("12400.00"), "due": Decimal("12350.00"), "earlier": "application 3",
    "dated": date(2026, 3, 31), "closed_through": date(2026, 3, 31), "vendor": "Smith Plumbing", "company": "501",
    "release": Decimal("1750.00"), "held": Decimal("0.00"), "what": "the total was 12,400.00 and is 12,000.00",
    "where": "QuickBooks", "status": "revise and resubmit", "total": Decimal("9000.00"), "paid": Decimal("12400.00"),
    "line": "Concrete", "reason": "inactive_record", "words": "Another user has made this account inactive",
    "found": "Expense", "wanted": "an other current liability", "books": "USD", "tries": 5,
    "candidates": (("311", "2026-03-28, 12,400.00"),),
    "says": "QuickBooks no longer accepts the connection", "fix": "Connect QuickBooks again.",
}
OTHERWISE: dict[tuple[str, str], object] = {
    ("vendor_may_exist", "name"): "Smith Plumbing Inc", ("vendor_may_exist", "candidates"): (("42", "Smith Plumbing"),),
    ("payment_may_exist", "document"): "Payment 2217 to Smith Plumbing for invoice 1047",
    ("payment_may_exist", "candidates"): (("88", "2026-04-16, 12,400.00, check 2217"),),
    ("name_not_allowed", "name"): "Smith: Plumbing", ("name_taken", "name"): "Smith Plumbing",
    ("item_not_usable", "name"): "03-300.S", ("item_not_usable", "why"): "it is inactive.",
    ("account_not_found", "name"): "2055 Retainage", ("class_not_found", "name"): "03-300",
    ("pair_paused", "name"): "main", ("pair_paused", "why"): "the database is full",
    ("not_connected", "name"): "books", ("not_understood", "what"): "Subcontractor invoice 7001",
    ("not_understood", "why"): "percent_complete is “abc”, which is not a number",
    ("currency_differs", "found"): "CAD", ("refused", "code"): "610",
    ("vendor_not_found", "mapped"): "Smith Plumbing & Co", ("vendor_not_found", "name"): "Smith Plumbing Inc",
    ("order_line_already_billed", "document"): "Order SC-012 of Smith Plumbing",
    ("markup_has_no_code", "document"): "Order SC-012 of Smith Plumbing",
}
BY_TYPE: dict[object, object] = {Decimal: Decimal("12400.00"), date: date(2026, 3, 31), int: 5}
# where a problem is worded by an engine step, because it is about the work and not about a document's content
BY_ENGINE = {
    "answer_unclear": ("a document was sent without an answer, and looking for it in the other system gave no clear "
                       "result", "Look at the records that the details name and delete the one too many; it is looked "
                       "up again on the next turn.", "bookkeeper"),
    "project_not_readable": ("one Procore project, or one tool in it, cannot be read; the others go on",
                             "As the problem says: usually the project has to be permitted for the connection.", "IT"),
}


def makers() -> list[tuple[str, Callable[..., problems.Problem]]]:
    """Every function of core.problems that makes a problem, in the order of the file."""
    found = [(name, made) for name, made in vars(problems).items()
             if inspect.isfunction(made) and made.__module__ == problems.__name__
             and get_type_hints(made).get("return") is problems.Problem]
    return sorted(found, key=lambda pair: pair[1].__code__.co_firstlineno)


def example(name: str, made: Callable[..., problems.Problem]) -> problems.Problem:
    """With values as in an office; a text without an example value stands there as ‹what it is›."""
    given: dict[str, object] = {}
    for key, parameter in inspect.signature(made).parameters.items():
        if (name, key) in OTHERWISE or key in SAMPLES:
            given[key] = OTHERWISE.get((name, key), SAMPLES.get(key))
        elif parameter.default is inspect.Parameter.empty:
            given[key] = BY_TYPE.get(get_type_hints(made)[key], f"‹{key.replace('_', ' ')}›")
    return made(**given)


def answers(problem: problems.Problem) -> str:
    if not problem.choices:
        return "none: it goes away when its cause does"
    return "<br>".join(f"`{choice.id}`{f' --with {choice.needs.upper()}' if choice.needs else ''}: {choice.label}"
                       for choice in problem.choices)


def problems_page() -> str:
    by_kind: dict[str, list[str]] = {}
    for name, made in makers():
        problem = example(name, made)
        by_kind.setdefault(problem.kind, []).append(table(["", ""], [
            ["**says**", problem.says], ["**fix**", problem.fix], ["**who**", problem.who],
            ["**answers**", answers(problem)]]))
    parts = ["\n\n".join([f"### {kind}", "\n\nor\n\n".join(tables)]) for kind, tables in by_kind.items()]
    for kind, (says, fix, who) in BY_ENGINE.items():
        parts.append("\n\n".join([f"### {kind}", table(["", ""], [
            ["**when**", says], ["**fix**", fix], ["**who**", who], ["**answers**", "none: it goes away when its cause "
             "does"]])]))
    return page(
        "Problems", "src/tieout/core/problems.py",
        "Everything that a person may have to settle. Names and amounts below are examples. Problems are on the page\n"
        "**Problems**, and `tieout problems` lists them with the exact command for each answer; see\n"
        "[Answering a problem](../howto/problems.md).",
        "A problem has one identity, its kind and its subject: the same cause never makes a second one, and several\n"
        "documents that wait for it add up their amounts under it.",
        "## Every kind", *parts)


# --- the tie-out -----------------------------------------------------------------------------------------------------

LEVELS = {"committed": "project, vendor, code", "billed": "project, vendor, code",
          "retained": "project, vendor; code in Procore, and in QuickBooks where retainage has a line for each line",
          "paid": "project, vendor", "open": "project, vendor", "direct_cost": "project, vendor, code",
          "job_cost": "project, vendor; code over all vendors", "unapplied": "vendor"}
BESIDE = {"direct_cost": ("not read", "cost on the job that belongs to no commitment"),
          "job_cost": ("billed", "billed and direct cost together"),
          "unapplied": ("not held", "payments and credits that settle no document")}
CLASSES = {
    tieout_table.IN_FLIGHT: "it is on its way: planned, approved or sent, and nobody is needed",
    tieout_table.ON_HOLD: "a person is asked about it, or about what it waits for",
    tieout_table.NOT_MAPPED: "a record that it names stands for nothing on the other side yet",
    tieout_table.ONLY_IN_QUICKBOOKS: "entered in QuickBooks by hand; nothing in Procore stands for it",
    tieout_table.ONLY_IN_PROCORE: "entered in Procore by hand; nothing in QuickBooks stands for it",
    tieout_table.CHANGED: "it was entered, and has been changed, set back or deleted since",
    tieout_table.PRIOR_PERIOD: "its date lies in a closed period, and it is booked by hand; or, as of a past day, its "
                               "two documents lie on either side of that day",
    tieout_table.EXCLUDED: "a rule leaves it out: dated before the start, or not in a status that posts",
    tieout_table.SUSPENSE: "it lies on an account for amounts whose place is not known yet; no flow posts there yet",
    tieout_table.TAX: "tax that one side's figure holds and the other's does not",
    tieout_table.ROUNDING: "a cent of rounding; none arises from what tieout enters",
    tieout_table.NOT_HELD: "the figure agrees as a whole, and one side does not hold it at this level",
    tieout_table.UNEXPLAINED: "none of the others: this is what has to be looked into",
}


def formulas() -> dict[str, tuple[str, str]]:
    """The table in core.tieout's own docstring: figure -> (Procore, QuickBooks)."""
    found = {}
    for line in (tieout.__doc__ or "").splitlines():
        parts = re.split(r"\s{2,}", line.strip())
        if line.startswith("    ") and len(parts) == 3:
            found[parts[0]] = (parts[1], parts[2])
    return found


ROWS_BESIDE = {
    f"{tieout_table.NOT_LINKED}*name*": "purchase orders, cost and retainage on a job or customer that no routed "
                                        "project is linked to; *not mapped*",
    tieout_table.SEVERAL: "what is open and paid of a bill typed by hand over the jobs of several projects: it has one "
                          "balance, which is not shared out; its lines count on their own projects",
    tieout_table.UNASSIGNED: "retainage lines that name no job; by vendor, payments that name no bill, what was paid "
                             "beyond the bills, and unused credits that were not made from applications",
}


def tie_out_page() -> str:
    sides = {**formulas(), **BESIDE}
    rows = ([f"**{figure.replace('_', ' ')}**", *sides[figure], LEVELS[figure]] for figure in tieout_table.FIGURES)
    return page(
        "The tie-out", "src/tieout/core/tieout.py` and `tieout_table.py",
        "The same figures from both systems, each side read by itself. On the QuickBooks side every document of the\n"
        "project's job counts, whoever entered it.",
        "## Figures", table(["figure", "Procore", "QuickBooks", "held at"], rows),
        "A difference is Procore less QuickBooks. Nothing is prorated: where a side does not hold a figure at a\n"
        "level, it says so. " + tieout_table.UNAVAILABLE,
        "*Dollars not agreeing* on the page Today is, for each vendor on each project, the one payable figure that is\n"
        "furthest apart, without what is *excluded by rule*; the tie-out with only its differences lists its parts.",
        "## Beside the projects",
        "So that nothing hides, the totals hold more than the routed projects. These rows stand below them:",
        table(["row", "what it holds"], ([f"**{name}**", words] for name, words in ROWS_BESIDE.items())),
        "A cost line that names no customer is overhead, and stands nowhere. A bill that stands for an application is\n"
        "open and paid as a whole on that application's project, wherever its lines were moved. A check reads every\n"
        "amount of QuickBooks over the whole pair: none may count in two projects.",
        "## Classes of difference",
        table(["class", "meaning"], ([name, CLASSES[name]] for name in tieout_table.CLASSES)),
        "The classes of a difference add up to it, always. *Unexplained* is counted document by document and without\n"
        "sign, so that one unexplained amount never hides another. How it is worked out:\n"
        "[Every cent explained](../why/every-cent-explained.md).")


# --- the command line ------------------------------------------------------------------------------------------------


def commands(group: Any, called: str = "") -> Iterable[tuple[str, Any]]:
    """Every command below a group with its whole name; a group that does something by itself is one too."""
    for name, command in group.commands.items():
        whole = f"{called} {name}".strip()
        inside = getattr(command, "commands", None)
        if not inside or command.invoke_without_command:
            yield whole, command
        if inside:
            yield from commands(command, whole)


def options(command: Any) -> Iterable[Sequence[str]]:
    for one in command.params:
        if one.param_type_name == "argument":
            several = " ..." if one.nargs == -1 else ""
            yield [f"`{(one.metavar or one.name).upper()}{several}`", one.help or "", ""]
        elif one.name != "help":
            flag = one.is_flag or one.default is None or one.default == ""
            yield [", ".join(f"`{opt}`" for opt in one.opts), one.help or "", "" if flag else f"`{one.default}`"]


def commands_page() -> str:
    parts = []
    for name, command in commands(typer.main.get_command(app)):
        rows = list(options(command))
        words = " ".join(inspect.cleandoc(command.help or "").split())
        parts.append("\n\n".join([f"## tieout {name}", words,
                                  *([table(["", "", "if left out"], rows)] if rows else [])]))
    return page(
        "The command line", "src/tieout/app/cli/",
        "Every command ends with 0 when all is well, 1 when something needs a person, and 2 when it was called\n"
        "wrongly. With `--json` it prints one JSON document on standard output and nothing else; amounts are text\n"
        "with two decimals. What is said on the way goes to standard error. `--help` says the same as this page.",
        *parts)


# --- what the sandbox answers -----------------------------------------------------------------------------------------


def sandbox_endpoints_page() -> str:
    return page("What the sandbox answers", "src/tieout/sandbox/", sandbox_endpoints.text())


# --- the second practice company -------------------------------------------------------------------------------------


def fjord() -> str:
    return page("Fjord Construction, the Canadian practice company", "src/tieout/sandbox/worlds/fjord/",
                *fjord_page.parts())


# --- all of them -----------------------------------------------------------------------------------------------------

PAGES: dict[str, Callable[[], str]] = {"posting.md": life_of_a_posting, "flows.md": flows, "rules.md": rules_page,
                                       "problems.md": problems_page, "tie-out.md": tie_out_page,
                                       "commands.md": commands_page, "sandbox-endpoints.md": sandbox_endpoints_page,
                                       "fjord.md": fjord}


def not_current() -> list[str]:
    """The names of the pages that are not what the code says now."""
    return [name for name, made in PAGES.items()
            if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != made()]


def main() -> int:
    asked = argparse.ArgumentParser(description="The reference pages that the code writes.")
    asked.add_argument("--write", action="store_true")
    stale = not_current()
    if asked.parse_args().write:
        for name in stale:
            (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"docs/reference/{name} was written")
        return 0
    for name in stale:
        print(f"docs/reference/{name} is not current: run python -m tests.support.reference_pages --write",
              file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
