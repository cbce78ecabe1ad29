"""The endpoints of Procore's webhooks, v1.0 and v2.0, of the company and of a project (procore.md 3.1)."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from tieout.sandbox.procore.web import (
    EMPTY,
    NOTHING,
    Answer,
    Call,
    Refusal,
    bad_request,
    created,
    data_page,
    missing_ids,
    not_found,
    plain,
    stamp,
)
from tieout.sandbox.procore.webhooks import (
    VERSIONS,
    Hook,
    Trigger,
    masked,
    resources,
    ulid,
    wrong_namespace,
    wrong_url,
)
from tieout.sandbox.webhooks import Delivery

V1 = "/rest/v1.0/webhooks"
V2_COMPANY = "/rest/v2.0/companies/{company_id}/webhooks"
V2_PROJECT = "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks"
MOST_TRIGGERS = 500
DELIVERIES_PAGE = 100
OUTCOMES = {"delivered": "ok", "waiting": "retried", "sending": "retried", "discarded": "discarded"}
STATUS_FILTERS = {"successful": ("ok",), "failing": ("retried", "failed"), "discarded": ("discarded",)}


def _scope(call: Call) -> int | None:
    """The project that the call is about, None for the company; v1 has to name one of the two."""
    if "project_id" in call.args:
        return call.project.id
    if "company_id" in call.args:
        return None
    project_id = call.given_id("project_id")
    if project_id is not None:
        return call.company.visible_project(project_id, call.user).id
    if call.given_id("company_id") is None:
        raise missing_ids()
    return None


def _hooks(call: Call) -> Iterator[Hook]:
    wanted = _scope(call)
    return (hook for hook in call.company.hooks.by_id.values() if hook.project_id == wanted)


def _hook(call: Call, name: str = "hook_id") -> Hook:
    for hook in _hooks(call):
        if call.args[name] in (str(hook.id), hook.ulid):
            return hook
    raise not_found()


def _checked(call: Call, given: dict[str, Any], version_key: str, *, whole: bool) -> dict[str, list[str]]:
    """What is wrong with a hook's fields; whole: a new hook, which needs them."""
    wrong: dict[str, list[str]] = {}
    if (whole or "destination_url" in given) and (text := wrong_url(given.get("destination_url"))):
        wrong["destination_url"] = [text]
    if (whole or "namespace" in given) and (text := wrong_namespace(given.get("namespace"))):
        wrong["namespace"] = [text]
    if (whole or version_key in given) and str(given.get(version_key)) not in VERSIONS:
        wrong[version_key] = [f"must be one of {', '.join(VERSIONS)}"]
    headers = given.get("destination_headers")
    if headers is not None and (not isinstance(headers, dict) or any(
            not isinstance(value, str) or not value.isascii() or not value.isprintable() or name != "Authorization"
            for name, value in headers.items())):
        wrong["destination_headers"] = ["may hold Authorization only, as text"]
    if given.get("status") not in (None, "active", "disabled"):
        wrong["status"] = ["must be active or disabled"]
    return wrong


def _made(call: Call, given: dict[str, Any], version_key: str) -> Hook:
    company, hooks = call.company, call.company.hooks
    number = company.ids.next("webhook_hook")
    hook = Hook(number, ulid(call.now, number), company.id, _scope(call), given[version_key], given["namespace"],
                given["destination_url"], dict(given.get("destination_headers") or {}), call.user.id, call.now,
                call.now)
    hooks.enter(hook)
    return hook


def _changed(call: Call, hook: Hook, given: dict[str, Any], version_key: str) -> Hook:
    hook.version = given.get(version_key, hook.version)
    hook.namespace = given.get("namespace", hook.namespace)
    hook.url = given.get("destination_url", hook.url)
    if given.get("destination_headers") is not None:
        hook.headers = dict(given["destination_headers"])
    hook.disabled = given.get("status", "disabled" if hook.disabled else "active") == "disabled"
    hook.updated_at = call.now
    call.company.hooks.change(hook)
    return hook


def _trigger(call: Call, hook: Hook, given: object) -> Trigger | dict[str, list[str]]:
    """A new trigger, or what is wrong with it."""
    row = given if isinstance(given, dict) else {}
    known = resources(call.company, hook.project_id)
    resource, event = row.get("resource_name"), row.get("event_type")
    if not isinstance(resource, str) or resource not in known:
        return {"resource_name": ["is not a resource that this hook can be told of"]}
    if not isinstance(event, str) or event.lower() not in known[resource]:
        return {"event_type": [f"must be one of {', '.join(known[resource])}"]}
    for held in hook.triggers.values():
        if (held.resource, held.event) == (resource, event.lower()):
            return {"resource_name": ["has already been taken"]}
    number = call.company.ids.next("webhook_trigger")
    made = hook.triggers[number] = Trigger(number, ulid(call.now, number), resource, event.lower(), call.user.id)
    return made


