"""Budgets (procore.md 5.9)."""
from __future__ import annotations

from tests.sandbox.procore import test_budget as played
from tests.support.procore_client import Site


def lines(site: Site) -> None:
    played.test_a_budget_code_is_budgeted_once_by_amount_or_by_quantity(site)


def sync(site: Site) -> None:
    played.test_lines_are_synced_all_or_none(site)


def lock(site: Site) -> None:
    played.test_a_locked_budget_takes_no_lines_until_it_is_unlocked(site)


def views(site: Site) -> None:
    played.test_the_view_shows_what_commitments_changes_costs_and_invoices_make_of_the_budget(site)


def sums_and_details(site: Site) -> None:
    played.test_rows_are_summed_by_group_and_their_documents_listed(site)


def changes(site: Site) -> None:
    played.test_an_approved_budget_change_moves_money_between_codes(site)


def modifications(site: Site) -> None:
    played.test_budget_modifications_are_read_only_where_budget_changes_are_on(site)


def snapshots(site: Site) -> None:
    played.test_a_snapshot_keeps_the_rows_as_they_were(site)


def older_lines(site: Site) -> None:
    played.test_the_older_line_endpoint_takes_cost_code_and_type_and_shows_the_sums(site)
