"""What the service says when it refuses: codes, words and bodies (qbo.md 9)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tieout.sandbox.kit import Response
from tieout.sandbox.quickbooks_online.wire import answer, envelope_time

MESSAGES = {
    "100": "General Authentication Error",
    "120": "Authorization Failure",
    "130": "Accessing wrong cluster",
    "140": "Company locked out",
    "150": "Company under maintenance",
    "500": "Unsupported Operation",
    "501": "Not played by the sandbox",
    "600": "Duplicate Request ID",
    "610": "Object Not Found",
    "620": "Txn ID cannot be linked",
    "700": "Parent reference invalid",
    "800": "Cannot delete object",
    "900": "Parent cannot be its own child",
    "1040": "Batch size exceeds allowed limit",
    "1050": "Invalid content type",
    "2000": "Invalid or unsupported object name",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid String",
    "2050": "String length is either shorter or longer than supported by specification",
    "2060": "Invalid Date format",
    "2070": "Invalid Date",
    "2080": "Invalid Number format",
    "2090": "Invalid Number",
    "2120": "Invalid Type",
    "2130": "Invalid request id format",
    "2140": "Invalid Amount",
    "2150": "Invalid Percent",
    "2170": "Invalid Enumeration",
    "2190": "Invalid Date Range",
    "2200": "Invalid URL",
    "2210": "Invalid Email Address",
    "2220": "Invalid Currency",
    "2230": "Invalid Boolean",
    "2240": "Invalid Number Range",
    "2250": "Missing lines",
    "2260": "PostingType missing",
    "2270": "TaxApplicableOn missing",
    "2280": "Tax amount missing",
    "2290": "Negative amounts not supported on transaction lines",
    "2300": "Amount on debits not equal to credits",
    "2500": "Invalid Reference Id",
    "2600": "Conflicting elements in request",
    "3000": "Invalid custom field",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "5010": "Stale Object Error",
    "5020": "Permission Denied",
    "5030": "Feature not supported",
    "6000": "A business validation error has occurred while processing your request",
    "6010": "AccountType or AccountSubType must be given",
    "6060": "Opening balance needs a date",
    "6020": "Content-Length missing",
    "6030": "Upload is too large",
    "6040": "Metadata is not an Attachable",
    "6041": "Invalid file",
    "6050": "Entity type cannot carry attachments",
    "6070": "Amount calculation incorrect in the request",
    "6080": "No name provided",
    "6090": "Discount line lacks amount or percent",
    "6100": "Invalid line tax code",
    "6130": "Cannot change who the customer bills with",
    "6140": "Duplicate Document Number Error",
    "6150": "ParentRef required",
    "6170": "TxnTaxDetail not allowed here",
    "6180": "Sub-level limit exceeded",
    "6190": "Invalid Company Status",
    "6200": "Account Period Closed",
    "6210": "Account Period Closed, Cannot Update Through Services API",
    "6220": "Entity has an open balance",
    "6230": "Tax code not allowed with GlobalTaxCalculation NotApplicable",
    "6240": "Duplicate Name Exists Error",
    "6280": "Customer has unbilled charges",
    "6290": "Exactly one of Employee or Vendor must be given",
    "6300": "NameOf is wrong",
    "6310": "Billable time needs a customer",
    "6320": "Billable status is wrong",
    "6330": "Hourly rate is wrong",
    "6340": "Time is missing",
    "6350": "Time is invalid",
    "6360": "Start time lies after end time",
    "6380": "Duration is out of range",
    "6390": "Both a duration and a start and end time were given",
    "6400": "Deleting the purchase would invalidate a linked invoice",
    "6420": "E-mail address is required",
    "6430": "Invalid account type used",
    "6440": "Each line with an amount or a billable customer needs an item or account",
    "6540": "Deposited Transaction cannot be changed",
    "6560": "CustomerRef missing on a billable line",
    "9349": "ProjectRef is required",
    "10000": "An application error has occurred while processing your request",
    "10200": "Company has been reset",
}

MADE_INACTIVE = ("Object Not Found : Something you're trying to use has been made inactive. "
                 "Check the fields with accounts, customers, items, vendors or employees.")
DELETED = "Object Not Found : Another user has deleted this transaction."


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a request."""

    code: str
    detail: str
    element: str = ""

    def shown(self) -> dict[str, str]:
        return {"Message": MESSAGES[self.code], "Detail": self.detail, "code": self.code, "element": self.element}


