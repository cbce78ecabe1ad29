"""`tieout apply` and `tieout export`: the set-up of an installation as one TOML file. [A78 A135]

Absent is kept as it is; `remove = true` removes. All of a file is applied, or none of it.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from tieout.app.setup_read import CODED, SetupErrors, SetupFile, Wanted, read_setup
from tieout.core.rules import flattened, rules_from
from tieout.engine import trail, worker
from tieout.engine.store import models
from tieout.engine.store.models import Connection, Pair, RoutedProject
from tieout.engine.store.tokens import keep_secret, keep_tokens, secret_of
from tieout.ports import NotAuthorised, Tokens

BARE = re.compile(r"[A-Za-z0-9_-]+")
KIND_OF_SIDE = {"procore": "procore", "quickbooks": "quickbooks_online"}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)                  # of an access token: to be renewed before its first use


class Changes:
    """What was changed, said per chain of the trail ("" is the installation's own), and what is wrong."""

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {}
        self.errors: list[str] = []
        self.touched: set[int] = set()

    def say(self, chain: str, text: str) -> None:
        self.said.setdefault(chain, []).append(text)

    def all(self) -> list[str]:
        return [text for texts in self.said.values() for text in texts]


def apply(path: Path, *, by: str, now: datetime) -> list[str]:
    """Brings the file about and returns what changed, in words. Raises SetupErrors, with nothing changed."""
    found = read_setup(path)
    changes = Changes()
    with transaction.atomic():
        _apply_connections(found, changes)
        _apply_pairs(found, changes)
        _remove_connections(found, changes)
        if changes.errors:
            raise SetupErrors(changes.errors)
        for chain, texts in changes.said.items():
            trail.append(chain, [trail.Entry(kind="setup", subject="setup", says=text, by=by) for text in texts], now)
    for pair_id in changes.touched:
        worker.ask(pair_id)
    return changes.all()


# --- connections -----------------------------------------------------------------------------------------------------


def _apply_connections(found: SetupFile, changes: Changes) -> None:
    for called, wanted in found.connections.items():
        if not wanted.remove:
            _apply_connection(called, wanted, changes)


def _apply_connection(called: str, wanted: Wanted, changes: Changes) -> None:
    row = Connection.objects.select_for_update().filter(name=called).first()
    new = row is None
    if row is None:
        if "kind" not in wanted:
            changes.errors.append(f"{wanted.where} lacks kind: procore or quickbooks_online")
            return
        row = Connection(name=called, kind=wanted.get("kind"), grant=_usual_grant(wanted))
    _check_fixed(row, wanted, changes, new)
    told = []
    own = "company_id" if row.kind == "procore" else "realm_id"
    if own in wanted and row.company_id != wanted.get(own):
        told.append(f"{own} {wanted.get(own)}")
        row.company_id = wanted.get(own)
    again = False                                            # whether the grant in hand no longer counts
    for key in ("base_url", "login_url", "client_id", "grant"):
        if key in wanted and getattr(row, key) != wanted.get(key):
            told.append(f"{key} {wanted.get(key)}".strip())
            setattr(row, key, wanted.get(key))
            again = again or key != "base_url"
    told += _secrets(row, wanted, again)
    if new:
        changes.say("", f"Connection {called} was added ({row.kind}).")
    elif told:
        changes.say("", f"Connection {called}: {', '.join(told)}.")
    if new or told:
        row.save()
        changes.touched |= set(_pairs_of(row).values_list("pk", flat=True))


def _usual_grant(wanted: Wanted) -> str:
    """A Procore company that is named needs no person to choose it: then the service account speaks for itself."""
    by_itself = wanted.get("kind") == "procore" and "company_id" in wanted and "refresh_token" not in wanted
    return "client_credentials" if by_itself else "authorization_code"


def _check_fixed(row: Connection, wanted: Wanted, changes: Changes, new: bool) -> None:
    """A connection stays with its vendor, and with its company once that was read: its links would point elsewhere."""
    if "kind" in wanted and wanted.get("kind") != row.kind:
        changes.errors.append(f'{wanted.where}.kind = "{wanted.get("kind")}": this connection is to {row.kind}; '
                              "give the new one another name")
    own, other = ("company_id", "realm_id") if row.kind == "procore" else ("realm_id", "company_id")
    if other in wanted and "kind" not in wanted:
        changes.errors.append(f"{wanted.where}.{other} = {wanted.get(other)}: a {row.kind} connection has {own}")
    company = wanted.get(own, row.company_id)
    if not new and row.company_id and company != row.company_id and row.seen.exists():
        changes.errors.append(f"{wanted.where}.{own} = {company}: this connection has read company {row.company_id}; "
                              "give the connection to another company another name")


def _secrets(row: Connection, wanted: Wanted, again: bool) -> list[str]:
    told = []
    key = settings.TIEOUT_ENVELOPE_KEY
    if "client_secret" in wanted:
        try:
            same = secret_of(row, key) == wanted.get("client_secret")
        except NotAuthorised:
            same = False
        if not same:
            keep_secret(row, key, wanted.get("client_secret"))
            told.append("client secret")
    if "refresh_token" in wanted and (again or not row.tokens_sealed or row.refused_why):
        keep_tokens(row, key, Tokens(access="", refresh=wanted.get("refresh_token"), expires_at=LONG_AGO))
        told.append("refresh token taken over")
    elif row.pk and (again or told) and row.grant == "client_credentials":
        row.tokens_sealed, row.refused_why = b"", ""         # a new access token is asked for with what is new
    return told


def _pairs_of(row: Connection) -> QuerySet[Pair]:
    return Pair.objects.filter(**{row.kind if row.kind == "procore" else "quickbooks": row})


def _remove_connections(found: SetupFile, changes: Changes) -> None:
    for called, wanted in found.connections.items():
        row = Connection.objects.filter(name=called).first() if wanted.remove else None
        if row is None:
            continue
        used = sorted(_pairs_of(row).values_list("name", flat=True))
        if used:
            changes.errors.append(f"{wanted.where}.remove: the connection is used by {', '.join(used)}; "
                                  "remove the pair first, or in the same file")
            continue
        row.delete()
        changes.say("", f"Connection {called} was removed.")


# --- pairs -----------------------------------------------------------------------------------------------------------


def _apply_pairs(found: SetupFile, changes: Changes) -> None:
    for called, wanted in found.pairs.items():
        if wanted.remove:
            _remove_pair(called, wanted, changes)
        else:
            _apply_pair(called, wanted, changes)


def _remove_pair(called: str, wanted: Wanted, changes: Changes) -> None:
    pair = Pair.objects.filter(name=called).first()
    if pair is None:
        return
    if pair.mode != "off":
        changes.errors.append(f'{wanted.where}.remove: the pair is {pair.mode}; apply mode = "off" first. '
                              "Removing it forgets which documents belong together")
        return
    pair.delete()
    changes.say("", f"Pair {called} was removed, with its links and problems. Its trail stays.")


def _apply_pair(called: str, wanted: Wanted, changes: Changes) -> None:
    pair = Pair.objects.select_for_update().filter(name=called).first()
    told: list[str] = []
    sides = {side: _side(side, wanted, changes, pair) for side in KIND_OF_SIDE}
    if pair is None:
        if None in sides.values():
            return
        pair = Pair.objects.create(name=called, **sides)
        changes.say(called, f"Pair {called} was added: {sides['procore']} and {sides['quickbooks']}.")
    else:
        for side, connection in sides.items():
            if connection is not None and getattr(pair, f"{side}_id") != connection.pk:
                setattr(pair, side, connection)
                told.append(f"{side} is now {connection}")
    if "mode" in wanted and wanted.get("mode") != pair.mode:
        told.append(f"mode {pair.mode} -> {wanted.get('mode')}")
        pair.mode = wanted.get("mode")
    told += _apply_rules(pair, wanted, changes)
    pair.save()
    told += [text for one in wanted.projects for text in _apply_project(pair, one, changes)]
    told += [text for one in wanted.mappings for text in _apply_mapping(pair, one)]
    for text in told:
        changes.say(called, f"Pair {called}: {text}.")
    if told:
        # Modes, routing and mappings too: a plan is made anew only when what it was made from has changed.
        Pair.objects.filter(pk=pair.pk).update(rules_version=F("rules_version") + 1)
        changes.touched.add(pair.pk)


def _side(side: str, wanted: Wanted, changes: Changes, pair: Pair | None) -> Connection | None:
    called = wanted.get(side)
    if called is None:
        if pair is None:
            changes.errors.append(f"{wanted.where} lacks {side}: name its connection")
        return None
    row = Connection.objects.filter(name=called).first()
    if row is None:
        known = ", ".join(Connection.objects.order_by("name").values_list("name", flat=True)) or "none"
        changes.errors.append(f'{wanted.where}.{side} = "{called}": no connection has this name; there are: {known}')
    elif row.kind != KIND_OF_SIDE[side]:
        changes.errors.append(f'{wanted.where}.{side} = "{called}": this is a connection to {row.kind}')
    elif pair is not None and getattr(pair, f"{side}_id") != row.pk and (
            pair.postings.exists() or pair.agreed.exists()):
        changes.errors.append(f'{wanted.where}.{side} = "{called}": this pair has entered documents with another '
                              "connection; make a new pair")
    else:
        return row
    return None


def _apply_rules(pair: Pair, wanted: Wanted, changes: Changes) -> list[str]:
    """Judged together with the rules in force, because one can depend on another."""
    before = flattened(pair.rules)
    after = {**before, **flattened(wanted.get("rules", {}))}
    if after == before:
        return []
    judged = rules_from(after)
    if isinstance(judged, tuple):
        changes.errors += [f"{wanted.where}.{error.says()}" for error in judged]
        return []
    pair.rules = nested(after)
    return [f"rule {key}: {_shown(before[key])} -> {_shown(value)}" if key in before else f"rule {key}: {_shown(value)}"
            for key, value in after.items() if before.get(key) != value]


def _apply_project(pair: Pair, wanted: Wanted, changes: Changes) -> list[str]:
    number = wanted.get("number")
    row = RoutedProject.objects.filter(pair=pair, number=number).first()
    if wanted.remove:
        if row is None:
            return []
        row.delete()
        return [f"project {number} is no longer routed here"]
    elsewhere = RoutedProject.objects.filter(number=number, pair__procore=pair.procore).exclude(pair=pair).first()
    if elsewhere is not None and row is None:
        changes.errors.append(f"{wanted.where}: pair {elsewhere.pair} has this project already; remove it there first")
        return []
    before = {} if row is None else {key: getattr(row, key) for key in PROJECT_KEYS}
    row = row or RoutedProject(pair=pair, number=number)
    values = {key: wanted.get(key) for key in PROJECT_KEYS if key in wanted}
    if values.get("job"):
        values.setdefault("customer", "")
    elif values.get("customer"):
        values.setdefault("job", "")
    for key, value in values.items():
        setattr(row, key, value)
    if row.start is None and row.from_application is None:
        changes.errors.append(f"{wanted.where} lacks start: a date; what is older is not entered a second time "
                              "(or from_application = 7)")
        return []
    told = [f"{key} {_shown(value)}" for key, value in values.items() if before.get(key, _EMPTY[key]) != value]
    if not before or told:
        row.save()
    if not before:
        return [f"project {number} is routed here" + (f" ({', '.join(told)})" if told else "")]
    return [f"project {number}: {', '.join(told)}"] if told else []


PROJECT_KEYS = ("customer", "job", "start", "from_application", "modes")
_EMPTY: dict[str, Any] = {"customer": "", "job": "", "start": None, "from_application": None, "modes": {}}


def _apply_mapping(pair: Pair, wanted: Wanted) -> list[str]:
    kind = wanted.get("kind")
    rows = {row.source: row for row in models.Mapping.objects.filter(pair=pair, kind=kind)}
    told: list[str] = []
    for source, target in wanted.get("pairs", []):
        row = rows.get(source)
        if wanted.remove:
            if row is not None:
                row.delete()
                rows.pop(source)
                told.append(f"{kind} {source} is no longer mapped")
        elif row is None:
            rows[source] = models.Mapping.objects.create(pair=pair, kind=kind, source=source, target=target)
            told.append(f"{kind} {source} -> {target}")
        elif row.target != target:
            told.append(f"{kind} {source}: {row.target} -> {target}")
            row.target = target
            row.save(update_fields=["target"])
    return told


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`{"bill.date": x}` as `{"bill": {"date": x}}`."""
    table: dict[str, Any] = {}
    for key, value in flat.items():
        *path, last = key.split(".")
        inner = table
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return table


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inside}" for key, inside in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "none" if value in ("", None) else str(value)


# --- export ----------------------------------------------------------------------------------------------------------


def export() -> str:
    """What is in force as the same file, secrets left out. Applying it changes nothing."""
    lines = ["# The set-up of tieout as it is in force. Secrets are left out: absent is kept as it is."]
    for row in Connection.objects.order_by("name"):
        lines += ["", f"[connections.{_key(row.name)}]", *_lines({
            "kind": row.kind, "base_url": row.base_url, "login_url": row.login_url, "grant": row.grant,
            "company_id" if row.kind == "procore" else "realm_id": row.company_id, "client_id": row.client_id})]
    for pair in Pair.objects.select_related("procore", "quickbooks").order_by("name"):
        lines += ["", "[[pairs]]", *_lines({"name": pair.name, "procore": pair.procore.name,
                                            "quickbooks": pair.quickbooks.name, "mode": pair.mode})]
        for project in pair.projects.order_by("number"):
            lines += ["", "[[pairs.projects]]", *_lines({"number": project.number} | {
                key: getattr(project, key) for key in PROJECT_KEYS})]
        if pair.rules:
            lines += ["", "[pairs.rules]", *_lines(dict(sorted(flattened(pair.rules).items())))]
        lines += _mapping_lines(pair)
    return "\n".join(lines) + "\n"


def _mapping_lines(pair: Pair) -> Iterator[str]:
    kinds = pair.mappings.order_by("kind").values_list("kind", flat=True).distinct()
    for kind in kinds:
        rows = pair.mappings.filter(kind=kind).order_by("source").values_list("source", "target")
        yield from ("", "[[pairs.mappings]]", f'kind = "{kind}"', "rows = [")
        for source, target in rows:
            # a code's own dots stay its own: the first column alone is the whole source
            cells = [source, "", target] if kind in CODED else [source, target]
            yield f"  {_toml(cells)},"
        yield "]"


def _lines(values: Mapping[str, Any]) -> list[str]:
    """One `key = value` each; empty ones are left out. Dotted keys are written as they are read."""
    return [f"{'.'.join(_key(part) for part in key.split('.'))} = {_toml(value)}" for key, value in values.items()
            if value not in ("", None, {}, [])]


def _key(text: str) -> str:
    return text if BARE.fullmatch(text) else _toml(text)


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case dict():
            return "{ " + ", ".join(f"{_key(str(key))} = {_toml(inside)}" for key, inside in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_toml(inside) for inside in value) + "]"
    return '"' + "".join(_escaped(c) for c in str(value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return f"\\u{ord(character):04x}" if ord(character) < 0x20 or ord(character) == 0x7F else character
