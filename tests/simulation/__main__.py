"""python -m tests.simulation --seeds N [--first S]: lives through N towns and says which went wrong."""
from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    arguments.add_argument("--seeds", type=int, default=300, help="how many towns")
    arguments.add_argument("--first", type=int, default=0, help="the first seed")
    asked = arguments.parse_args()
    home = tempfile.mkdtemp(prefix="tieout-simulation-")
    os.environ["TIEOUT_HOME"] = home
    os.environ["DJANGO_SETTINGS_MODULE"] = "tieout.app.settings"
    for name in ("TIEOUT_SECRET_KEY_FILE", "TIEOUT_DATABASE_URL"):
        os.environ.pop(name, None)
    try:
        return _simulate(asked.first, asked.seeds)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _simulate(first: int, seeds: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.simulation.town import Town

    call_command("migrate", verbosity=0, skip_checks=True)
    failed: list[int] = []
    met: Counter[str] = Counter()
    began = time.monotonic()
    for number, seed in enumerate(range(first, first + seeds), 1):
        town = None
        try:
            town = Town(seed)
            town.live()
        except Exception as wrong:
            failed.append(seed)
            shown = str(wrong) if isinstance(wrong, AssertionError) else "".join(traceback.format_exception(wrong))
            print(f"\nseed {seed} failed: {shown}\n  again: python3 run.py simulation --seeds 1 --first {seed}",
                  file=sys.stderr)
        if town is not None:
            met += town.met + town.wire.faults_met
        if number % 10 == 0 or number == seeds:
            print(f"{number} of {seeds} towns, {len(failed)} failed, {time.monotonic() - began:.0f} s", file=sys.stderr)
    for what, times in sorted(met.items()):
        print(f"  {times:6d} {what}", file=sys.stderr)
    print(f"{seeds - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
