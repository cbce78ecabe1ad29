"""The practice company's set-up file, filled in for a sandbox that is up."""
from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any


def write_setup(announcement: Mapping[str, Any], folder: Path) -> Path:
    """Writes `maple.toml` and the two secrets (0600) beside it; `announcement` is what the sandbox says of itself."""
    procore, quickbooks = announcement["procore"], announcement["quickbooks"]
    text = Template(files(__package__).joinpath("maple.toml").read_text()).substitute(
        PROCORE_URL=procore["base_url"], PROCORE_LOGIN_URL=procore["login_url"], COMPANY_ID=procore["company_id"],
        PROCORE_CLIENT_ID=procore["client_id"], QUICKBOOKS_URL=quickbooks["base_url"],
        QUICKBOOKS_LOGIN_URL=quickbooks["login_url"], REALM_ID=quickbooks["realm_id"],
        QUICKBOOKS_CLIENT_ID=quickbooks["client_id"])
    folder.mkdir(parents=True, exist_ok=True)
    _private(folder / "procore-secret", procore["client_secret"])
    _private(folder / "quickbooks-secret", quickbooks["client_secret"])
    setup = folder / "maple.toml"
    setup.write_text(text)
    return setup


def _private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
