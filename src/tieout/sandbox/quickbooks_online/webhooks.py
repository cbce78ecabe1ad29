"""Intuit's webhooks: which change of which record is told, in the old shape or as CloudEvents, signed (qbo.md 7)."""
from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online.company import LISTS, Company, Event
from tieout.sandbox.quickbooks_online.wire import encode
from tieout.sandbox.webhooks import Delivery, Destination, host_of

if TYPE_CHECKING:
    from tieout.sandbox.quickbooks_online.service import QuickBooksOnline

KEY = "quickbooks"
# What each entity tells: C create, U update, D delete, M merge, V void, E e-mailed (7.4). The others tell nothing.
EMITS = {
    "Account": "CUDM", "Bill": "CUD", "BillPayment": "CUDV", "Budget": "CU", "ChangeOrder": "CUD", "Class": "CUDM",
    "CreditMemo": "CUDVE", "Currency": "CUD", "CompanyCurrency": "CUD", "Customer": "CUDM", "Department": "CUM",
    "Estimate": "CUDE", "Invoice": "CUDVE", "Item": "CUDM", "JournalCode": "CU", "JournalEntry": "CUD",
    "Payment": "CUDVE", "PaymentMethod": "CUM", "Preferences": "U", "Deposit": "CUD", "Employee": "CUDM",
    "Purchase": "CUDV", "PurchaseOrder": "CUDE", "RefundReceipt": "CUDVE", "SalesReceipt": "CUDVE",
    "TaxAgency": "CU", "Term": "CU", "TimeActivity": "CUD", "Transfer": "CUDV", "Vendor": "CUDM", "VendorCredit": "CUD"}
WORDS = {"Create": "created", "Update": "updated", "Delete": "deleted", "Merge": "merged", "Emailed": "emailed"}
MOST_EVENTS = 100
TIMEOUT_S = 3.0
KEYS = ("url", "entities", "shape", "delay_s", "void_word", "content_type", "disable_after_s")
CONTENT_TYPES = {"legacy": "application/json", "cloudevents": "application/cloudevents+json"}


class Told(NamedTuple):
    """One event on its way."""

    id: str
    realm: str
    operation: str
    entity: str
    entity_id: str
    at: datetime
    lost_id: str


@dataclass(slots=True)
class Listeners:
    """What the app has chosen in the developer portal.

    entities         None: all that tell anything
    shape            legacy or cloudevents
    void_word        how a void is spelt in a CloudEvents type: two spellings circulate (7.3)
    told_inactive    list records whose end was told as a delete
    """

    service: QuickBooksOnline
    url: str
    entities: frozenset[str] | None = None
    shape: str = "legacy"
    delay_s: float = 5.0
    void_word: str = "void"
    content_type: str = ""
    disable_after_s: float | None = None
    count: int = 0
    told_inactive: set[tuple[str, str, str]] = field(default_factory=set)
    settings_versions: dict[str, int] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        return {"url": self.url, "entities": sorted(self.entities) if self.entities is not None else None,
                "shape": self.shape, "delay_s": self.delay_s, "void_word": self.void_word,
                "content_type": self.content_type or CONTENT_TYPES[self.shape],
                "disable_after_s": self.disable_after_s, "verifier_token": self.service.verifier_token}

    def bring_in(self) -> None:
        """Takes up what the companies have noted since."""
        for company in self.service.companies.values():
            events, company.events = company.events or [], []
            if self.settings_versions.get(company.realm) != company.settings_version:
                self.settings_versions[company.realm] = company.settings_version
                events.append(Event("Update", "Preferences", "1",
                                    company.settings_changed or self.service.kit.clock.now()))
            # a merge and an e-mail change the record as well, and are told by their own name
            seen = {("Update", event.entity, event.id) for event in events if event.operation in ("Merge", "Emailed")}
            for event in events:
                operation = self._operation(company, event)
                if operation and (key := (operation, event.entity, event.id)) not in seen:
                    seen.add(key)
                    self._tell(company, event, operation)

    def _operation(self, company: Company, event: Event) -> str:
        """What the event is called; empty where the entity does not tell it."""
        operation, record = event.operation, event.record
        key = (company.realm, event.entity, event.id)
        if event.entity in LISTS and record is not None and operation in ("Create", "Update"):
            if not record.active and key not in self.told_inactive:
                self.told_inactive.add(key)
                operation = "Delete"
            elif record.active:
                self.told_inactive.discard(key)
        letters = EMITS.get(event.entity, "")
        if operation == "Update" and record is not None and record.voided and "V" in letters:
            operation = "Void"
        chosen = self.entities is None or event.entity in self.entities
        return operation if chosen and operation[0] in letters else ""

    def _tell(self, company: Company, event: Event, operation: str) -> None:
        self.count += 1
        digest = hashlib.sha256(f"{self.service.kit.seed}/event/{self.count}".encode()).hexdigest()
        id_ = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
        hooks = self.service.kit.webhooks
        hooks.note(hooks.destinations[KEY], Told(id_, company.realm, operation, event.entity, event.id, event.at,
                                                 event.lost_id), event.entity, operation, event.at)

    def seal(self, delivery: Delivery) -> tuple[Mapping[str, str], bytes]:
        """The signed body: one delivery may mix companies."""
        body = encode(_legacy(delivery.events) if self.shape == "legacy" else [
            self._cloud_event(told) for told in delivery.events])
        signature = hmac.new(self.service.verifier_token.encode(), body, hashlib.sha256).digest()
        return {"Content-Type": self.content_type or CONTENT_TYPES[self.shape],
                "intuit-signature": b64encode(signature).decode()}, body

    def _cloud_event(self, told: Told) -> dict[str, Any]:
        word = WORDS.get(told.operation, self.void_word)
        source = b64encode(hashlib.sha256(f"{self.service.client_id}/source".encode()).digest()).decode()
        return {"specversion": "1.0", "id": told.id, "source": f"intuit.{source}",
                "type": f"qbo.{told.entity.lower()}.{word}.v1", "datacontenttype": "application/json",
                "time": told.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
                "intuitentityid": told.entity_id, "intuitaccountid": told.realm,
                "data": {"deletedId": told.lost_id} if told.lost_id else {}}


