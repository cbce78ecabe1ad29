"""A Procore company that holds a commitment becomes a QuickBooks vendor, once.

Trigger   a commitment of an enabled project that is committed, or was ordered before, names the company.
Match     a person's mapping, then the vendor of exactly that name, then a new vendor; a near name is asked about.
Key       company id. Natural key: the vendor's display name, unique in QuickBooks.
Owner     QuickBooks, once linked: later edits of the company are not carried over.
Covers    A45 A120
"""
from __future__ import annotations

from collections.abc import Iterator

from tieout.core.construction import Commitment, Company
from tieout.core.drafts import Ref, VendorDraft
from tieout.core.money import ZERO
from tieout.core.names import near_names, squeezed, tidy
from tieout.core.picture import Picture, Slot
from tieout.core.problems import (
    Problem,
    name_not_allowed,
    name_taken,
    not_understood,
    vendor_may_exist,
    vendor_not_found,
)
from tieout.core.wish import Wish

FLOW = "company_to_vendor"
LONGEST = 100                                                # CompanyName; DisplayName would take 500
FORBIDDEN = {":": "a colon", "\t": "a tab", "\n": "a line break"}


def vendor_ref(picture: Picture, commitment: Commitment) -> Ref:
    """The vendor of a commitment; without an id while it is not in QuickBooks."""
    link = picture.link(FLOW, commitment.company)
    held = picture.lists.vendors.get(link.target) if link else None
    company = picture.lists.companies.get(commitment.company)
    name = held.name if held else tidy(company.name if company else commitment.company_name)
    return Ref(kind="vendor", name=name, id=link.target if link else "")


def wishes(picture: Picture) -> Iterator[Wish]:
    needed = dict.fromkeys(
        c.company for c in picture.commitments.values()
        if c.company and (picture.rules.commits(c.kind, c.status) or c.id in picture.requisitions_of
                          or picture.link("commitment_to_purchase_order", c.id)))
    for company_id in needed:
        yield _wish(picture, company_id)


def _wish(picture: Picture, company_id: str) -> Wish:
    company = picture.lists.companies.get(company_id)
    slot = Slot(flow=FLOW, key=company_id)
    if company is None:
        missing = not_understood(f"Company {company_id}", f"company:{company_id}", "it is not in the company directory")
        return Wish(slot=slot, source_kind="company", source=company_id, title=f"Vendor {company_id}",
                    problems=(missing,))
    draft, found, problem = None, "", None
    if not picture.link(FLOW, company_id):
        found = _found(picture, company)
        if not found:
            problem = _clash(picture, company)
    if not found and problem is None:
        draft = VendorDraft(
            name=tidy(company.name), email=company.email, phone=company.phone, fax=company.fax,
            website=company.website, street=company.street, city=company.city, state=company.state,
            postal_code=company.postal_code, country=company.country)
    return Wish(slot=slot, source_kind="company", source=company_id, title=f"Vendor {company.name}", party=company.name,
                draft=draft, found=found, problems=(problem,) if problem else ())


def _found(picture: Picture, company: Company) -> str:
    subject, lists = f"company:{company.id}", picture.lists
    said = picture.said.get(("vendor_may_exist", subject))
    answers = [said.choice.removeprefix("link:")] if said and said.choice.startswith("link:") else []
    for kind in ("name_taken", "name_not_allowed", "vendor_not_found"):
        answer = picture.said.get((kind, subject))
        if answer and answer.choice == "link":
            answers.append(answer.value)
    for vendor_id in answers:
        chosen = lists.vendors.get(vendor_id)
        if chosen and chosen.active:
            return chosen.id
    if (target := picture.mapped("vendor", company.id, company.name)) is not None:
        vendor = lists.vendors.get(target) or lists.vendor_by_name.get(squeezed(target))
        return vendor.id if vendor and vendor.active else ""
    same = lists.vendor_by_name.get(squeezed(company.name))
    return same.id if same else ""


def _clash(picture: Picture, company: Company) -> Problem | None:
    """What keeps the company from being a new vendor: its mapping, its name, or another name in QuickBooks."""
    subject = f"company:{company.id}"
    waiting = sum((c.revised for c in picture.commitments.values() if c.company == company.id), ZERO)
    if (mapped := picture.mapped("vendor", company.id, company.name)) is not None:
        return vendor_not_found(company.id, company.name, mapped, waiting)
    if unfit := name_problem(company.name, "vendor", subject, LONGEST):
        return unfit
    customer = picture.lists.customer_by_name.get(squeezed(company.name))
    if customer:
        return name_taken("vendor", company.name, f"the customer “{customer.full_name}”", subject)
    said = picture.said.get(("vendor_may_exist", subject))
    if said and said.choice == "new":
        return None
    linked = {link.target for slot, link in picture.links.items() if slot.flow == FLOW}
    free = ((v.id, v.name) for v in picture.lists.vendors.values() if v.active and v.id not in linked)
    near = near_names(company.name, free)
    return vendor_may_exist(company.id, company.name, near, waiting) if near else None


def name_problem(name: str, kind: str, subject: str, longest: int) -> Problem | None:
    """What keeps QuickBooks from taking this name, whatever its kind."""
    for mark, word in FORBIDDEN.items():
        if mark in name:
            return name_not_allowed(kind, name, f"it contains {word}.", subject)
    if not name.strip():
        return name_not_allowed(kind, name, "it is empty.", subject)
    if len(name) > longest:
        return name_not_allowed(kind, name, f"it has {len(name)} characters; {longest} are allowed.", subject)
    return None
