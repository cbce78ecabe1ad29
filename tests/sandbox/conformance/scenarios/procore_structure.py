"""Segments, patterns, items in bulk, sub jobs and standard cost codes (procore.md 5.6, 5.8)."""
from __future__ import annotations

from tests.sandbox.procore import test_budget_code_structure as played
from tests.support.procore_client import Site


def segments(site: Site) -> None:
    played.test_a_segment_is_renamed_and_deleted_only_while_unused(site)


def order(site: Site) -> None:
    played.test_the_order_of_the_segments_is_the_order_in_the_flat_codes(site)


def patterns(site: Site) -> None:
    played.test_a_project_takes_a_custom_segment_out_of_its_codes_and_in_again(site)


def company_items(site: Site) -> None:
    played.test_items_of_the_company_are_changed_and_deleted_one_by_one_and_in_bulk(site)


def project_items(site: Site) -> None:
    played.test_items_and_codes_of_a_project_are_switched_and_deleted_in_bulk(site)


def sub_jobs(site: Site) -> None:
    played.test_a_sub_job_is_part_of_budget_codes_and_kept_while_in_use(site)


def standard_codes(site: Site) -> None:
    played.test_standard_cost_codes_are_kept_in_lists(site)


def copies(site: Site) -> None:
    played.test_a_list_is_copied_into_a_project_whole_or_in_part(site)
