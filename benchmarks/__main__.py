"""`python -m benchmarks MEASURE [--json]`: one of the measures below, or all of them."""
from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from benchmarks.measures import MEASURES, Figures, apart

INDENT = "  "


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Counts, CPU, memory and time: printed, "
                                     "never asserted. Nothing but this machine is called.")
    parser.add_argument("measure", nargs="?", default="all", choices=[*MEASURES, "all"])
    parser.add_argument("--projects", type=int, help="of the generated world, for idle and throughput")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on standard output")
    asked = parser.parse_args()
    if asked.projects and asked.measure not in ("idle", "throughput", "throughput-monthly"):
        parser.error("--projects is for idle, throughput and throughput-monthly")
    if asked.measure == "all":
        found = {name: apart(name) for name in MEASURES}
    else:
        options = {"projects": asked.projects} if asked.projects else {}
        found = {asked.measure: MEASURES[asked.measure](**options)}
    if asked.as_json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            print(name)
            show(figures, 1)
    return 0


def show(figures: Figures, depth: int) -> None:
    for name, value in figures.items():
        label = INDENT * depth + (str(name) if "/" in str(name) else str(name).replace("_", " "))
        if isinstance(value, dict) and any(isinstance(inside, dict) or depth > 2 for inside in value.values()):
            print(label)
            show(value, depth + 1)
        else:
            print(f"{label:<34} {shown(value)}")


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inside}" for name, inside in value.items()) or "nothing"
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
