"""The life of one QuickBooks object, as every scenario of an entity plays it."""
from __future__ import annotations

from typing import Any

from tests.sandbox.quickbooks_online.office import Office


def life(office: Office, entity: str, body: dict[str, Any], change: dict[str, Any], *ends: str) -> Any:
    """Makes it twice, reads, asks, changes it whole and in part, asks what changed; `ends` are delete and void.

    Gives back the second one, which is still there.
    """
    made = office.create(entity, body)
    office.read(entity, made["Id"])
    whole = office.create(entity, {**body, **change, "Id": made["Id"], "SyncToken": made["SyncToken"]})
    part = office.change(entity, whole, {**body, **change})
    assert office.rows(f"select * from {entity} where Id = '{made['Id']}'")[0]["Id"] == made["Id"]
    assert office.refused(entity, {"Id": made["Id"], "SyncToken": "99", "sparse": True, **body}) == ["5010"]
    names = {key: f"{body[key]} 2" for key in ("Name", "DisplayName", "GivenName", "DocNumber", "AcctNum")
              if key in body}
    second = office.create(entity, {**body, **names})
    if "void" in ends:
        part = office.post(entity, {"Id": part["Id"], "SyncToken": part["SyncToken"]}, operation="void")[entity]
    if "delete" in ends:
        assert office.delete(entity, part)[entity]["status"] == "Deleted"
    since = office.kit.clock.now().replace(microsecond=0, second=0).isoformat()
    changed = office.call("GET", "cdc", entities=entity, changedSince=since)["CDCResponse"][0]["QueryResponse"][0]
    assert second["Id"] in [row["Id"] for row in changed[entity]]
    return second
