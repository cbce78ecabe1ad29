"""Which function answers which path: the company's lists, custom fields, people, budgets and their like."""
from __future__ import annotations

from collections.abc import Callable

from tieout.sandbox.procore import (
    budget,
    budget_changes,
    budget_views,
    commitments,
    commitments_v2,
    custom_fields,
    lookups,
    projects,
    users,
)
from tieout.sandbox.procore.web import Answer, Call

Row = tuple[str, str, Callable[[Call], Answer]]
V10, V13, V20 = "/rest/v1.0", "/rest/v1.3", "/rest/v2.0/companies/{company_id}"
C10, P10 = V10 + "/companies/{company_id}", V10 + "/projects/{project_id}"
V11, P20 = "/rest/v1.1", V20 + "/projects/{project_id}"
VIEW, SNAPSHOT = V10 + "/budget_views/{budget_view_id}", V10 + "/budget_view_snapshots/{budget_view_snapshot_id}"
CONTRACTS20 = P20 + "/commitment_contracts"
LINES20 = CONTRACTS20 + "/{commitment_contract_id}/line_items"
C13 = V13 + "/companies/{company_id}"
ENTRIES = V10 + "/custom_field_definitions/{custom_field_definition_id}/custom_field_lov_entries"

COMPANY: tuple[Row, ...] = (
    *lookups.ROWS,
    ("GET", V10 + "/budget_views", budget_views.views),
    ("GET", V10 + "/project_templates", lookups.project_templates),
    ("GET", C10 + "/projects", projects.company_projects),
    ("GET", "/rest/v1.1/companies/{company_id}/custom_field_definitions", custom_fields.definitions),
    ("GET", V10 + "/custom_field_definitions", custom_fields.definitions_10),
    ("GET", V10 + "/custom_field_definitions/{id}", custom_fields.definition),
    ("GET", C10 + "/custom_field_definitions/{custom_field_definition_id}/configurable_field_sets",
     custom_fields.field_sets_of),
    ("GET", ENTRIES, custom_fields.entries),
    ("GET", ENTRIES + "/{id}", custom_fields.entry),
    ("POST", ENTRIES + "/bulk_create", custom_fields.create_entries),
    ("GET", V20 + "/custom_field/data_types", custom_fields.data_types),
    ("GET", V10 + "/custom_field_metadata", custom_fields.metadata),
    ("GET", V10 + "/custom_field_metadata/{id}", custom_fields.metadatum),
    ("GET", C10 + "/configurable_field_sets", custom_fields.field_sets),
    ("GET", C10 + "/configurable_field_sets/find_by_index", custom_fields.field_set_by_index),
    ("GET", C10 + "/configurable_field_sets/{id}", custom_fields.field_set),
    ("PATCH", C10 + "/configurable_field_sets/{id}", custom_fields.update_field_set),
    ("POST", C10 + "/configurable_field_sets/{id}/validations", custom_fields.validate),
    ("GET", C13 + "/users", users.users),
    ("POST", C13 + "/users", users.create_user),
    ("PATCH", C13 + "/users/sync", users.sync_users),
    ("POST", C13 + "/users/bulk_add", users.bulk_add),
    ("POST", C13 + "/users/bulk_remove", users.bulk_remove),
    ("GET", C13 + "/users/{id}", users.user),
    ("PATCH", C13 + "/users/{id}", users.update_user),
    ("PATCH", C13 + "/users/{id}/invite", users.invite),
    ("GET", V13 + "/users", users.all_users),
    ("GET", V13 + "/users/{id}", users.user),
)
PROJECT: dict[str, tuple[Row, ...]] = {
    "": (
        ("GET", P10 + "/configurable_field_sets", custom_fields.project_field_sets),),
    "directory": (
        ("GET", P10 + "/users", users.project_users),
        ("POST", P10 + "/users", users.create_project_user),
        ("GET", P10 + "/users/{id}", users.project_user),
        ("PATCH", P10 + "/users/{id}", users.update_project_user),
        ("POST", P10 + "/users/{id}/actions/add", users.add_user_to_project),
        ("DELETE", P10 + "/users/{id}/actions/remove", users.remove_user_from_project),
                    ("GET", P10 + "/project_memberships", users.memberships),
        ("POST", P10 + "/project_memberships", users.create_membership),
        ("POST", P10 + "/project_memberships/bulk_add", users.create_memberships),
        ("DELETE", P10 + "/project_memberships/{id}", users.delete_membership)),
    "commitments": (
        ("GET", V10 + "/commitments", commitments.commitments),
        ("GET", V10 + "/commitments/{id}", commitments.commitment),
        ("GET", CONTRACTS20, commitments_v2.contracts),
        ("POST", CONTRACTS20, commitments_v2.create_contract),
        ("GET", CONTRACTS20 + "/{commitment_contract_id}", commitments_v2.contract),
        ("PATCH", CONTRACTS20 + "/{commitment_contract_id}", commitments_v2.update_contract),
        ("DELETE", CONTRACTS20 + "/{commitment_contract_id}", commitments_v2.delete_contract),
        ("GET", CONTRACTS20 + "/{contract_id}/summary", commitments_v2.summary),
        ("GET", LINES20, commitments_v2.lines),
        ("POST", LINES20, commitments_v2.create_line),
        ("GET", LINES20 + "/{id}", commitments_v2.line),
        ("PATCH", LINES20 + "/{id}", commitments_v2.update_line),
        ("DELETE", LINES20 + "/{id}", commitments_v2.delete_line)),
    "budget": (
        ("GET", P10 + "/budget", budget.budget),
        ("POST", P10 + "/budget/lock", budget.lock),
        ("DELETE", P10 + "/budget/lock", budget.unlock),
        ("POST", V11 + "/budget_line_items", budget.create_line),
        ("GET", V11 + "/budget_line_items/{id}", budget.line),
        ("PATCH", V11 + "/budget_line_items/{id}", budget.update_line),
        ("POST", V10 + "/budget_line_items", budget.create_line_10),
        ("POST", V10 + "/budget_line_items/sync", budget.sync_lines),
        ("GET", V10 + "/budget_line_items/{id}", budget.line_10),
        ("PATCH", V10 + "/budget_line_items/{id}", budget.update_line_10),
        ("DELETE", P20 + "/budget_line_items/{id}", budget.delete_line),
        ("GET", VIEW + "/detail_rows", budget_views.detail_rows),
        ("GET", VIEW + "/summary_rows", budget_views.summary_rows),
        ("GET", VIEW + "/budget_detail_columns", budget_views.columns),
        ("POST", VIEW + "/budget_details", budget_views.details),
        ("GET", V10 + "/budget_detail_filters", budget_views.detail_filters),
        ("GET", SNAPSHOT + "/detail_rows", budget_views.snapshot_detail_rows),
        ("GET", SNAPSHOT + "/summary_rows", budget_views.snapshot_summary_rows),
        ("GET", P10 + "/budget_changes", budget_changes.changes),
        ("POST", P10 + "/budget_changes", budget_changes.create_change),
        ("GET", P10 + "/budget_changes/{id}", budget_changes.change),
        ("PATCH", P10 + "/budget_changes/{id}", budget_changes.update_change),
        ("DELETE", P10 + "/budget_changes/{id}", budget_changes.delete_change),
        ("GET", P20 + "/budget_changes/adjustment_line_items", budget_changes.adjustments),
        ("GET", P10 + "/budget_modifications", budget_changes.modifications),
        ("POST", P10 + "/budget_modifications", budget_changes.create_modification),
        ("GET", P10 + "/budget_modifications/{id}", budget_changes.modification),
        ("PATCH", P10 + "/budget_modifications/{id}", budget_changes.update_modification),
        ("DELETE", P10 + "/budget_modifications/{id}", budget_changes.delete_modification)),
}
