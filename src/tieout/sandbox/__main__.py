"""`python -m tieout.sandbox serve`: the sandbox by itself, without the product."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tieout.sandbox.serve import run


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tieout.sandbox", description="A practice Procore and a practice "
                                     "QuickBooks Online, on this machine only.")
    serve = parser.add_subparsers(required=True, metavar="serve").add_parser(
        "serve", help="serve both until stopped; prints one line of JSON when ready")
    serve.add_argument("--world", default="empty",
                       help="empty, maple, fjord, a folder, or generate:projects=..,months=..")
    serve.add_argument("--procore-port", type=int, default=9201, help="0 takes a free port")
    serve.add_argument("--qbo-port", type=int, default=9101, help="0 takes a free port")
    serve.add_argument("--state", type=Path, help="a folder that keeps what happened")
    serve.add_argument("--seed", type=int, default=0)
    serve.add_argument("--latency-ms", type=int, default=0)
    serve.add_argument("--limits", choices=("vendor", "off"),
                       help="the vendors' rate limits; vendor, unless set otherwise before in the --state folder")
    serve.add_argument("--faults", type=Path, help="a TOML or JSON file: seed, lost, busy, down, rules")
    serve.add_argument("--clock", help="ISO time from which the sandbox's clock runs")
    serve.add_argument("--webhooks", choices=("local", "any"), default="local",
                       help="whether webhooks are sent to this machine only")
    serve.add_argument("--leashed", action="store_true", help="stop when standard input closes")
    asked = parser.parse_args(arguments)
    return run(**vars(asked))


if __name__ == "__main__":
    sys.exit(main())
