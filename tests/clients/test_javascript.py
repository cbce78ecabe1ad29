"""@procore/js-sdk, node-quickbooks and intuit-oauth of npm, as published, in Node. Each script plays its part over HTTP
and prints what it got; what is right is said here."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_endpoints import quickbooks_calls
from tests.support.served import Served

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "javascript"
CLIENTS = ROOT / ".tools" / "clients"
ENOUGH_S = 120


def absent() -> str:
    """Why the scripts can't run here; empty where they can."""
    if shutil.which("node") is None:
        return "Node is not installed"
    lock = CLIENTS / "package-lock.json"
    if not lock.exists() or lock.read_bytes() != (SCRIPTS / "package-lock.json").read_bytes():
        return f"the packages of npm are not in {CLIENTS}: python3 run.py setup fetches them where npm is installed"
    return ""


pytestmark = pytest.mark.skipif(bool(absent()), reason=absent() or "they are here")


def played(script: str, **place: object) -> Any:
    environment = {**os.environ, "NODE_PATH": str(CLIENTS / "node_modules"), "NO_PROXY": "127.0.0.1",
                   "no_proxy": "127.0.0.1", "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(["node", str(SCRIPTS / script), json.dumps(place)], capture_output=True, text=True,
                          timeout=ENOUGH_S, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_procore_sdk_signs_in_works_and_signs_out(place: Served) -> None:
    procore = place.sandbox.procore
    assert played("procore_js_sdk.js", url=place.procore, company=procore.company.id, client_id=procore.client_id,
                  client_secret=procore.client_secret) == {
        "signs_in": {"expires": 5400, "kind": "bearer", "app": True},
        "reads_who_it_is": {"login": "paula.marsh@demobuilders.example", "companies": [procore.company.id],
                           "total": 200},
        "makes_reads_and_changes_a_vendor": {"made": 201, "name": "SID Electrical", "city": "Salem"},
        "pages_through_a_list": {"names": 7, "different": 7, "links": [True, "7", True, "7", True, "7"]},
        "makes_a_project_and_a_commitment_and_takes_it_back": {
            "title": "Electrical", "changed": "Power", "gone": 200, "after": 404},
        "syncs_in_bulk": {"made": ["Cedar"], "errors": 1},
        "is_refused_in_procores_words": {
            "nameless": {"status": 422, "body": {"errors": {"name": ["can't be blank"]}}}, "unwrapped": 400,
            "stranger": 401, "nowhere": 404},
        "refreshes_and_the_old_pair_is_dead": {"rotated": True, "old": 401, "works": 200, "again": "invalid_grant"},
        "revokes": {"after": 401}}


def test_node_quickbooks_does_a_month_of_books(place: Served) -> None:
    quickbooks = place.sandbox.quickbooks
    uploads = "POST upload" in quickbooks_calls()
    assert played("node_quickbooks.js", url=place.quickbooks, realm=quickbooks.realm_id, uploads=uploads,
                  client_id=quickbooks.client_id, client_secret=quickbooks.client_secret,
                  now=place.sandbox.kit.clock.now().isoformat()) == {
        "signs_in": {"realm": quickbooks.realm_id, "expires": 3600, "valid": True},
        "makes_reads_and_changes_a_vendor": {
            "name": "Norton Lumber", "number": "A-1", "stale": {"status": 400, "code": "5010"}},
        "enters_pays_and_deletes_a_bill": {
            "balance": 0, "after": 120.5, "gone": "Deleted", "missing": {"status": 400, "code": "610"}},
        "invoices_and_voids": {"paid": 0, "open": 900, "voided": 0, "note": "Voided"},
        "asks_with_paging_and_counts": {
            "count": 13, "page": [5, 6, 5], "all": 13, "like": 3, "wrong": {"status": 400, "code": "4001"}},
        "sends_a_batch": {"items": ["done", "2020", "done"], "many": {"status": 400, "code": "1040"}},
        "asks_what_changed": {"deleted": [True], "vendors": 13},
        "reads_reports_and_settings": {
            "names": ["TrialBalance", "ProfitAndLoss", "BalanceSheet", "GeneralLedger", "AgedPayableDetail",
                      "VendorBalance", "CustomerBalance"], "company": "string", "preferences": "object"},
        "attaches_a_file": {"name": "waiver.txt", "on": True, "fetched": "lien waiver"} if uploads else "not played",
        "refreshes": {"moved": True, "works": True, "kind": "bearer"},
        "revokes": {"status": 200, "dead": 401, "again": "invalid_grant"}}
