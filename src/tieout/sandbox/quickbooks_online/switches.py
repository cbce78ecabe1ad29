"""Behaviour that differs between companies or is uncertain, and is chosen for a test (qbo.md 19).

What each of them does stands in `setup.SWITCHES`.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.oauth import OAuth
from tieout.sandbox.quickbooks_online.refusals import SHUT

OF_COMPANY = ("lenient_links", "customer_means_billable", "faults_in_200")
OF_PROFILE = ("custom_numbers", "custom_sales_numbers", "warn_duplicate_journal", "warn_duplicate_bills",
              "auto_apply_credit", "change_orders")


def put(company: Company, oauth: OAuth, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Sets what is asked; returns what is now in force."""
    for name in OF_COMPANY:
        setattr(company, name, asked.get(name, getattr(company, name)))
    company.profile = replace(company.profile, **{name: asked[name] for name in OF_PROFILE if name in asked})
    company.shut = frozenset(name for name in SHUT if asked.get(name, name in company.shut))
    if "rotate_always" in asked:
        oauth.rotation = "always" if asked["rotate_always"] else "daily"
    oauth.overlap_s = asked.get("refresh_overlap_s", oauth.overlap_s)
    return {**{name: getattr(company, name) for name in OF_COMPANY},
            **{name: getattr(company.profile, name) for name in OF_PROFILE},
            **{name: name in company.shut for name in SHUT},
            "rotate_always": oauth.rotation == "always", "refresh_overlap_s": oauth.overlap_s}
