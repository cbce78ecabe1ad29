"""Units of measure: the standard ones and a company's own (procore.md 5.22). Lines keep the unit's name."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    SyncRules,
    a_text,
    an_integer,
    bad_request,
    created,
    forbidden,
    invalid,
    not_found,
    page_of,
    sync,
    take,
)

STANDARD = (
    ("Count", (("ls", "Lump Sum"), ("ea", "Each"))),
    ("Time", (("hours", "Hours"), ("days", "Days"))),
    ("Length", (("ft", "Feet"), ("lf", "Linear Feet"), ("m", "Meters"))),
    ("Area", (("sf", "Square Feet"), ("sq", "Squares"), ("m2", "Square Meters"))),
    ("Volume", (("cy", "Cubic Yards"), ("gal", "Gallons"), ("m3", "Cubic Meters"))),
    ("Weight", (("tons", "Tons"), ("kg", "Kilograms"))),
)
UOM: Fields = {"name": a_text, "uom_category_id": an_integer}


def furnish(company: Company, now: datetime) -> None:
    """The units that every company starts with."""
    for category, names in STANDARD:
        category_id = company.ids.next("uom_category")
        company.uom_categories[category_id] = category
        for name, description in names:
            _add(company, {"name": name, "description": description, "uom_category_id": category_id,
                           "is_standard": True}, now)


def _add(company: Company, values: dict[str, Any], now: datetime) -> Record:
    made = Record(company.ids.next("uom"), now, now, values)
    company.uoms[made.id] = made
    company.uom_names.add(values["name"])
    return made


def uoms(call: Call) -> Answer:
    company = own_company(call)
    return page_of(call, list(company.uoms.values()), lambda unit: shown(company, unit))


def uom(call: Call) -> Answer:
    return Answer(shown(call.company, _unit(call)))


def _unit(call: Call) -> Record:
    found = own_company(call).uoms.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def categories(call: Call) -> Answer:
    return Answer([{"id": key, "name": name} for key, name in own_company(call).uom_categories.items()])


def configuration(call: Call) -> Answer:
    """No accounting system is joined that would limit the names."""
    own_company(call)
    return Answer({"data": {"character_limit": None, "erp_integration_name": None}})


def create(call: Call) -> Answer:
    company = own_company(call)
    return created(shown(company, _new(call, company, call.wrapped("uom"))))


def update(call: Call) -> Answer:
    return Answer(shown(call.company, _change(call, _unit(call), call.wrapped("uom"))))


def delete(call: Call) -> Answer:
    found = _unit(call)
    if found.get("is_standard"):
        raise forbidden("A standard unit of measure cannot be deleted", "The unit is provided by Procore")
    _remove(call.company, found)
    return NOTHING


def sync_uoms(call: Call) -> Answer:
    """`deletes` lists ids beside the `updates`; a unit that cannot go is an error entry like any other."""
    company = own_company(call)
    doomed = call.body.get("deletes", [])
    if not isinstance(doomed, list):
        raise bad_request("deletes must be a list of ids")
    call.body.setdefault("updates", [])
    done = sync(call, SyncRules(company.uoms.get, lambda origin: None, lambda given: _new(call, company, given),
                                lambda found, given: _change(call, found, given), lambda unit: shown(company, unit)))
    body: Any = done.body
    for wanted in doomed:
        found = company.uoms.get(wanted) if isinstance(wanted, int) else None
        if found is None or found.get("is_standard"):
            text = "Entity with this ID not found" if found is None else "A standard unit cannot be deleted"
            body["errors"].append({"id": str(wanted) if found is None else wanted, "errors": {"id": [text]}})
        else:
            _remove(company, found)
    return done


def _remove(company: Company, found: Record) -> None:
    del company.uoms[found.id]
    company.uom_names.discard(found.get("name"))


def _new(call: Call, company: Company, given: dict[str, Any]) -> Record:
    values = {"name": None, "uom_category_id": None, "description": None, "is_standard": False, **take(given, UOM)}
    _check(company, values, held="")
    return _add(company, values, call.now)


def _change(call: Call, found: Record, given: dict[str, Any]) -> Record:
    company, values = call.company, take(given, UOM)
    if found.get("is_standard"):
        raise invalid(base="A standard unit of measure cannot be changed")
    _check(company, values, held=found.get("name"))
    company.uom_names.discard(found.get("name"))
    found.write(values, call.now)
    company.uom_names.add(found.get("name"))
    return found


def _check(company: Company, values: dict[str, Any], held: str) -> None:
    if "name" in values:
        name = values["name"] or ""
        if not name.strip():
            raise invalid(name="can't be blank")
        if name != held and name in company.uom_names:
            raise invalid(name="has already been taken")
    if "uom_category_id" in values and values["uom_category_id"] not in company.uom_categories:
        raise invalid(uom_category_id="can't be blank" if values["uom_category_id"] is None else "is invalid")


def shown(company: Company, unit: Record) -> dict[str, object]:
    category = unit.get("uom_category_id")
    return {"id": unit.id, "name": unit.get("name"), "description": unit.get("description"),
            "is_standard": bool(unit.get("is_standard")),
            "uom_category": {"id": category, "name": company.uom_categories[category]}}


def check_unit(company: Company, name: str | None) -> None:
    """With the master list on, a line may carry only a unit that is on it."""
    if name and name not in company.uom_names and company.switches.uom_master_list:
        raise invalid(uom="is not included in the list")