def _legacy(events: list[Told]) -> dict[str, Any]:
    by_realm: dict[str, list[dict[str, str]]] = {}
    for told in events:
        at = told.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        by_realm.setdefault(told.realm, []).append({
            "name": told.entity, "id": told.entity_id, "operation": told.operation, "lastUpdated": at,
            **({"deletedId": told.lost_id} if told.lost_id else {})})
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": entities}}
                                   for realm, entities in by_realm.items()]}


def heard(listeners: Listeners, request: Request, response: Response, now: datetime) -> None:
    """After each call; an e-mail sent is told instead of the change that it makes to the document."""
    parts = request.path.strip("/").split("/")
    if parts[-1] == "send" and len(parts) == 6 and response.status == 200:
        company = listeners.service.companies[parts[2]]
        entity = next((name for name in EMITS if name.lower() == parts[3]), "")
        if company.events is not None and "E" in EMITS.get(entity, ""):
            company.events = [event for event in company.events if (event.entity, event.id) != (entity, parts[4])]
            company.events.append(Event("Emailed", entity, parts[4], now))
    listeners.bring_in()


# -- setting up ------------------------------------------------------------------------------------------------------

def listen(service: QuickBooksOnline, asked: Mapping[str, Any]) -> Listeners:
    """One address per app, as in the developer portal: url, entities, shape (legacy or cloudevents), delay_s (how
    long events are collected), void_word, content_type, disable_after_s. ValueError says what is wrong."""
    made = Listeners(service, _url(asked.get("url"), service), _entities(asked.get("entities")),
                     _one_of(asked, "shape", ("legacy", "cloudevents")), _seconds(asked, "delay_s", 5.0) or 0.0,
                     _one_of(asked, "void_word", ("void", "voided")), _content_type(asked.get("content_type")),
                     _seconds(asked, "disable_after_s", None))
    if service.listeners is not None:
        made.count, made.told_inactive = service.listeners.count, service.listeners.told_inactive
        stop(service)
    for company in service.companies.values():
        company.events = []
        made.settings_versions[company.realm] = company.settings_version
    hooks = service.kit.webhooks
    hooks.add(Destination(KEY, "quickbooks", made.url, made.seal, made.delay_s, MOST_EVENTS, made.disable_after_s,
                          TIMEOUT_S))
    hooks.drains.append(made.bring_in)
    return made


def stop(service: QuickBooksOnline) -> None:
    hooks = service.kit.webhooks
    hooks.drop(KEY)
    hooks.drains = [drain for drain in hooks.drains if getattr(drain, "__self__", None) is not service.listeners]
    for company in service.companies.values():
        company.events = None


def _url(value: Any, service: QuickBooksOnline) -> str:
    host = host_of(value)
    if host is None:
        raise ValueError(f"url must be an address like http://127.0.0.1:8000/webhooks, not {value!r}.")
    if not service.kit.webhooks.may_reach(value):
        raise ValueError(f"url must be on this machine (127.0.0.1 or localhost), not {host}; "
                         "start the sandbox with --webhooks any to reach others.")
    return str(value)


def _entities(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or any(name not in EMITS for name in value):
        raise ValueError(f"entities must be a list out of {', '.join(EMITS)}; or null for all. Not {value!r}.")
    return frozenset(value)


def _one_of(asked: Mapping[str, Any], name: str, among: tuple[str, ...]) -> str:
    value = asked.get(name, among[0])
    if value not in among:
        raise ValueError(f"{name} must be {' or '.join(among)}, not {value!r}.")
    return str(value)


def _seconds(asked: Mapping[str, Any], name: str, usual: float | None) -> float | None:
    value = asked.get(name, usual)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e7):
        raise ValueError(f"{name} must be a number of seconds, not {value!r}.")
    return None if value is None else float(value)


def _content_type(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not value.isascii() or "/" not in value or not value.isprintable():
        raise ValueError(f"content_type must be like application/json, not {value!r}.")
    return value
