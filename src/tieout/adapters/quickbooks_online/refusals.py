"""QuickBooks' faults in our words: three body shapes, one table of codes (qbo.md 9). [A193]

A fault may come with HTTP 200, with lower-case keys from the gateway, or as XML although JSON was asked for.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tieout.ports import Busy, NoAnswer, NotAuthorised, Refused

# code -> core.problems' refusal kind
REASONS = {
    "100": "permission", "110": "permission", "120": "permission", "3100": "permission", "3200": "permission",
    "3202": "permission", "5020": "permission",
    "130": "company_status", "6190": "company_status", "10200": "company_status",
    "500": "edition", "5030": "edition",
    "610": "missing_record", "2500": "missing_record", "700": "missing_record", "900": "missing_record",
    "620": "missing_record", "6150": "missing_record", "6250": "inactive_record",
    "630": "name_taken", "6240": "name_taken", "6140": "number_taken",
    "800": "locked", "6110": "locked", "6120": "locked", "6130": "locked", "6220": "locked", "6280": "locked",
    "6400": "locked", "6450": "locked", "6480": "locked", "6540": "locked",
    "2050": "too_long", "2180": "too_long", "6030": "too_long",
    "2080": "wrong_amount", "2090": "wrong_amount", "2100": "wrong_amount", "2110": "wrong_amount",
    "2140": "wrong_amount", "2150": "wrong_amount", "2160": "wrong_amount", "2290": "wrong_amount",
    "2300": "wrong_amount", "6070": "wrong_amount",
    "6430": "account_type", "6440": "account_type", "6010": "account_type",
    "6200": "closed_period", "6210": "closed_period",
    "1040": "limit", "6180": "limit", "10100": "limit",
    "5010": "stale",
}
BUSY = {"3001": 60, "3003": 60, "140": 300, "150": 300}     # code -> seconds to wait
UNSURE = {"600", "10000"}                                   # it may have been done: look
NAME_LISTS_BUSY = "one name at a time"                      # parallel writes to a company's names (6000, -30000)
MADE_INACTIVE = "made inactive"
OVER_LIMIT = "usage limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`words` is the vendor's Detail, or its Message where there is no detail."""

    code: str
    words: str
    element: str = ""
    type: str = ""


def faults_in(answer: Any) -> tuple[Fault, ...]:
    """The faults of a decoded answer, or of one item of a batch; empty where there are none."""
    if not isinstance(answer, dict):
        return ()
    for fault, errors, message, detail in (("Fault", "Error", "Message", "Detail"),
                                           ("fault", "error", "message", "detail")):
        body = answer.get(fault)
        if isinstance(body, dict):
            found = [error for error in body.get(errors) or [{}] if isinstance(error, dict)]
            return tuple(Fault(code=str(error.get("code") or ""), element=str(error.get("element") or ""),
                               words=str(error.get(detail) or error.get(message) or "").strip(),
                               type=str(body.get("type") or "")) for error in found)
    return ()


def faults_in_xml(body: bytes) -> tuple[Fault, ...]:
    text = body.decode(errors="replace")
    kind = re.search(r"<Fault\s+type=\"([^\"]*)\"", text)
    if kind is None:
        return ()
    errors = re.findall(r"<Error\s[^>]*?code=\"(\d+)\"[^>]*>(.*?)</Error>", text, re.DOTALL)
    return tuple(Fault(code=code, words=_element("Detail", inner) or _element("Message", inner), type=kind.group(1))
                 for code, inner in errors)


def _element(name: str, text: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return found.group(1).strip() if found else ""


def answer_of(faults: tuple[Fault, ...], status: int) -> Refused | Busy | NoAnswer:
    """What became of one write that was answered with faults. The first that says so decides."""
    assert faults
    for fault in faults:
        if fault.code in BUSY:
            return Busy(wait_s=BUSY[fault.code], why=f"QuickBooks {fault.code}: {fault.words}")
        if NAME_LISTS_BUSY in fault.words:
            return Busy(wait_s=5, why=f"QuickBooks {fault.code}: {fault.words}")
    first = faults[0]
    if status >= 500 or any(fault.code in UNSURE for fault in faults):
        return NoAnswer(why=f"QuickBooks {first.code}: {first.words}")
    return Refused(code=first.code, words="; ".join(fault.words for fault in faults), reason=reason_of(first),
                   element=first.element, stale=first.code == "5010")


def reason_of(fault: Fault) -> str:
    if MADE_INACTIVE in fault.words and "deleted" not in fault.words.lower():
        return "inactive_record"
    if fault.code == "6000" and OVER_LIMIT in fault.words.lower():
        return "limit"
    if fault.code == "6000" and "select an account" in fault.words:
        return "account_type"
    if fault.code == "6000" and "amount" in fault.words.lower():
        return "wrong_amount"
    about_fields = fault.code.isdigit() and 2000 <= int(fault.code) < 3000
    return REASONS.get(fault.code) or ("bad_field" if about_fields else "other")


def not_authorised(faults: tuple[Fault, ...], status: int) -> NotAuthorised | None:
    """The connection as a whole is not let in, in words for a person; None where it is something else."""
    code = faults[0].code if faults else ""
    said = f" (QuickBooks {code}: {faults[0].words})" if faults else f" (HTTP {status})"
    if code in ("100", "3100", "130"):
        return NotAuthorised(f"This grant is for another QuickBooks company, or was given to another app{said}.",
                             "Check the company id (realm), then connect that QuickBooks company under Connections.")
    if code == "120":
        return NotAuthorised(f"The person who connected QuickBooks may not see this company any more{said}.",
                             "Let somebody with access to the company connect it again under Connections.")
    if code in ("6190", "10200"):
        return NotAuthorised(f"The QuickBooks company is not open for use{said}.",
                             "Settle its subscription with Intuit; syncing goes on by itself afterwards.")
    if status in (401, 403):
        return NotAuthorised(f"QuickBooks does not accept this connection any more{said}.",
                             "Connect QuickBooks again under Connections.")
    return None
