"""Companies, the caller, company vendors and project vendors (procore.md 5.1, 5.4)."""
from __future__ import annotations

from collections.abc import Container
from typing import Any

from tieout.sandbox.procore.state import Company, Project, Vendor, written
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Refusal,
    SyncRules,
    a_flag,
    a_text,
    among,
    an_integer,
    created,
    filtered,
    invalid,
    missing_ids,
    not_found,
    page_of,
    some_ids,
    stamp,
    sync,
    take,
    text_is,
    within,
)

VENDOR_TEXTS = ("address", "city", "zip", "business_phone", "mobile_phone", "fax_number", "email_address", "state_code",
                "country_code", "labor_union", "license_number", "website", "abbreviated_name", "notes", "trade_name",
                "origin_id", "origin_data", "origin_code", "name")
VENDOR_FLAGS = ("is_active", "authorized_bidder", "prequalified", "union_member", "non_union_prevailing_wage")
VENDOR: Fields = {**dict.fromkeys(VENDOR_TEXTS, a_text), **dict.fromkeys(VENDOR_FLAGS, a_flag),
                  "parent_id": an_integer, "primary_contact_id": an_integer, "vendor_group_id": an_integer,
                  "trade_ids": some_ids, "bidding_distribution_ids": some_ids, "standard_cost_code_ids": some_ids}
BIDDING = ("affirmative_action", "small_business", "african_american_business", "hispanic_business",
           "womens_business", "historically_underutilized_business", "sdvo_business", "certified_business_enterprise",
           "asian_american_business", "native_american_business", "disadvantaged_business",
           "minority_business_enterprise", "eight_a_business")
POINTERS = ("parent_id", "primary_contact_id", "vendor_group_id", "trade_ids", "bidding_distribution_ids",
            "standard_cost_code_ids")
