"""What the caller wants back: the form (Accept) and the parts (`include=`)."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from phat.api.errors import BadQuery, NotAcceptable
from phat.preprocessing.errors import quote

JSON = "application/json"
CSV = "text/csv"

DEFAULT_LEVEL = 0.95
_LEVEL = re.compile(r"(?:0|0?\.[0-9]{1,40}|[0-9](?:\.[0-9]{1,40})?[eE]-[0-9]{1,3})")


def choose_form(accept: str | None, offered: Sequence[str]) -> str:
    """The offered media type that the Accept header likes best, the first of equals; NotAcceptable if none.

    Weights and precedence are those of RFC 9110 12.5.1.
    """
    if accept is None or accept == "*/*" or not accept.strip():
        return offered[0]
    ranges = [_media_range(part) for part in accept.split(",")]
    best = max(offered, key=lambda form: _weight(form, ranges))
    if _weight(best, ranges) <= 0:
        raise NotAcceptable(f"this path answers in {' or '.join(offered)}")
    return best


def _media_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0


def _weight(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Weight of the most specific range that matches the form; 0 if none does."""
    for name in (form, f"{form.partition('/')[0]}/*", "*/*"):
        if weights := [weight for range_, weight in ranges if range_ == name]:
            return max(weights)
    return 0.0


class Included(NamedTuple):
    """What a request wants of each prediction besides the answer itself; `level` is that of the intervals."""

    parts: frozenset[str]
    level: float = DEFAULT_LEVEL


_DEFAULT = Included(frozenset(("variables",)))


def choose_parts(query: Mapping[str, Sequence[str]], available: Sequence[str]) -> Included:
    """What `include=` and `level=` ask for, `variables` without them; BadQuery lists what is `available`."""
    if not query:
        return _DEFAULT
    if unknown := query.keys() - {"include", "level"}:
        raise BadQuery(f"unknown query parameter {quote(min(unknown))}; allowed are include and level")
    parts = _parts(query["include"], available) if "include" in query else _DEFAULT.parts
    return Included(parts, _level(query["level"]) if "level" in query else DEFAULT_LEVEL)


def _parts(values: Sequence[str], available: Sequence[str]) -> frozenset[str]:
    parts = {part.strip() for value in values for part in value.split(",")}
    if parts == {"none"}:
        return frozenset()
    if not parts <= set(available):
        raise BadQuery(f"include= takes {', '.join(available)} (any of them, separated by commas), or none alone")
    return frozenset(parts)


def _level(values: Sequence[str]) -> float:
    text = values[0].strip()
    if len(values) > 1 or not _LEVEL.fullmatch(text) or not 0.0 < float(text) < 1.0:
        raise BadQuery("level= takes one decimal between 0 and 1, such as 0.9")
    return float(text)