class Refused(Exception):
    """A service fault. `status` is the HTTP status of a call of its own; in a batch only the body counts."""

    def __init__(self, *wrongs: Wrong, status: int = 400, kind: str = "ValidationFault") -> None:
        super().__init__("; ".join(f"{w.code} {w.detail}" for w in wrongs))
        self.wrongs, self.status, self.kind = wrongs, status, kind

    def fault(self) -> dict[str, Any]:
        return {"Error": [wrong.shown() for wrong in self.wrongs], "type": self.kind}

    def response(self, now: datetime) -> Response:
        return answer(self.status, {"Fault": self.fault(), "time": envelope_time(now)})


def refuse(code: str, detail: str, element: str = "") -> Refused:
    return Refused(Wrong(code, detail, element))


def stale(who: str) -> Refused:
    return refuse("5010", f"Stale Object Error : You and {who} were working on this at the same time. {who} finished "
                  "before you did, so your work was not saved.")


# Why every call to a company is refused. Which HTTP status goes with 130, 140, 150 and 10200 is not documented.
SHUT: dict[str, tuple[Wrong, int, str]] = {
    "subscription_ended": (Wrong("6190", "Invalid Company Status : The subscription of this company has ended or has a "
                                 "billing problem."), 400, "ValidationFault"),
    "company_reset": (Wrong("10200", "The company has been reset."), 400, "ValidationFault"),
    "user_removed": (Wrong("120", "Authorization Failure : -11014 The user who connected the application has no access "
                           "to the company any more."), 403, "AuthorizationFault"),
    "wrong_cluster": (Wrong("130", "Accessing wrong cluster"), 403, "AuthorizationFault"),
    "locked_out": (Wrong("140", "Company locked out"), 403, "AuthorizationFault"),
    "under_maintenance": (Wrong("150", "Company under maintenance"), 503, "SystemFault")}


def business(detail: str, element: str = "") -> Refused:
    return refuse("6000", f"Business Validation Error: {detail}", element)


def gateway_fault(status: int, code: str, error: str, detail: str, kind: str, now: datetime) -> Response:
    """The lower-case body of the gateway in front of the service (token, throttling)."""
    message = f"message={error}; errorCode={int(code):06d}; statusCode={status}"
    return answer(status, {
        "warnings": None, "intuitObject": None,
        "fault": {"error": [{"message": message, "detail": detail, "code": code, "element": None}], "type": kind},
        "report": None, "queryResponse": None, "batchItemResponse": [], "attachableResponse": [],
        "syncErrorResponse": None, "requestId": None, "time": int(now.timestamp() * 1000), "status": None,
        "cdcresponse": []})


def throttled(now: datetime, *, as_xml: bool) -> Response:
    detail = "The request limit was reached.  Try again later"
    if not as_xml:
        return gateway_fault(429, "3001", "ThrottleExceeded", detail, "SERVICE", now)
    body = (f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="{envelope_time(now)}" '
            'xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001">'
            "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
            f"<Detail>{detail}</Detail></Error></Fault></IntuitResponse>")
    return Response(429, {"Content-Type": "application/xml"}, body.encode())


GATEWAY_TITLES = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Temporarily Unavailable",
                  504: "Gateway Time-out"}


def gateway_page(status: int) -> Response:
    """What a gateway in front of the service says in HTML."""
    title = f"{status} {GATEWAY_TITLES.get(status, 'Intuit')}"
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return Response(status, {"Content-Type": "text/html"}, page.encode())


def out_of_order(now: datetime, *, status: int | None = None, as_html: bool = False) -> Response:
    """500 comes from the service itself, the others from the gateway; without a status the one or the other."""
    if status in (502, 503, 504) or (status is None and as_html):
        return gateway_page(status or 503)
    detail = "System Failure Error: An unexpected error occurred while accessing or saving your data. Please try again."
    return Refused(Wrong("10000", detail), status=500, kind="SystemFault").response(now)