def _rows(call: Call, key: str = "triggers") -> list[Any]:
    rows = call.body.get(key)
    if not isinstance(rows, list):
        raise bad_request(f"param is missing or the value is empty: {key}")
    if len(rows) > MOST_TRIGGERS:
        raise Refusal(413, {"errors": f"Exceeded limit of {MOST_TRIGGERS} triggers per request"})
    return rows


# -- v1.0 --------------------------------------------------------------------------------------------------------------

def _shown1(hook: Hook) -> dict[str, Any]:
    return {"id": hook.id, "api_version": hook.version, "namespace": hook.namespace, "destination_url": hook.url,
            "destination_headers": masked(hook.headers),
            "owned_by_company_id": hook.company_id if hook.project_id is None else None,
            "owned_by_project_id": hook.project_id, "owned_by_user_id": hook.user_id}


def _trigger1(hook: Hook, trigger: Trigger) -> dict[str, Any]:
    return {"id": trigger.id, "webhook_hook_id": hook.id, "resource_name": trigger.resource, "resource_id": None,
            "event_type": trigger.event.upper(), "company_id": hook.company_id, "project_id": hook.project_id,
            "user_id": trigger.user_id}


def hooks(call: Call) -> Answer:
    namespace, version = call.request.param("namespace"), call.request.param("api_version")
    return Answer([_shown1(hook) for hook in _hooks(call)
                   if namespace in (None, hook.namespace) and version in (None, hook.version)])


def create_hook(call: Call) -> Answer:
    given = call.wrapped("hook")
    _scope(call)
    if wrong := _checked(call, given, "api_version", whole=True):
        raise Refusal(422, {"errors": wrong})
    return created(_shown1(_made(call, given, "api_version")))


def update_hook(call: Call) -> Answer:
    given, hook = call.wrapped("hook"), _hook(call, "id")
    if wrong := _checked(call, given, "api_version", whole=False):
        raise Refusal(422, {"errors": wrong})
    return Answer(_shown1(_changed(call, hook, given, "api_version")))


def delete_hook(call: Call) -> Answer:
    call.company.hooks.drop(_hook(call, "id"))
    return EMPTY


def triggers(call: Call) -> Answer:
    hook = _hook(call)
    return Answer([_trigger1(hook, trigger) for trigger in hook.triggers.values()])


def create_trigger(call: Call) -> Answer:
    hook = _hook(call)
    made = _trigger(call, hook, call.wrapped("trigger"))
    if not isinstance(made, Trigger):
        raise Refusal(422, {"errors": made})
    return created(_trigger1(hook, made))


def delete_trigger(call: Call) -> Answer:
    hook = _hook(call)
    if hook.triggers.pop(call.arg_id(), None) is None:
        raise not_found()
    return EMPTY


def create_triggers(call: Call) -> Answer:
    """207 where some were refused."""
    hook, rows = _hook(call), _rows(call)
    made = [(row, _trigger(call, hook, row)) for row in rows]
    success = [_trigger1(hook, found) for _, found in made if isinstance(found, Trigger)]
    errors = [{"trigger": plain(row), "errors": found} for row, found in made if not isinstance(found, Trigger)]
    return Answer({"success": success, **({"errors": errors} if errors else {})}, 207 if errors else 200)


def delete_triggers(call: Call) -> Answer:
    hook, rows = _hook(call), _rows(call)
    gone = [row for row in rows if type(row) is int and hook.triggers.pop(row, None) is not None]
    errors = [{"id": plain(row), "errors": "Record not found"} for row in rows if row not in gone]
    return Answer({"success": gone, **({"errors": errors} if errors else {})}, 207 if errors else 200)


def deliveries(call: Call) -> Answer:
    """Newest first: those that were tried or given up. page_start is the last event_id of the page before."""
    hook = _hook(call)
    wanted = STATUS_FILTERS.get(next(iter(call.filters.get("status", [])), "any"))
    start, size = call.request.param("page_start"), call.request.param("page_size") or ""
    found = [delivery for delivery in call.company.hooks.deliveries(hook)
             if (delivery.attempts or delivery.state == "discarded")
             and (wanted is None or OUTCOMES[delivery.state] in wanted)
             and (start is None or not start.isdecimal() or len(start) > 18 or delivery.id < int(start))]
    most = int(size) if size.isascii() and size.isdecimal() and 0 < int(size) <= 1000 else DELIVERIES_PAGE
    return Answer([_delivery1(delivery) for delivery in found[:most]])


