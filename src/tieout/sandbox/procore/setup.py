"""What an administrator sets on Procore's web pages and no API can: each setting takes a JSON object and answers one.

A wrong value raises ValueError with a sentence. Served under `/_sandbox/procore/`.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tieout.sandbox.procore.permissions import PROJECT_TOOLS

if TYPE_CHECKING:
    from tieout.sandbox.procore.service import Procore

Asked = Mapping[str, Any]


def permissions(service: Procore, asked: Asked) -> dict[str, Any]:
    user, project = asked.get("user_id"), asked.get("project_id")
    for name, value in (("user_id", user), ("project_id", project)):
        if value is not None and type(value) is not int:
            raise ValueError(f"{name} must be an id, not {value!r}.")
    service.set_permission(str(asked.get("tool")), str(asked.get("level")), user_id=user, project_id=project)
    return dict(asked)


def tools(service: Procore, asked: Asked) -> dict[str, Any]:
    project, tool, enabled = asked.get("project_id"), asked.get("tool"), asked.get("enabled")
    if type(project) is not int or project not in service.company.projects:
        raise ValueError(f"project_id must be the id of a project: {project!r}")
    if tool not in PROJECT_TOOLS:
        raise ValueError(f"tool must be one of {', '.join(PROJECT_TOOLS)}: {tool!r}")
    if not isinstance(enabled, bool):
        raise ValueError(f"enabled must be true or false, not {enabled!r}.")
    service.disable_tool(project, tool, disabled=not enabled)
    return dict(asked)


def permitted_projects(service: Procore, asked: Asked) -> dict[str, Any]:
    """Which projects the service account and the owner of the printed token may see; null is all of them."""
    wanted = asked.get("project_ids")
    if wanted is not None and (not isinstance(wanted, list) or any(
            type(one) is not int or one not in service.company.projects for one in wanted)):
        raise ValueError(f"project_ids must be a list of ids of projects, or null; not {wanted!r}.")
    service.set_permitted(wanted)
    return {"project_ids": wanted}


def custom_fields(service: Procore, asked: Asked) -> dict[str, Any]:
    label, on, options = asked.get("label"), asked.get("on", ["project"]), asked.get("options", [])
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"label must be the field's name, not {label!r}.")
    if not all(isinstance(part, list) and all(isinstance(one, str) for one in part) for part in (on, options)):
        raise ValueError("on and options must be lists of texts.")
    required = asked.get("required", False)
    if not isinstance(required, bool):
        raise ValueError(f"required must be true or false, not {required!r}.")
    made = service.add_custom_field(label, str(asked.get("data_type", "string")), on=on, options=options,
                                    required=required)
    return {"id": made, "label": label, "data_type": asked.get("data_type", "string"), "on": on}


def switches(service: Procore, asked: Asked) -> dict[str, Any]:
    """The company's own settings, and what is uncertain about Procore."""
    held = service.company.switches
    read = {name: _switch(name, getattr(held, name), value) for name, value in asked.items()}
    for name, value in read.items():
        setattr(held, name, value)
    return {one.name: _plain(getattr(held, one.name)) for one in fields(held)}


CHOICES: dict[str, tuple[object, ...]] = {
    "missing_company_header": (404, 400), "invoice_tax_on": ("gross", "net"),
    "time_entry": ("hours", "start_and_stop")}


def _switch(name: str, held: object, value: object) -> object:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise ValueError(f"{name} must be {' or '.join(map(str, CHOICES[name]))}, not {value!r}.")
        return value
    if isinstance(held, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}.")
        return value
    if isinstance(held, Decimal):
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            raise ValueError(f"{name} must be a number: {value!r}") from None
        if not found.is_finite() or not 0 <= found <= 100:
            raise ValueError(f"{name} must be between 0 and 100, not {value!r}.")
        return found
    if type(value) is not type(held) or (isinstance(value, int) and value < 0):
        raise ValueError(f"{name} must be like {held!r}, not {value!r}.")
    return value


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def budget_snapshots(service: Procore, asked: Asked) -> dict[str, Any]:
    project = asked.get("project_id")
    if type(project) is not int or project not in service.company.projects:
        raise ValueError(f"project_id must be the id of a project: {project!r}")
    return {"id": service.take_budget_snapshot(project), "project_id": project}


SETTINGS: dict[str, Callable[[Procore, Asked], dict[str, Any]]] = {
    "permissions": permissions, "tools": tools, "permitted-projects": permitted_projects,
    "custom-fields": custom_fields, "budget-snapshots": budget_snapshots,
    "switches": switches}
