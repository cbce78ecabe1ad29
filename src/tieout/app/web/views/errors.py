"""Pages for what went wrong: a sentence, what to do about it, and nothing that needs the database to be drawn."""
from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

NOT_HERE = "Perhaps it was moved, or the address has a slip in it."


def page(status: int, heading: str, says: str, fix: str) -> HttpResponse:
    html = render_to_string("web/error.html", {"heading": heading, "says": says, "fix": fix})
    return HttpResponse(html, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        return page(400, "This is not the address of tieout", "The page was asked for by a name that tieout does not "
                    "answer to, so that no other site can speak for it.",
                    f"Open {settings.TIEOUT_BASE_URL} instead. If people are to use another address, set "
                    "TIEOUT_BASE_URL to it and start tieout again.")
    return page(400, "That could not be read", "The browser sent something that this page does not expect.",
                "Go back, load the page again and try once more.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(403, "You may not do this", "Your user has no right to this page or button.",
                "Ask the person who set tieout up, or log in as someone else.")


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without our mark: a page that stood open over a login, or a form of another site."""
    return page(403, "This page was open too long", "Nothing was changed: the page is from an earlier login.",
                "Go back, load the page again, then press the button once more.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    says = str(exception.args[0]) if exception and exception.args and isinstance(exception.args[0], str) else ""
    heading = str(exception.args[1]) if says and exception and len(exception.args) > 1 else "There is no such page"
    return page(404, heading, says or NOT_HERE, "Use the search box under Documents, or start at Today.")


def failed(request: HttpRequest) -> HttpResponse:
    """Also for a lost database, which is told from a bug of ours by what was raised."""
    if isinstance(sys.exc_info()[1], DatabaseError | InterfaceError):
        return page(
            503,
            "The database does not answer",
            "tieout cannot read its own records at the moment. Nothing was posted or lost: work goes on where it "
            "stopped.",
            "Start the database, or put back a backup if its file is damaged; then load this page again. "
            "The log names the reason.",
        )
    return page(
        500,
        "Something went wrong here",
        "This is a fault of tieout, not of your books. Nothing was changed by this page.",
        "Load it again. If it stays, the log says what happened; please report it.",
    )
