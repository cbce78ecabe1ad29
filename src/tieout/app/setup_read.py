"""Reads the set-up file: every mistake at once, each with the key, the value, the fix and the nearest known key.

What is read here is only checked against itself; what is in force is compared in `setup_file`.
"""
from __future__ import annotations

import csv
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tieout.core.flows.registry import BY_NAME
from tieout.core.rules import KNOWN as RULES

KINDS = ("procore", "quickbooks_online")
GRANTS = ("authorization_code", "client_credentials")
MODES = ("off", "shadow", "review", "live")
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
# mapping kind -> the columns of a row before its target
COLUMNS = {"vendor": ("company",), "customer": ("customer",), "cost_code": ("code", "type"), "cost_type": ("type",),
           "class": ("code", "type")}
CODED = ("cost_code", "class")                               # their rows may leave the type out
HEADINGS = {"vendor", "company", "customer", "code", "cost code", "cost_code", "type", "cost type", "cost_type",
            "source"}
INLINE = {"client_secret": "client_secret_file", "refresh_token": "refresh_token_file", "access_token":
          "refresh_token_file", "password": "client_secret_file", "token": "refresh_token_file"}
# a slip of the pen in such a key must not print what stands behind it
READS_AS_SECRET = re.compile(r"secr|tok[ae]?n|passw|pwd|key", re.IGNORECASE)
MOST_ROWS = 100_000


class SetupErrors(Exception):
    """Everything that is wrong with the file. Nothing of it was applied."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


@dataclass(slots=True)
class Wanted:
    """One table of the file: the keys that it has, checked. `where` names it in errors."""

    where: str
    values: dict[str, Any]
    remove: bool = False
    projects: list[Wanted] = field(default_factory=list)
    mappings: list[Wanted] = field(default_factory=list)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def get(self, key: str, otherwise: Any = None) -> Any:
        return self.values.get(key, otherwise)


@dataclass(slots=True)
class Reader:
    folder: Path
    errors: list[str] = field(default_factory=list)

    def wrong(self, where: str, value: object, fix: str) -> None:
        self.errors.append(f"{where} = {_as_toml(value)}: {fix}")

    def missing(self, where: str, key: str, fix: str) -> None:
        self.errors.append(f"{where} lacks {key}: {fix}")

    def read(self, where: str, table: object, known: Mapping[str, Check]) -> Wanted:
        """The table's values as `known` checks them; unknown keys and wrong values are noted."""
        if not isinstance(table, dict):
            self.wrong(where, table, "this must be a table of keys")
            return Wanted(where, {})
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in INLINE and key not in known:
                self.errors.append(f"{where}.{key}: secrets are never written in this file; put it in a file of its "
                                   f"own and name that in {INLINE[key]} (or a variable in "
                                   f"{INLINE[key].replace('_file', '_env')})")
            elif key not in known:
                shown = "…" if READS_AS_SECRET.search(key) else value
                self.wrong(f"{where}.{key}", shown, unknown_key(key, known))
            else:
                try:
                    values[key] = known[key](self, value)
                except ValueError as wrong:
                    self.wrong(f"{where}.{key}", value, str(wrong))
        return Wanted(where, values, remove=values.pop("remove", False))


Check = Callable[[Reader, Any], Any]


