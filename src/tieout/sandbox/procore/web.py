"""The wire of the practice Procore: calls, answers, refusals, field values, pages and filters (procore.md 1)."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from tieout.sandbox.kit import Request
from tieout.sandbox.procore.forms import Part, is_form, nested, parts_of

if TYPE_CHECKING:
    from tieout.sandbox.procore.state import Company, Project, User

CENT = Decimal("0.01")
ZERO = Decimal(0)


class Refusal(Exception):
    """An answer with a 4xx or 5xx status, in one of the many shapes that Procore uses (1.8)."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, dict(headers or {})


def missing_ids() -> Refusal:
    return Refusal(400, {"error": {"code": "BAD_REQUEST", "message": "Missing Project or Company ID"}})


def bad_request(text: str) -> Refusal:
    return Refusal(400, {"errors": text})


def not_found() -> Refusal:
    return Refusal(404, {"message": "Record not found", "exception": "ActiveRecord::RecordNotFound"})


def forbidden(text: str, reason: str) -> Refusal:
    return Refusal(403, {"code": 56, "message": text, "fields": "", "reason": reason, "error": text})


def invalid(**errors: str) -> Refusal:
    """422 with one sentence per field; `base` for what belongs to no field."""
    return Refusal(422, {"errors": {name: [text] for name, text in errors.items()}})


class Answer(NamedTuple):
    body: object
    status: int = 200
    headers: Mapping[str, str] = {}


def created(body: object) -> Answer:
    return Answer(body, 201)


NOTHING = Answer(None, 204)
EMPTY = Answer(None, 200)


class Changed(NamedTuple):
    """parent: (id, resource) of the document that a line stands on."""

    resource: str
    event: str
    id: int
    project_id: int | None = None
    parent: tuple[int, str] | None = None


