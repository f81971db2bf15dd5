"""What the caller wants back: the form (Accept) and the parts (`include=`)."""

from collections.abc import Mapping, Sequence

from api.errors import BadQuery, NotAcceptable

JSON = "application/json"
CSV = "text/csv"

PARTS = ("variables", "imputed")
"""What `include=` may name, besides `none`."""


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
        if found := [weight for range_, weight in ranges if range_ == name]:
            return max(found)
    return 0.0


def choose_parts(query: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The parts of an answer that `include=` asks for, `variables` without it; BadQuery lists what is allowed."""
    if query.keys() - {"include"}:
        raise BadQuery("unknown query parameter; allowed is include")
    if "include" not in query:
        return frozenset(("variables",))
    parts = {part.strip() for value in query["include"] for part in value.split(",")}
    if parts == {"none"}:
        return frozenset()
    if not parts <= set(PARTS):
        raise BadQuery(f"include= takes {', '.join(PARTS)} (any of them, separated by commas), or none alone")
    return frozenset(parts)
