"""Commitments over v2.0, the list of both kinds, the subcontractor's schedule of values (procore.md 5.10, 5.11)."""
from __future__ import annotations

from tests.sandbox.procore import test_commitments_v2 as played
from tests.support.procore_client import Site


def contracts(site: Site) -> None:
    played.test_a_commitment_made_over_v2_is_the_same_one_over_v1(site)


def filtered_contracts(site: Site) -> None:
    played.test_commitments_are_filtered_and_paged_over_v2(site)


def lines(site: Site) -> None:
    played.test_lines_over_v2_take_only_budget_codes_and_answer_200(site)


def summary(site: Site) -> None:
    played.test_the_summary_holds_changes_invoices_and_payments(site)


def both_kinds(site: Site) -> None:
    played.test_both_kinds_stand_in_one_deprecated_list(site)


def schedule_of_values(site: Site) -> None:
    for kind in ("work_order_contract", "purchase_order_contract"):
        played.test_detail_lines_are_written_until_they_are_submitted(site, kind)