@dataclass
class Call:
    """One authorised request on its way to a handler.

    args     what stood in the braces of the route's template
    now      the sandbox's time, whole seconds, so that what is stored equals what is shown
    changed  for webhooks: what is changed beside the record of the path
    """

    request: Request
    company: Company
    user: User
    args: Mapping[str, str]
    now: datetime
    is_user_token: bool = True
    base_url: str = ""
    tool: str = ""
    changed: list[Changed] = field(default_factory=list)

    def tell(self, resource: str, event: str, id_: int, project_id: int | None = None,
             parent: tuple[int, str] | None = None) -> None:
        """project_id None: the call's own project."""
        self.changed.append(Changed(resource, event, id_, project_id, parent))

    @cached_property
    def _parts(self) -> list[Part]:
        """Of a form, with or without files."""
        try:
            return parts_of(self.request.headers.get("content-type", ""), self.request.body)
        except ValueError as wrong:
            raise bad_request(str(wrong)) from None

    @property
    def _is_form(self) -> bool:
        return bool(self.request.body) and is_form(self.request.headers.get("content-type", ""))

    def check_content_type(self) -> None:
        """A body is JSON or a form; anything else is 406 (1.8). A body without a word of its type is taken as JSON."""
        said = self.request.headers.get("content-type", "")
        if self.request.body and said and not (self._is_form or "json" in said.lower()):
            raise Refusal(406, {"errors": f"The content type {said[:100]} is not taken; send application/json, or "
                                          "multipart/form-data with files"})

    @property
    def files(self) -> list[Part]:
        """The files that came inside the body."""
        return [part for part in self._parts if part.filename is not None] if self._is_form else []

    @cached_property
    def body(self) -> dict[str, Any]:
        if not self.request.body:
            return {}
        if self._is_form:
            try:
                return nested(self._parts)
            except ValueError as wrong:
                raise bad_request(str(wrong)) from None
        try:
            found = json.loads(self.request.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise bad_request("There was a problem in the JSON you submitted") from None
        if not isinstance(found, dict):
            raise bad_request("The request body must be a JSON object")
        return found

    @cached_property
    def filters(self) -> dict[str, list[str]]:
        """`filters[x]=v` and `filters[x][]=v`, by x."""
        found: dict[str, list[str]] = {}
        for key, value in self.request.query:
            if key.startswith("filters["):
                found.setdefault(key[8:].split("]", 1)[0], []).append(value)
        return found

    @property
    def view(self) -> str:
        return self.request.param("view") or self.request.param("serializer_view") or ""

    def wrapped(self, key: str) -> dict[str, Any]:
        """The object under its wrapper key; without it Procore answers 400 (1.6)."""
        found = self.body.get(key)
        if not isinstance(found, dict):
            raise bad_request(f"param is missing or the value is empty: {key}")
        return found

    def arg_id(self, name: str = "id") -> int:
        return path_id(self.args[name])

    def given_id(self, name: str) -> int | None:
        """An id that may come in the query or beside the wrapper in the body."""
        value = self.request.param(name)
        if value is None and self.request.method != "GET":
            value = self.body.get(name)
        if value is None or value == "":
            return None
        try:
            return int(str(value))
        except ValueError:
            raise missing_ids() from None

    @cached_property
    def project(self) -> Project:
        """The project that the call is scoped to: of the path, the query or the body."""
        wanted = path_id(self.args["project_id"]) if "project_id" in self.args else self.given_id("project_id")
        if wanted is None:
            raise missing_ids()
        return self.company.visible_project(wanted, self.user, self.tool)


def path_id(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise not_found()
    return int(text)


# Values that go out

def stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")[:19] + "Z"


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def cents(value: Decimal) -> Decimal:
    """Half-up away from zero, to the cent."""
    return value.quantize(CENT, ROUND_HALF_UP)


def two(value: Decimal) -> str:
    """Subcontractor invoices and payments show two decimals: `1000.00`."""
    return str(cents(value) + ZERO)


def loose(value: Decimal | None) -> str | None:
    """Contracts show as many decimals as there are, and at least one: `50000.0` (6.5)."""
    if value is None:
        return None
    whole, _, rest = f"{value:f}".partition(".")
    shown = f"{whole}.{rest.rstrip('0') or '0'}"
    return "0.0" if shown == "-0.0" else shown


def number(value: Decimal | None) -> float | None:
    """A JSON number, where the description has one instead of text; it is never computed with."""
    return None if value is None else float(value)


# Values that come in

Read = Callable[[object], Any]
Fields = Mapping[str, Read]


def a_text(value: object) -> str | None:
    if isinstance(value, (bool, dict, list)):
        raise ValueError("is invalid")
    return None if value is None else str(value)


def an_integer(value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise ValueError("is not a number")
    try:
        return int(str(value))
    except ValueError:
        raise ValueError("is not a number") from None


def some_ids(value: object) -> list[int]:
    if not isinstance(value, list):
        raise ValueError("must be an array of ids")
    return [found for found in map(an_integer, value) if found is not None]


def a_flag(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("is invalid")


def a_day(value: object) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError("is not a valid date") from None


def a_number(value: object) -> Decimal | None:
    """A decimal, as text or as a JSON number; `1,000.00` is refused."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise ValueError("is not a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("is not a number") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise ValueError("is not a number")
    return number


def an_amount(value: object) -> Decimal | None:
    number = a_number(value)
    return None if number is None else cents(number)


def one_of(*allowed: str) -> Read:
    def read(value: object) -> str | None:
        if value is None or value in allowed:
            return str(value) if value is not None else None
        raise ValueError("is not included in the list")
    return read


def take(given: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """The known fields of a body, read; every bad one is reported (422). Unknown keys are ignored, as Procore does."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, read in fields.items():
        if name in given:
            try:
                values[name] = read(given[name])
            except ValueError as why:
                errors[name] = [str(why)]
    if errors:
        raise Refusal(422, {"errors": errors})
    return values


# Pages

def page_of(call: Call, rows: Sequence[Any], show: Callable[[Any], object], *,
            default: int = 100, most: int = 2000) -> Answer:
    """One page with `Total`, `Per-Page` and `Link`; a v1 list caps the page size in silence (1.4)."""
    size = min(_positive(call.request.param("per_page"), default), most)
    number = _positive(call.request.param("page"), 1)
    last = max(1, -(-len(rows) // size))
    headers = {"Total": str(len(rows)), "Per-Page": str(size)}
    link = _links(call, number, last)
    if link:
        headers["Link"] = link
    return Answer([show(row) for row in rows[(number - 1) * size:number * size]], 200, headers)


def data_page(call: Call, rows: Sequence[Any], show: Callable[[Any], object]) -> Answer:
    """A v2 page: 10 by default, at most 100, and more is refused with 400."""
    asked = _positive(call.request.param("per_page"), 10)
    if asked > 100:
        raise Refusal(400, {"error": {"code": "BAD_REQUEST", "message": "per_page must be at most 100", "details": []}})
    answer = page_of(call, rows, show, default=10, most=100)
    return Answer({"data": answer.body}, 200, answer.headers)


def _positive(text: str | None, default: int) -> int:
    """A number of more digits than anybody has pages is as good as its first ones."""
    digits = text.lstrip("0") if text and text.isascii() and text.isdecimal() else ""
    return int(digits[:18]) if digits else default


def _links(call: Call, number: int, last: int) -> str:
    wanted: dict[str, int] = {}
    if number > 1:
        wanted |= {"first": 1, "prev": number - 1}
    if number < last:
        wanted |= {"last": last, "next": number + 1}
    others = [(key, value) for key, value in call.request.query if key != "page"]
    return ", ".join(f'<{call.base_url}{call.request.path}?{urlencode([*others, ("page", str(page))])}>; rel="{rel}"'
                     for rel, page in wanted.items())


# Filters

Test = Callable[[Any], bool]
Filter = Callable[[list[str]], Test]


def filtered(call: Call, rows: Iterable[Any], known: Mapping[str, Filter]) -> list[Any]:
    """Filters that the endpoint knows are ANDed; others are ignored, which is one of Procore's traps."""
    tests = [known[name](values) for name, values in call.filters.items() if name in known]
    return [row for row in rows if all(test(row) for test in tests)]


def among(of: Callable[[Any], object]) -> Filter:
    def build(values: list[str]) -> Test:
        wanted = {part for value in values for part in value.strip("[]").split(",")}
        return lambda row: str(of(row)) in wanted
    return build


def text_is(of: Callable[[Any], object]) -> Filter:
    def build(values: list[str]) -> Test:
        return lambda row: of(row) in values
    return build


def flag_is(of: Callable[[Any], bool]) -> Filter:
    def build(values: list[str]) -> Test:
        wanted = values[-1].lower() == "true"
        return lambda row: of(row) is wanted
    return build


def within(of: Callable[[Any], datetime | None]) -> Filter:
    """A range with three dots, quoted or not, both ends included; a single instant is not a range (1.5)."""
    def build(values: list[str]) -> Test:
        text = values[-1].strip().strip('"')
        start, dots, end = text.partition("...")
        if not dots:
            raise bad_request(f"{text} is not a valid date range")
        low, high = _moment(start, end_of_day=False), _moment(end, end_of_day=True)

        def test(row: Any) -> bool:
            moment = of(row)
            return moment is not None and low <= moment <= high
        return test
    return build


def _moment(text: str, *, end_of_day: bool) -> datetime:
    text = text.strip().strip('"')
    try:
        if len(text) == 10:
            edge = time(23, 59, 59) if end_of_day else time(0)
            return datetime.combine(date.fromisoformat(text), edge, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{text} is not a valid date") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if end_of_day else datetime.min.replace(tzinfo=UTC)


def living(call: Call, rows: Iterable[Any]) -> list[Any]:
    """Soft-deleted records show only with `filters[include_deleted]=only|with`."""
    wanted = call.filters.get("include_deleted", [""])[-1]
    if wanted == "with":
        return list(rows)
    return [row for row in rows if (row.deleted_at is not None) == (wanted == "only")]


# Bulk upsert

@dataclass(frozen=True)
class SyncRules:
    """What `sync` needs of one kind of record (1.7)."""

    by_id: Callable[[int], Any | None]
    by_origin: Callable[[str], Any | None]
    create: Callable[[dict[str, Any]], Any]
    update: Callable[[Any, dict[str, Any]], Any]
    show: Callable[[Any], object]
    most: int = field(default=1000)


def sync(call: Call, rules: SyncRules) -> Answer:
    """Always 200; `entities` and `errors` say what happened to each, in the order given."""
    updates = call.body.get("updates")
    if not isinstance(updates, list):
        raise bad_request("param is missing or the value is empty: updates")
    if len(updates) > rules.most:
        raise Refusal(413, {"errors": f"Exceeded limit of {rules.most} updates per request"})
    entities: list[object] = []
    errors: list[object] = []
    for given in updates:
        try:
            if not isinstance(given, dict):
                raise invalid(base="is not an object")
            entities.append(rules.show(_sync_one(given, rules)))
        except Refusal as refusal:
            found = refusal.body.get("errors") if isinstance(refusal.body, dict) else None
            texts = found if isinstance(found, dict) else {"base": [str(found or refusal.body)]}
            echo = given if isinstance(given, dict) else {}
            errors.append({**plain(echo), "errors": texts})
    return Answer({"entities": entities, "errors": errors})


def _sync_one(given: dict[str, Any], rules: SyncRules) -> Any:
    record_id, origin = given.get("id"), given.get("origin_id")
    if record_id is not None:
        found = rules.by_id(record_id) if isinstance(record_id, int) else None
        if found is None:
            raise invalid(id="Entity with this ID not found")
        return rules.update(found, {k: v for k, v in given.items() if k != "id"})
    found = rules.by_origin(str(origin)) if origin is not None else None
    return rules.create(given) if found is None else rules.update(found, given)


def plain(value: Any) -> Any:
    """A body as it came, ready for JSON again (decimals back to numbers as text)."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return str(value) if isinstance(value, Decimal) else value