SYMBOLS = {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£"}


# Who is asking

def companies(call: Call) -> Answer:
    """Every company where the app is connected, whichever the header names (2.3)."""
    rows = [company for company in call.company.group.values() if company.connected]
    return page_of(call, rows, lambda company: {
        "id": company.id, "name": company.name, "is_active": True, "logo_url": None,
        "pcn_business_experience": None, "my_company": not call.user.is_service_account})


def me(call: Call) -> Answer:
    shown: dict[str, object] = {"id": call.user.id, "login": call.user.login}
    if call.request.param("company_id") or call.request.param("project_id"):
        shown["name"] = call.user.name
    return Answer(shown)


def me_of_company(call: Call) -> Answer:
    own_company(call)
    person = call.company.people_by_user.get(call.user.id)
    first, _, last = call.user.name.partition(" ")
    shown: dict[str, object] = {"id": call.user.id, "name": call.user.name, "first_name": first, "last_name": last,
                                "email_address": call.user.login, "is_active": True, "party_id": None,
                                "is_employee": not call.user.is_service_account}
    if person is not None:
        shown |= {"name": person.name, "party_id": person.id, **{name: person.get(name) for name in (
            "first_name", "last_name", "email_address")}, **{flag: bool(person.get(key)) for flag, key in (
                ("is_active", "active"), ("is_employee", "is_employee"))}}
    return Answer(shown)


def company_configuration(call: Call) -> Answer:
    currency = own_company(call).currency
    iso_code = currency.iso_code or "USD"
    return Answer({"currency_symbol": SYMBOLS.get(iso_code, iso_code), "currency_display": currency.display,
                   "currency_iso_code": iso_code})


def company_base_url(call: Call) -> Answer:
    return Answer({"zone": "us01", "web_base_url": call.base_url})


def own_company(call: Call) -> Company:
    """The company of the path, query or body has to be the one of the header."""
    wanted = call.arg_id("company_id") if "company_id" in call.args else call.given_id("company_id")
    if wanted is None:
        raise missing_ids()
    if wanted != call.company.id:
        raise not_found()
    return call.company


# Company vendors

VENDOR_FILTERS = {
    "id": among(lambda v: v.id), "origin_id": text_is(lambda v: v.get("origin_id")),
    "updated_at": within(lambda v: v.updated_at), "created_at": within(lambda v: v.created_at),
    "parent_id": among(lambda v: v.get("parent_id")),
    "trade_id": lambda values: lambda v: not set(values).isdisjoint(map(str, v.get("trade_ids") or ())),
    "standard_cost_code_id": lambda values: lambda v: not set(values).isdisjoint(
        map(str, v.get("standard_cost_code_ids") or ())),
    "search": lambda values: lambda v: _matches(v, values[-1]),
}


def _matches(vendor: Vendor, text: str) -> bool:
    identifier = (vendor.register or {}).get("identifier")
    return any(text.lower() in str(part).lower() for part in
               (vendor.get("name"), vendor.get("origin_code"), vendor.get("trade_name"), identifier) if part)


def vendors(call: Call) -> Answer:
    company = own_company(call)
    rows = filtered(call, [v for v in company.vendors.values() if v.get("is_active")], VENDOR_FILTERS)
    return page_of(call, _sorted(call, rows), lambda v: shown_vendor(company, v, call.view))


def inactive_vendors(call: Call) -> Answer:
    company = own_company(call)
    rows = [v for v in company.vendors.values() if not v.get("is_active")]
    link = f"{call.base_url}/rest/v1.0/companies/{company.id}/vendors/inactive"
    return page_of(call, _sorted(call, rows), lambda v: {
        **shown_vendor(company, v, call.view or "extended"), "_links": {"reactivate": f"{link}/{v.id}"}})


def reactivate_vendor(call: Call) -> Answer:
    """No body: the vendor is active again. One that is active is not among the inactive."""
    company = own_company(call)
    found = _vendor(company, call.arg_id())
    _ = call.body
    if found.get("is_active"):
        raise not_found()
    written(company, "vendor", found, {"is_active": True}, call.now)
    return Answer(shown_vendor(company, found, call.view))


def _sorted(call: Call, rows: list[Vendor]) -> list[Vendor]:
    order = call.request.param("sort") or ""
    if order.lstrip("-") == "name":
        return sorted(rows, key=lambda v: str(v.get("name")).lower(), reverse=order.startswith("-"))
    return rows


def vendor(call: Call) -> Answer:
    company = own_company(call)
    return Answer(shown_vendor(company, _vendor(company, call.arg_id()), call.view))


def create_vendor(call: Call) -> Answer:
    company = own_company(call)
    made = new_vendor(call, company, call.wrapped("vendor"))
    return created(shown_vendor(company, made, call.view))


def update_vendor(call: Call) -> Answer:
    company = own_company(call)
    found = _vendor(company, call.arg_id())
    change_vendor(call, company, found, call.wrapped("vendor"))
    return Answer(shown_vendor(company, found, call.view))


def sync_vendors(call: Call) -> Answer:
    company = own_company(call)

    def create(given: dict[str, Any]) -> Vendor:
        register = _given_register(call, given, None)
        made = new_vendor(call, company, given)
        made.register = register
        return made

    def update(found: Vendor, given: dict[str, Any]) -> Vendor:
        register = _given_register(call, given, found)
        change_vendor(call, company, found, given)
        if register != found.register:
            found.register = register
            found.touch(call.now)
        return found

    return sync(call, SyncRules(company.vendors.get, lambda o: _by_origin(company, o), create, update,
                                lambda v: shown_vendor(company, v, "extended")))


def _given_register(call: Call, given: dict[str, Any], vendor: Vendor | None) -> dict[str, Any] | None:
    held = vendor.register if vendor else None
    attributes = given.get("business_register_attributes")
    if not isinstance(attributes, dict):
        return held
    return _register(call, {**(held or {}), **attributes}, held["id"] if held else None)


def _by_origin(company: Company, origin: str) -> Vendor | None:
    found = company.origin_ids.get(("vendor", origin))
    return company.vendors.get(found) if found is not None else None


def _vendor(company: Company, wanted: int) -> Vendor:
    found = company.vendors.get(wanted)
    if found is None:
        raise not_found()
    return found


def _checked(company: Company, vendor: Vendor | None, values: dict[str, Any]) -> None:
    if "name" in values and not (values["name"] or "").strip():
        raise invalid(name="can't be blank")
    parent_id = values.get("parent_id")
    if parent_id is not None:
        parent = company.vendors.get(parent_id)
        if vendor is not None and company.children[vendor.id]:
            raise invalid(parent_id="vendors may be nested two levels deep only")
        if parent is None or parent is vendor:
            raise invalid(parent_id="is invalid")
        if parent.get("parent_id") is not None:
            raise invalid(parent_id="vendors may be nested two levels deep only")


def _values(call: Call, given: dict[str, Any], held: Vendor | None) -> dict[str, Any]:
    """What is in a body, with what it points at checked."""
    from tieout.sandbox.procore.custom_fields import read  # which asks this module whose company it is

    company = call.company
    values = {**take(given, VENDOR), **read(call, "vendor", given, held=held)}
    trades = company.lookups.get("trade", {})
    codes = {code for one in company.standard_lists.values() for code in one.codes}
    known: tuple[tuple[str, Container[int]], ...] = (
        ("trade_ids", trades), ("standard_cost_code_ids", codes), ("bidding_distribution_ids", company.people_by_user))
    for name, rows in known:
        if any(one not in rows for one in values.get(name) or ()):
            raise invalid(**{name: "is invalid"})
    contact = values.get("primary_contact_id")
    if contact is not None and contact not in company.people:
        raise invalid(primary_contact_id="is invalid")
    bidding = given.get("bidding")
    if bidding is not None:
        if not isinstance(bidding, dict):
            raise invalid(bidding="is invalid")
        flags = take(bidding, dict.fromkeys(BIDDING, a_flag))
        values["bidding"] = {**((held.get("bidding") if held is not None else None) or {}), **flags}
    return values


def new_vendor(call: Call, company: Company, given: dict[str, Any]) -> Vendor:
    values = {"name": None, "is_active": True, **_values(call, given, None)}
    _checked(company, None, values)
    company.check_origin("vendor", values.get("origin_id"))
    made = Vendor(company.ids.next("vendor"), call.now, call.now)
    written(company, "vendor", made, values, call.now)
    company.vendors[made.id] = made
    company.children[made.get("parent_id") or 0] += 1
    return made


def change_vendor(call: Call, company: Company, vendor: Vendor, given: dict[str, Any]) -> None:
    values = _values(call, given, vendor)
    _checked(company, vendor, values)
    company.check_new_origin("vendor", vendor, values)
    if "parent_id" in values:
        company.children[vendor.get("parent_id") or 0] -= 1
        company.children[values["parent_id"] or 0] += 1
    written(company, "vendor", vendor, values, call.now)


def create_register(call: Call) -> Answer:
    vendor = _vendor(own_company(call), call.arg_id())
    if vendor.register is not None:
        raise Refusal(409, {"errors": "A business register already exists for this vendor"})
    vendor.register = _register(call, call.wrapped("business_register"), None)
    vendor.touch(call.now)
    return created(vendor.register)


def update_register(call: Call) -> Answer:
    vendor = _vendor(own_company(call), call.arg_id())
    if vendor.register is None:
        raise not_found()
    vendor.register = _register(call, {**vendor.register, **call.wrapped("business_register")}, vendor.register["id"])
    vendor.touch(call.now)
    return Answer(vendor.register)


def _register(call: Call, given: dict[str, Any], held_id: int | None) -> dict[str, Any]:
    """A tax number: an EIN has 9 digits, an ABN 11; spaces and dashes do not count."""
    digits = str(given.get("identifier") or "").replace(" ", "").replace("-", "")
    length = {"ein": 9, "abn": 11}.get(str(given.get("type")))
    if length is None:
        raise invalid(type="is not included in the list")
    if len(digits) != length or not digits.isascii() or not digits.isdecimal():
        raise invalid(identifier="is invalid")
    return {"id": held_id or call.company.ids.next("business_register"), "type": given["type"], "identifier": digits,
            "verified_at": None, "verification_status": "active"}


# Project vendors

PROJECT_VENDOR_FILTERS = {name: VENDOR_FILTERS[name] for name in (
    "id", "parent_id", "search", "trade_id", "standard_cost_code_id")}
NAMED = {"abbreviated_name": among(lambda v: v.get("abbreviated_name"))}


def project_vendors(call: Call) -> Answer:
    """v1.1 does not know the abbreviated name as a filter."""
    known = PROJECT_VENDOR_FILTERS if call.request.path.startswith("/rest/v1.1") else {
        **PROJECT_VENDOR_FILTERS, **NAMED}
    rows = filtered(call, call.project.vendors.values(), known)
    return page_of(call, _sorted(call, rows), lambda v: shown_project_vendor(call.company, v, call.view))


def project_vendor(call: Call) -> Answer:
    return Answer(shown_project_vendor(call.company, _of_project(call), call.view))


def _of_project(call: Call) -> Vendor:
    found = call.project.vendors.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_project_vendor(call: Call) -> Answer:
    project = call.project
    made = new_vendor(call, call.company, call.wrapped("vendor"))
    join(project, made)
    return created(shown_project_vendor(call.company, made, call.view))


def update_project_vendor(call: Call) -> Answer:
    found = _of_project(call)
    change_vendor(call, call.company, found, call.wrapped("vendor"))
    return Answer(shown_project_vendor(call.company, found, call.view))


def add_to_project(call: Call) -> Answer:
    found = _vendor(call.company, call.arg_id())
    join(call.project, found)
    return created(shown_project_vendor(call.company, found, call.view))


def remove_from_project(call: Call) -> Answer:
    found = _of_project(call)
    if any(contract.vendor is found for contract in call.project.contracts.values() if contract.deleted_at is None):
        raise invalid(base="The vendor holds a commitment of this project")
    leave(call.project, found)
    return NOTHING


def join(project: Project, vendor: Vendor) -> None:
    project.vendors[vendor.id] = vendor
    vendor.projects.add(project.id)


def leave(project: Project, vendor: Vendor) -> None:
    del project.vendors[vendor.id]
    vendor.projects.discard(project.id)


# How a vendor looks

VENDOR_SHOWN = tuple(name for name in VENDOR if name not in POINTERS)


def shown_vendor(company: Company, vendor: Vendor, view: str = "") -> dict[str, object]:
    name = vendor.get("name")
    if view == "compact":
        return {"id": vendor.id, "name": name}
    shown: dict[str, object] = {"id": vendor.id, **{key: vendor.get(key) for key in VENDOR_SHOWN}}
    shown |= {"company": name, "synced_to_erp": vendor.get("origin_id") is not None, "business_id": None,
              "business_register": vendor.register, "is_connected": False, "logo": None, "vendor_group": None,
              "contact_count": sum(p.get("vendor_id") == vendor.id for p in company.people.values()),
              "primary_contact": _contact(company, vendor), "attachments": [],
              "created_at": stamp(vendor.created_at), "updated_at": stamp(vendor.updated_at)}
    for flag in VENDOR_FLAGS:
        shown[flag] = bool(shown[flag])
    if view in ("", "extended"):
        parent = company.vendors.get(vendor.get("parent_id") or 0)
        shown |= {"legal_name": name, "company_vendor": True, "project_ids": sorted(vendor.projects),
                  "trades": _trades(company, vendor),
                  "bidding": {name: bool((vendor.get("bidding") or {}).get(name)) for name in BIDDING},
                  "parent": {"id": parent.id, "name": parent.get("name")} if parent else None,
                  "children_count": company.children[vendor.id],
                  "standard_cost_codes": _standard_codes(company, vendor),
                  "bidding_distribution": _bidders(company, vendor)}
    if view in ("directory", "summary"):
        shown |= {"projects_count": len(vendor.projects), "active_users_count": sum(
            p.get("vendor_id") == vendor.id and bool(p.get("active")) for p in company.people_by_user.values())}
    return shown


def _contact(company: Company, vendor: Vendor) -> dict[str, object] | None:
    person = company.people.get(vendor.get("primary_contact_id") or 0)
    if person is None:
        return None
    return {"id": person.id, **{name: person.get(name) for name in (
        "first_name", "last_name", "business_phone", "business_phone_extension", "fax_number", "mobile_phone",
        "email_address")}, "created_at": stamp(person.created_at), "updated_at": stamp(person.updated_at)}


def _trades(company: Company, vendor: Vendor) -> list[dict[str, object]]:
    rows = company.lookups.get("trade", {})
    return [{"id": one, "name": rows[one].get("name"), "active": rows[one].get("active") is not False,
             "updated_at": stamp(rows[one].updated_at)} for one in vendor.get("trade_ids") or () if one in rows]


def _bidders(company: Company, vendor: Vendor) -> list[dict[str, object]]:
    wanted = vendor.get("bidding_distribution_ids") or ()
    return [{"id": one, "name": company.people_by_user[one].name, "company_name": company.name,
             "login": company.people_by_user[one].get("email_address")} for one in wanted]


def _standard_codes(company: Company, vendor: Vendor) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = []
    for one in vendor.get("standard_cost_code_ids") or ():
        for held in company.standard_lists.values():
            code = held.codes.get(one)
            if code is not None:
                shown.append({
                    "id": one, "standard_cost_code_list_id": held.id, "code": code.get("code"),
                    "name": code.get("name"), "full_code": code.full_code,
                    "parent_id": code.parent.id if code.parent is not None else None,
                    "origin_id": code.get("origin_id"), "origin_data": code.get("origin_data")})
    return shown


PROJECT_ABSENT = ("contact_count", "standard_cost_codes", "bidding_distribution")


def shown_project_vendor(company: Company, vendor: Vendor, view: str = "") -> dict[str, object]:
    if view == "ids_only":
        return {"id": vendor.id}
    if view in ("name", "minimal", "list"):
        return {"id": vendor.id, "name": vendor.get("name")}
    shown = shown_vendor(company, vendor, view)
    return {key: value for key, value in shown.items() if key not in PROJECT_ABSENT}
