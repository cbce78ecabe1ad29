#!/usr/bin/env python3
"""Fetches the scripts that the pages use from npm, at pinned versions, into the web app's static files.

The pages ask no other machine for anything, so what they use is kept in the repository, with its licence. Run this
after changing a version here: `python3 scripts/vendor_assets.py`. It needs npm, and refuses a package whose content is
not the one pinned below.
"""
from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "src" / "tieout" / "app" / "web" / "static" / "vendor"

# package, version, sha512 of the package as npm states it, {file in the package: file here}
PACKAGES = (
    (
        "htmx.org",
        "2.0.11",
        "Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"},
    ),
)


def fetched(package: str, version: str, sha512: str, folder: Path) -> Path:
    """The package's archive, checked. Raises SystemExit with the reason where it is not what was pinned."""
    subprocess.run(["npm", "pack", f"{package}@{version}", "--silent"], cwd=folder, check=True, capture_output=True)
    [archive] = folder.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        raise SystemExit(f"{package} {version} is not the package that was pinned: its sha512 is {found}")
    return archive


def main() -> int:
    TARGET.mkdir(parents=True, exist_ok=True)
    for package, version, sha512, files in PACKAGES:
        with (
            tempfile.TemporaryDirectory() as folder,
            tarfile.open(fetched(package, version, sha512, Path(folder))) as tar,
        ):
            for inside, here in files.items():
                content = tar.extractfile(f"package/{inside}")
                if content is None:
                    raise SystemExit(f"{package} {version} has no file {inside}")
                (TARGET / here).write_bytes(content.read())
                print(f"{here}  from {package} {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
