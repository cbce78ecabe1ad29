"""Whether two names mean the same company, and how numbers of documents are compared. Suggests; never decides."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from rapidfuzz import fuzz, process

SUGGEST_AT = 92                                              # at and above, 97 of 100 suggestions were right in trials
LEGAL_FORMS = frozenset("llc inc incorporated corp corporation co company ltd limited lp llp plc pllc pc gmbh".split())


def tidy(name: str) -> str:
    """As it is entered: without blanks around it and in a row."""
    return " ".join(name.split())


def squeezed(name: str) -> str:
    """For equality as QuickBooks sees it: case and repeated blanks do not count."""
    return tidy(name).casefold()


def cleaned(name: str) -> str:
    """Without accents, punctuation and legal form: `J.R. Electric, LLC` and `JR Electric` are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    words = re.sub(r"[^\w ]|_", "", plain.replace("&", " and ").replace("-", " ").replace("/", " ")).split()
    kept = [word for word in words if word not in LEGAL_FORMS and word != "the"]
    return " ".join(kept or words)


def near_names(name: str, among: Iterable[tuple[str, str]], limit: int = 4) -> tuple[tuple[str, str], ...]:
    """The (id, name) pairs that could be the same company, best first: equal when cleaned, or close to it."""
    known = {key: (other, cleaned(other)) for key, other in among}
    wanted = cleaned(name)
    if not wanted:
        return ()
    equal = [key for key, (_, text) in known.items() if text == wanted]
    hits = process.extract(wanted, {key: text for key, (_, text) in known.items()}, scorer=fuzz.token_sort_ratio,
                           score_cutoff=SUGGEST_AT, limit=limit)
    keys = list(dict.fromkeys([*equal, *(key for _, _, key in hits)]))[:limit]
    return tuple((key, known[key][0]) for key in keys)


def same_number(one: str, other: str) -> bool:
    """Bill numbers as people mistype them: case, punctuation and leading zeros do not count.

    A mark between figures may be left out (1-2, 12), but it does not move: 1-12 and 11-2 are two numbers.
    """
    runs, others = _runs(one), _runs(other)
    marked = [part for part in (runs, others) if any(a.isdigit() and b.isdigit() for a, b in pairwise(part))]
    return bare_number(one) == bare_number(other) != "" and (len(marked) < 2 or runs == others)


def bare_number(number: str) -> str:
    """A key under which numbers that may be the same stand together."""
    return "".join(_runs(number))


def _runs(number: str) -> list[str]:
    """Letters and figures in their runs, figures without leading zeros."""
    runs = re.findall(r"[a-z]+|[0-9]+", number.casefold())
    return [run.lstrip("0") or "0" if run.isdigit() else run for run in runs]


def fitted(number: str, limit: int) -> str:
    """A document number that is too long, shortened the same way every time: its end tells it apart, so that stays."""
    return number if len(number) <= limit else number[:4] + "~" + number[-(limit - 5):]
