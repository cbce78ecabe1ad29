"""`python -m benchmarks.projects WORLD`: the projects of a world as JSON, as a controller would route them."""
from __future__ import annotations

import json
import sys

from tieout.sandbox.worlds import scenario_of

if __name__ == "__main__":
    print(json.dumps([{"number": project.number, "customer": project.owner, "start": project.start.isoformat()}
                      for project in scenario_of(sys.argv[1]).projects]))
