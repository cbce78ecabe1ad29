"""What a vendor carries beside its name (procore.md 5.4)."""
from __future__ import annotations

from tests.sandbox.procore import test_vendors as played
from tests.support.procore_client import Site


def pointers(site: Site) -> None:
    played.test_a_vendor_has_trades_standard_cost_codes_and_bidding_flags(site)


def contacts(site: Site) -> None:
    played.test_a_vendors_primary_contact_is_a_person_and_its_people_are_counted(site)


def inactive(site: Site) -> None:
    played.test_an_inactive_vendor_is_made_active_again(site)


def insurances(site: Site) -> None:
    played.test_insurances_of_a_vendor_are_kept_and_synced(site)