def unknown_key(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"this key is not known; did you mean {near[0]}?" if near else \
        f"this key is not known; known here are {', '.join(known)}"


def _as_toml(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


# --- what a value may be ---------------------------------------------------------------------------------------------


def text(most: int = 500) -> Check:
    def check(_: Reader, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("write it in quotes")
        if len(value) > most:
            raise ValueError(f"it is longer than {most} characters")
        return value.strip()
    return check


def one_of(*allowed: str) -> Check:
    def check(_: Reader, value: Any) -> str:
        if value not in allowed:
            near = difflib.get_close_matches(str(value), allowed, n=1)
            raise ValueError(f"choose one of {', '.join(allowed)}" + (f"; did you mean {near[0]}?" if near else ""))
        return str(value)
    return check


def number_text(_: Reader, value: Any) -> str:
    """A vendor's id: digits, in quotes or not."""
    shown = str(value) if not isinstance(value, bool) else ""
    if not re.fullmatch(r"\d{1,19}", shown):
        raise ValueError("this is a number of up to 19 digits")
    return shown


def name(_: Reader, value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError("a name is made of letters, digits, - and _, up to 80")
    return value


def url(_: Reader, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("write it in quotes")
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if value and (not fine or parts.query or parts.fragment):
        raise ValueError("write an address like https://host or http://127.0.0.1:9201")
    return value.rstrip("/")


def day(_: Reader, value: Any) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError("write a date like 2026-01-31") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("write a date like 2026-01-31")
    return value


def count(_: Reader, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
        raise ValueError("write a whole number from 1")
    return value


def yes(_: Reader, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("write true or false")
    return value


def secret_file(reader: Reader, value: Any) -> str:
    """The content of a file beside the set-up file."""
    if not isinstance(value, str) or not value:
        raise ValueError("name a file that holds the secret")
    path = reader.folder / Path(value).expanduser()
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as refused:
        why = getattr(refused, "strerror", None) or "it is not text"
        raise ValueError(f"the file {path} cannot be read: {why}") from None
    if not content:
        raise ValueError(f"the file {path} is empty")
    return content


def secret_env(_: Reader, value: Any) -> str:
    if not isinstance(value, str) or not os.environ.get(value):
        raise ValueError(f"the environment has no variable {value}; set it before applying")
    return os.environ[value].strip()


def modes(_: Reader, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError('write it like { subcontractor_invoice_to_bill = "live" }')
    for flow, mode in value.items():
        if flow not in BY_NAME:
            raise ValueError(f"{flow}: {unknown_key(flow, BY_NAME).replace('this key', 'this flow')}")
        if mode not in MODES:
            raise ValueError(f"{flow} = {_as_toml(mode)}: choose one of {', '.join(MODES)}")
    return {str(flow): str(mode) for flow, mode in value.items()}


def table_of_rules(_: Reader, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("this must be a table of keys")
    return value


def table_rows(_: Reader, value: Any) -> list[list[str]]:
    if not isinstance(value, list) or not all(
            isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in value):
        raise ValueError('write rows like [["03-300", "S", "5100 Subcontractors"]], each cell in quotes')
    return [[cell.strip() for cell in row] for row in value]


def csv_rows(reader: Reader, value: Any) -> list[list[str]]:
    """A CSV file beside the set-up file, with or without a heading."""
    if not isinstance(value, str) or not value:
        raise ValueError("name a CSV file")
    path = reader.folder / Path(value).expanduser()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error) as refused:
        why = getattr(refused, "strerror", None) or "it is not CSV in UTF-8"
        raise ValueError(f"the file {path} cannot be read: {why}") from None
    if len(rows) > MOST_ROWS:
        raise ValueError(f"the file {path} has more than {MOST_ROWS} rows")
    rows = [row for row in rows if any(row)]
    return rows[1:] if rows and rows[0][0].casefold() in HEADINGS else rows


def listed(_: Reader, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("write it as [[…]] tables")
    return value


CONNECTION: dict[str, Check] = {
    "kind": one_of(*KINDS), "base_url": url, "login_url": url, "company_id": number_text, "realm_id": number_text,
    "grant": one_of(*GRANTS), "client_id": text(200), "client_secret_file": secret_file,
    "client_secret_env": secret_env, "refresh_token_file": secret_file, "refresh_token_env": secret_env, "remove": yes,
}
PAIR: dict[str, Check] = {
    "name": name, "procore": name, "quickbooks": name, "mode": one_of(*MODES), "projects": listed,
    "rules": table_of_rules, "mappings": listed, "remove": yes,
}
PROJECT: dict[str, Check] = {
    "number": text(80), "customer": text(), "job": text(), "start": day, "from_application": count, "modes": modes,
    "remove": yes,
}
MAPPING: dict[str, Check] = {"kind": one_of(*COLUMNS), "rows": table_rows, "file": csv_rows, "remove": yes}


# --- the file --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class SetupFile:
    connections: dict[str, Wanted]
    pairs: dict[str, Wanted]


def read_setup(path: Path) -> SetupFile:
    """Raises SetupErrors with everything that is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as refused:
        why = getattr(refused, "strerror", None) or "it is not text in UTF-8"
        raise SetupErrors([f"The file {path} cannot be read: {why}."]) from None
    except tomllib.TOMLDecodeError as broken:
        raise SetupErrors([f"The file {path} is not TOML: {broken}."]) from None
    reader = Reader(folder=path.absolute().parent)
    for key, value in content.items():
        if key not in ("connections", "pairs"):
            reader.wrong(key, "…" if isinstance(value, dict | list) else value,
                         unknown_key(key, ("connections", "pairs")))
    found = SetupFile(_connections(reader, content.get("connections", {})), _pairs(reader, content.get("pairs", [])))
    if reader.errors:
        raise SetupErrors(reader.errors)
    return found


def _connections(reader: Reader, tables: object) -> dict[str, Wanted]:
    if not isinstance(tables, dict):
        reader.wrong("connections", tables, "write each as [connections.NAME]")
        return {}
    found = {}
    for key, table in tables.items():
        where = f"connections.{key}"
        if not NAME.fullmatch(key):
            reader.wrong(where, "…", "a name is made of letters, digits, - and _, up to 80")
        wanted = found[key] = reader.read(where, table, CONNECTION)
        for secret in ("client_secret", "refresh_token"):
            by_file, by_env = wanted.values.pop(f"{secret}_file", ""), wanted.values.pop(f"{secret}_env", "")
            if by_file and by_env:
                reader.errors.append(f"{where}: give {secret}_file or {secret}_env, not both")
            if by_file or by_env:
                wanted.values[secret] = by_file or by_env
        own, other = ("company_id", "realm_id") if wanted.get("kind") == "procore" else ("realm_id", "company_id")
        if wanted.get("kind") and other in wanted:
            reader.wrong(f"{where}.{other}", wanted.get(other), f"a {wanted.get('kind')} connection has {own}")
        if wanted.get("kind") == "quickbooks_online" and wanted.get("grant", GRANTS[0]) != GRANTS[0]:
            reader.wrong(f"{where}.grant", wanted.get("grant"), "QuickBooks knows only authorization_code")
    return found


def _pairs(reader: Reader, tables: object) -> dict[str, Wanted]:
    if not isinstance(tables, list):
        reader.wrong("pairs", "…", "write each as [[pairs]] with a name")
        return {}
    found: dict[str, Wanted] = {}
    for position, table in enumerate(tables, 1):
        called = table.get("name") if isinstance(table, dict) else None
        where = f"pairs.{called}" if isinstance(called, str) and called else f"pairs[{position}]"
        wanted = reader.read(where, table, PAIR)
        if not called:
            reader.missing(where, "name", 'give it one, like name = "main"')
            continue
        if called in found:
            reader.wrong(f"{where}.name", called, "another pair in this file has this name")
        found[called] = wanted
        wanted.projects = _projects(reader, where, wanted.values.pop("projects", []))
        wanted.mappings = [_mapping(reader, f"{where}.mappings[{n}]", one)
                           for n, one in enumerate(wanted.values.pop("mappings", []), 1)]
        _check_rule_keys(reader, where, wanted.get("rules", {}))
    return found


def _projects(reader: Reader, where: str, tables: list[Any]) -> list[Wanted]:
    found: dict[str, Wanted] = {}
    for position, table in enumerate(tables, 1):
        number = table.get("number") if isinstance(table, dict) else None
        here = f"{where}.projects.{number}" if isinstance(number, str) and number else f"{where}.projects[{position}]"
        wanted = reader.read(here, table, PROJECT)
        if not wanted.get("number"):
            reader.missing(here, "number", "the project's number in Procore, in quotes")
            continue
        if wanted.get("customer") and wanted.get("job"):
            reader.errors.append(f"{here}: give customer (a job is made below it) or job (an existing one), not both")
        if wanted.get("number") in found:
            reader.wrong(f"{here}.number", number, "this project stands twice in this pair")
        found[wanted.get("number")] = wanted
    return list(found.values())


def _mapping(reader: Reader, where: str, table: Any) -> Wanted:
    """Its rows as (source, target) under `pairs`; the target of a row to remove may be left out."""
    wanted = reader.read(where, table, MAPPING)
    kind = wanted.get("kind")
    if kind is None:
        if "kind" not in (table if isinstance(table, dict) else {}):
            reader.missing(where, "kind", f"one of {', '.join(COLUMNS)}")
        return wanted
    if ("rows" in wanted) == ("file" in wanted):
        if "rows" in wanted or not isinstance(table, dict) or not {"rows", "file"} & set(table):
            reader.errors.append(f"{where}: give rows or file, one of the two")
        return wanted
    wanted.values["pairs"] = []
    sources = COLUMNS[kind]
    for number, row in enumerate(wanted.get("rows", wanted.get("file")), 1):
        cells = [*row, ""] if wanted.remove and len(row) == len(sources) else row
        if kind in CODED and len(cells) == 2:                # a code of every type, or a type of every code
            cells = [cells[0], "", cells[1]]
        if len(cells) != len(sources) + 1 or not cells[0] or (not cells[-1] and not wanted.remove):
            shape = ", ".join([*sources, "target in QuickBooks"])
            reader.wrong(f"{where} row {number}", ", ".join(row), f"a {kind} row is: {shape}")
            continue
        source = ".".join(cell for cell in cells[:-1] if cell)
        wanted.values["pairs"].append((source, cells[-1]))
    return wanted


def _check_rule_keys(reader: Reader, where: str, rules: Mapping[str, Any], prefix: str = "") -> None:
    """Unknown rules with the nearest known one; their values are judged together with those in force."""
    for key, value in rules.items():
        full = prefix + key
        if isinstance(value, dict):
            _check_rule_keys(reader, where, value, f"{full}.")
        elif full not in RULES:
            reader.wrong(f"{where}.rules.{full}", value, unknown_key(full, RULES))
