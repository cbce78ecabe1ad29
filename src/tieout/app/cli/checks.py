"""`tieout doctor`: reads one record of each kind from both systems, and looks at the installation itself. [A14]"""
from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tieout.app.cli.common import AsJson, PairName, answer, answer_json, needs_a_person, now, start

if TYPE_CHECKING:
    from tieout.engine.store.models import Pair
    from tieout.ports import Check

OLD_POSTING = timedelta(hours=1)


def doctor(pair: PairName = None, as_json: AsJson = False) -> None:
    """Check the installation and every connection: pass, or the fix. Writes nothing to either system."""
    start(thorough=True)
    found = [("installation", check) for check in _installation()]
    for one in _pairs(pair):
        found += [(one.name, check) for check in _pair(one)]
    if as_json:
        answer_json({"passed": all(check.passed for _, check in found), "checks": [
            {"of": of, "what": check.what, "passed": check.passed, "says": check.says,
             "fix": "" if check.passed else check.fix} for of, check in found]})
    else:
        for of, check in found:
            answer(f"{'pass' if check.passed else 'FAIL'}  {of}: {check.what}: {check.says}")
            if not check.passed and check.fix:
                answer(f"      fix: {check.fix}")
    if not all(check.passed for _, check in found):
        needs_a_person()


def _pairs(name: str | None) -> list[Pair]:
    from tieout.app.cli.common import pairs_named
    from tieout.engine.store.models import Pair

    return pairs_named(name) if name is not None or Pair.objects.exists() else []


def _installation() -> Iterator[Check]:
    from django.conf import settings
    from django.db import connection

    from tieout.engine.store.models import Pair, Posting, Worker
    from tieout.engine.worker import is_alive
    from tieout.ports import Check

    where = str(connection.settings_dict["NAME"])
    yield Check(what="database", passed=True, says=f"{connection.vendor} {where} is whole and up to date")
    mode = stat.S_IMODE(settings.TIEOUT_KEY_FILE.stat().st_mode)
    yield Check(what="key file", passed=not mode & 0o077, says=f"{settings.TIEOUT_KEY_FILE} is readable by "
                + ("its owner only" if not mode & 0o077 else "others too"), fix=f"chmod 600 {settings.TIEOUT_KEY_FILE}")
    workers = [one for one in Worker.objects.all() if is_alive(one, now())]
    yield Check(what="worker", passed=True, says=f"{len(workers)} at work" if workers else
                "none is running: nothing is looked at but by tieout sync")
    oldest = Posting.objects.filter(state__in=("approved", "sent", "in_doubt")).order_by("made_at").first()
    late = oldest is not None and oldest.made_at < now() - OLD_POSTING
    yield Check(what="postings", passed=not late, says="none waits for long" if oldest is None or not late else
                f"“{oldest.title}” has waited since {oldest.made_at:%Y-%m-%d %H:%M} UTC",
                fix="Look at the problems and at the worker's log.")
    if not Pair.objects.exists():
        yield Check(what="set-up", passed=False, says="no pair is set up yet",
                    fix="Describe one in a file and run: tieout apply FILE")


def _pair(pair: Pair) -> Iterator[Check]:
    from tieout.app import wiring
    from tieout.ports import Check, NotAuthorised, Unreachable

    systems = wiring.systems_for(pair, reads_only=True)
    for system in systems:
        called = "Procore" if system.side == "procore" else "QuickBooks"
        try:
            for check in system.doctor():
                yield Check(what=f"{called}, {check.what}", passed=check.passed, says=check.says, fix=check.fix)
        except NotAuthorised as refused:
            yield Check(what=called, passed=False, says=refused.says, fix=refused.fix)
        except Unreachable as away:
            yield Check(what=called, passed=False, says=str(away), fix="Check the address and the network; try again.")
        finally:
            system.close()
    if pair.paused_why:
        yield Check(what="sync", passed=False, says=f"paused: {pair.paused_why}",
                    fix="Mend the cause, then: tieout problems resolve … --choice resume")
    elif pair.mode == "off":
        yield Check(what="sync", passed=True, says="off, as set up")
    else:
        late = pair.last_turn_at is not None and pair.last_turn_at < now() - timedelta(hours=1)
        yield Check(what="sync", passed=not late, fix="Start tieout serve, or run tieout sync.",
                    says=f"last turn {pair.last_turn_at:%Y-%m-%d %H:%M} UTC" if pair.last_turn_at else "no turn yet")
