"""What Intuit's interface has and the stand-in does not play: each is answered with 501 and a sentence that names it.

It stands in a fault, where clients look for what went wrong; its code is 501 too, among those of unsupported
operations and none of the vendor's. In a batch the item is refused so.
"""
from __future__ import annotations

import re
from datetime import datetime

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online.refusals import Refused, Wrong
from tieout.sandbox.quickbooks_online.wire import answer

# By path: read, written, queried, asked for in changed data and in batches. ExchangeRate has a path that is played.
ENTITIES = {name.lower(): name for name in ("Budget", "CustomerType", "InventoryAdjustment", "JournalCode",
                                            "TaxClassification", "TaxPayment", "VendorPrepayment")}
QUERIES = {**ENTITIES, "exchangerate": "ExchangeRate"}
GRAPHQL = "/graphql"                     # projects and their budgets (qbo.md 14.2, 14.4), custom fields, dimensions
_OPERATION = re.compile(r"\b(projectManagement\w+|businessPlanning\w+)")


class NotPlayed(Refused):
    """501, on its own and in a batch."""

    def __init__(self, what: str) -> None:
        self.sentence = f"The sandbox does not play {what}."
        super().__init__(Wrong("501", self.sentence), status=501)


class NotPlayedInGraphQL(NotPlayed):
    """The same in the shape of GraphQL's errors (qbo.md 9.2)."""

    def response(self, now: datetime) -> Response:
        return answer(501, {"errors": [{"message": self.sentence, "extensions": {"code": "NOT-PLAYED"}}]})


def call(request: Request) -> NotPlayed:
    return NotPlayed(f"{request.method} {request.path}")


def check(how: str, entity: str) -> None:
    """Refuses a query of an entity that is not played, or changed data of it."""
    name = QUERIES.get(entity.lower())
    if name is not None:
        raise NotPlayed(f"{how} {name}")


def graphql(request: Request) -> NotPlayedInGraphQL:
    """Names the operation where the body names one of those of projects and budgets."""
    found = _OPERATION.search(request.body.decode(errors="replace"))
    if found is None:
        return NotPlayedInGraphQL(f"{request.method} {GRAPHQL}, Intuit's GraphQL interface")
    return NotPlayedInGraphQL(f"{found[1]} of {request.method} {GRAPHQL}, Intuit's GraphQL interface")