def _delivery1(delivery: Delivery) -> dict[str, Any]:
    last = delivery.attempts[-1] if delivery.attempts else None
    at = stamp(last.at if last else delivery.created)
    return {"event_id": delivery.id, "event": delivery.events[0], "outcome": OUTCOMES[delivery.state],
            "response_status": last.status or None if last else None, "response_body": last.body if last else None,
            "response_error": last.error or None if last else None, "response_headers": {}, "started_at": at,
            "completed_at": at}


def list_resources(call: Call) -> Answer:
    project_id = call.given_id("project_id")
    if project_id is not None:
        call.company.visible_project(project_id, call.user)
    return Answer([_resource1(name, events) for name, events in resources(call.company, project_id).items()])


def _resource1(name: str, events: tuple[str, ...]) -> dict[str, Any]:
    told = {event: name for event in events}
    return {"api_version": "v2", "product_category": "Project Financials", "tools": "Webhooks",
            "except": [event for event in ("create", "update", "delete") if event not in events], **told}


def api_versions(call: Call) -> Answer:
    return Answer(["v2", "v3", "v4.0"])


# -- v2.0 --------------------------------------------------------------------------------------------------------------

def _shown2(hook: Hook) -> dict[str, Any]:
    return {"id": hook.ulid, "status": "disabled" if hook.disabled else "active", "payload_version": hook.payload,
            "namespace": hook.namespace, "destination_url": hook.url, "destination_headers": masked(hook.headers),
            "trigger_count": len(hook.triggers), "company_id": str(hook.company_id),
            "project_id": None if hook.project_id is None else str(hook.project_id),
            "created_at": stamp(hook.created_at), "updated_at": stamp(hook.updated_at)}


def _trigger2(hook: Hook, trigger: Trigger) -> dict[str, Any]:
    return {"id": trigger.ulid, "webhook_hook_id": hook.ulid, "resource_name": trigger.resource,
            "event_type": trigger.event, "company_id": str(hook.company_id),
            "project_id": None if hook.project_id is None else str(hook.project_id)}


def _bad(wrong: dict[str, list[str]]) -> Refusal:
    details = [{"reason_code": name, "message": text} for name, texts in wrong.items() for text in texts]
    return Refusal(400, {"error": {"code": "BAD_REQUEST", "message": "Invalid request", "details": details}})


def hooks_2(call: Call) -> Answer:
    namespace, version = call.request.param("namespace"), call.request.param("payload_version")
    return data_page(call, [hook for hook in _hooks(call) if namespace in (None, hook.namespace)
                            and version in (None, hook.payload)], _shown2)


def hook_2(call: Call) -> Answer:
    return Answer({"data": _shown2(_hook(call, "id"))})


def create_hook_2(call: Call) -> Answer:
    if wrong := _checked(call, call.body, "payload_version", whole=True):
        raise _bad(wrong)
    return created({"data": _shown2(_made(call, call.body, "payload_version"))})


def update_hook_2(call: Call) -> Answer:
    hook = _hook(call, "id")
    if wrong := _checked(call, call.body, "payload_version", whole=False):
        raise _bad(wrong)
    return Answer({"data": _shown2(_changed(call, hook, call.body, "payload_version"))})


def delete_hook_2(call: Call) -> Answer:
    call.company.hooks.drop(_hook(call, "id"))
    return NOTHING


def triggers_2(call: Call) -> Answer:
    hook = _hook(call)
    return data_page(call, list(hook.triggers.values()), lambda trigger: _trigger2(hook, trigger))


def create_trigger_2(call: Call) -> Answer:
    hook = _hook(call)
    made = _trigger(call, hook, call.body)
    if not isinstance(made, Trigger):
        raise _bad(made)
    return created({"data": _trigger2(hook, made)})


def delete_trigger_2(call: Call) -> Answer:
    hook = _hook(call)
    for trigger in hook.triggers.values():
        if trigger.ulid == call.args["id"]:
            del hook.triggers[trigger.id]
            return NOTHING
    raise not_found()


def create_triggers_2(call: Call) -> Answer:
    """The description shows one trigger as the body; a list under `triggers` is taken as well."""
    hook = _hook(call)
    rows = _rows(call) if "triggers" in call.body else [call.body]
    made = [(row, _trigger(call, hook, row)) for row in rows]
    data = [_trigger2(hook, found) for _, found in made if isinstance(found, Trigger)]
    errors = [{"trigger": plain(row), "errors": found} for row, found in made if not isinstance(found, Trigger)]
    return Answer({"data": data, **({"errors": errors} if errors else {})}, 207 if errors else 201)


