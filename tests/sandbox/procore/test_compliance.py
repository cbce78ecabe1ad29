"""Compliance of commitments in the practice Procore: statuses typed, statuses derived, documents."""
from tests.support.procore_client import Client, Site


def base_of(site: Site) -> str:
    return f"/rest/v1.0/projects/{site.project}/work_order_contracts/{site.commitment('1000')}"


def test_the_status_typed_on_a_commitment_stands_beside_the_one_its_documents_make(site: Site) -> None:
    base = base_of(site)
    empty = site.api.get(base + "/compliance")
    assert (empty["compliance_status"], empty["derived_compliance_status"], empty["updated_at"]) == (
        None, "not_required", None)
    shown = site.api.ok("PATCH", base + "/compliance", {"compliance_status": "compliant", "insurance_notes": "Asked"})
    assert (shown["compliance_status"], shown["insurance_notes"]) == ("compliant", "Asked")
    assert (shown["updated_by_id"], shown["updated_at"]) == (site.service.person.id, "2026-01-05T08:00:00Z")

    def add(status: str) -> int:
        return int(site.api.ok("POST", base + "/compliance_documents", {"attributes": {
            "name": "License", "type": "license", "status": status}})["id"])

    add("compliant")
    assert site.api.get(base + "/compliance")["derived_compliance_status"] == "compliant"
    bad = add("not_compliant")
    assert site.api.get(base + "/compliance")["derived_compliance_status"] == "not_compliant"
    site.api.ok("PATCH", f"{base}/compliance_documents/{bad}", {"attributes": {"status": "compliant"}})
    assert site.api.get(base + "/compliance")["derived_compliance_status"] == "compliant"
    site.api.ok("DELETE", f"{base}/compliance_documents/{bad}")
    site.api.refused(404, "GET", f"{base}/compliance_documents/{bad}")


def test_a_document_that_says_nothing_or_the_impossible_is_refused(site: Site) -> None:
    path = base_of(site) + "/compliance_documents"
    for given, field in (({}, "name"), ({"name": " "}, "name"), ({"name": "x", "type": "passport"}, "type"),
                         ({"name": "x", "expires_at": "soon"}, "expires_at"),
                         ({"name": "x", "effective_at": "2026-02-01T00:00:00Z",
                           "expires_at": "2026-01-01T00:00:00-07:00"}, "expires_at")):
        assert set(site.api.refused(422, "POST", path, {"attributes": given})["errors"]) == {field}
    site.api.refused(400, "POST", path, {"name": "W-9"})
    assert site.api.get(path) == []


def test_compliance_is_for_an_admin_to_change_and_of_its_own_kind_of_commitment(site: Site) -> None:
    base = base_of(site)
    other = Client(site.service, site.service.issue_token("standard"))
    other.refused(403, "PATCH", base + "/compliance", {"compliance_status": "compliant"})
    site.api.refused(404, "GET", base.replace("work_order", "purchase_order") + "/compliance")