def delete_triggers_2(call: Call) -> Answer:
    hook, rows = _hook(call), _rows(call)
    by_name = {trigger.ulid: trigger.id for trigger in hook.triggers.values()}
    gone = [row for row in rows if isinstance(row, str) and hook.triggers.pop(by_name.get(row, -1), None) is not None]
    failed = [plain(row) for row in rows if row not in gone]
    return Answer({"data": {"succeeded": gone, **({"failed": failed} if failed else {})}}, 207 if failed else 200)


Status = Literal["delivered", "failed", "discarded", "enqueued", "retrying"]


def _status(delivery: Delivery) -> Status:
    if delivery.state in ("delivered", "discarded"):
        return "delivered" if delivery.state == "delivered" else "discarded"
    return "retrying" if delivery.attempts else "enqueued"


def deliveries_2(call: Call) -> Answer:
    hook = _hook(call)

    def asked(name: str) -> str | None:
        return call.request.param(f"filter[{name}]")
    status = "delivered" if asked("status") == "succeeded" else asked("status")
    resource, event, start, end = asked("resource_name"), asked("event_type"), asked("start"), asked("end")
    found = [delivery for delivery in call.company.hooks.deliveries(hook) if delivery.state != "missing"
             and status in (None, _status(delivery))
             and resource in (None, _told(delivery, "resource_name", "resource_type"))
             and event in (None, _told(delivery, "event_type", "reason"))
             and (start or "")[:10] <= delivery.created.date().isoformat() <= (end or "9999-12-31")[:10]]
    return data_page(call, found, _delivery2)


def _told(delivery: Delivery, *names: str) -> Any:
    return next((delivery.events[0][name] for name in names if name in delivery.events[0]), None)


def _delivery2(delivery: Delivery) -> dict[str, Any]:
    return {"id": ulid(delivery.created, delivery.id), "status": _status(delivery), "payload": delivery.events[0],
            "delivery_attempts": [{
                "attempted_at": stamp(attempt.at), "response_status": attempt.status or None,
                "response_body": attempt.body, "response_error": attempt.error or None}
                for attempt in delivery.attempts]}


def resources_2(call: Call) -> Answer:
    version = call.request.param("payload_version")
    if version not in ("v2.0", "v3.0", "v4.0"):
        raise _bad({"payload_version": ["must be one of v2.0, v3.0, v4.0"]})
    rows = [{"category": "Project Financials", "tool": "Webhooks", "name": name, "payload_version": version,
             "actions": list(events)} for name, events in resources(call.company, _scope(call)).items()]
    return data_page(call, rows, lambda row: row)


Row = tuple[str, str, Callable[[Call], Answer]]
COMPANY: tuple[Row, ...] = (
    ("GET", V1 + "/hooks", hooks), ("POST", V1 + "/hooks", create_hook),
    ("PATCH", V1 + "/hooks/{id}", update_hook), ("DELETE", V1 + "/hooks/{id}", delete_hook),
    ("GET", V1 + "/hooks/{hook_id}/triggers", triggers), ("POST", V1 + "/hooks/{hook_id}/triggers", create_trigger),
    ("DELETE", V1 + "/hooks/{hook_id}/triggers/{id}", delete_trigger),
    ("POST", V1 + "/hooks/{hook_id}/triggers/bulk", create_triggers),
    ("DELETE", V1 + "/hooks/{hook_id}/triggers/bulk", delete_triggers),
    ("GET", V1 + "/hooks/{hook_id}/deliveries", deliveries),
    ("GET", V1 + "/resources", list_resources), ("GET", V1 + "/resources/api_versions", api_versions))


def _v2(base: str) -> tuple[Row, ...]:
    return (
        ("GET", base + "/hooks", hooks_2), ("POST", base + "/hooks", create_hook_2),
        ("GET", base + "/hooks/{id}", hook_2), ("PATCH", base + "/hooks/{id}", update_hook_2),
        ("DELETE", base + "/hooks/{id}", delete_hook_2),
        ("GET", base + "/hooks/{hook_id}/triggers", triggers_2),
        ("POST", base + "/hooks/{hook_id}/triggers", create_trigger_2),
        ("DELETE", base + "/hooks/{hook_id}/triggers/{id}", delete_trigger_2),
        ("POST", base + "/hooks/{hook_id}/triggers/bulk", create_triggers_2),
        ("DELETE", base + "/hooks/{hook_id}/triggers/bulk", delete_triggers_2),
        ("GET", base + "/hooks/{hook_id}/deliveries", deliveries_2), ("GET", base + "/resources", resources_2))


COMPANY += _v2(V2_COMPANY)
PROJECT: dict[str, tuple[Row, ...]] = {"webhooks": _v2(V2_PROJECT)}

