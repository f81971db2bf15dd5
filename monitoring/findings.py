"""Findings as sentences for people: what moved, by how much, and since when."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from phat.model.percent import percent
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import SCORE, FieldDrift, Limits
from phat.monitoring.outcomes import Outcomes
from phat.monitoring.statistics import contributions

Days = Sequence[tuple[str, Mapping[str, float]]]
"""Dates, and an index by field, of the fields that it was measured of."""

_CLEAR = 0.5
"""Places by which what has moved must have moved on average, to be higher or lower."""


def field_findings(fields: Sequence[FieldDrift], values: Days, gaps: Days, limits: Limits) -> Iterator[str]:
    """A sentence for each field that is flagged; by day, `values` are the indices of values and `gaps` of gaps."""
    flagged = [each for each in fields if each.flagged or each.missing_flagged]
    for each in sorted(flagged, key=lambda each: -max(each.psi, each.missing_psi)):
        said = []
        if each.flagged:
            said.append(
                f"has shifted{_direction(each)}: PSI {each.psi:.2f}{_means(each)}{_since(each.name, values, limits)}"
            )
        if each.missing_flagged:
            said.append(f"{_points(each)} missing than in training{_since(each.name, gaps, limits)}")
        name = "the score" if each.name == SCORE else each.name
        yield f"{name} {'; '.join(said)}"


_REFUSED = {
    "unknown_level": "{field} has a level that training did not have",
    "missing_value": "{field} is missing, where training had no gaps",
    "out_of_domain": "{field} has values that the model's columns have none for",
    "not_a_number": "{field} has values that are no numbers",
    "out_of_range": "{field} has numbers that are too large",
    "wrong_type": "{field} has values of a type that it does not take",
}
"""Why records were refused, by code, in words."""


def refusal_findings(traffic: Traffic, limits: Limits) -> Iterator[str]:
    """A sentence for each field and reason for which many records were refused."""
    for error in traffic.counted_errors():
        share = error["count"] / traffic.total
        if share >= limits.refused and traffic.total >= limits.fewest:
            field = error["field"] or "the record"
            reason = _REFUSED.get(error["code"], "{field} was not understood").format(field=field)
            yield (
                f"{reason}: for that {percent(share)} of the records were refused "
                f"({error['count']:,} of {traffic.total:,.0f}, {error['code']})"
            )


def outcome_findings(outcomes: Outcomes | None, constant: str | None) -> Iterator[str]:
    """What outcomes say against the model; what its constant has to say is said by calibration in the large."""
    if outcomes is None:
        return
    yield from outcomes.doubts
    level = outcomes.level
    if level is not None and level.flagged and outcomes.level_sentence and not outcomes.doubts_rates:
        yield outcomes.level_sentence
    yield from _broken_promises(outcomes)
    for column in sorted(outcomes.columns, key=lambda column: -abs(column.z)):
        if column.flagged and column.name != constant:
            off = f"{column.change:+.2f}"
            yield f"the outcome no longer follows {column.name} as in training: its coefficient is off by about {off}"


_FAR = 4.0
"""Standard errors beyond which what was observed is not what the probabilities promised."""


def _broken_promises(outcomes: Outcomes) -> Iterator[str]:
    """Where outcomes show a worse quality than the probabilities of the same records promised."""
    promised, figures = outcomes.promised, outcomes.figures
    if promised is None or figures is None:
        return
    for name, label in (("auc", "AUC"), ("brier", "Brier score")):
        observed = figures[name]["value"] if isinstance(figures[name], dict) else figures[name]
        worse = promised[name] - observed if name == "auc" else observed - promised[name]
        if worse > _FAR * promised[f"{name}_error"]:
            yield (
                f"the {label} of {outcomes.labelled} records with an outcome is {observed:.3f}, where it would be "
                f"{promised[name]:.3f} if the probabilities were right: they no longer are"
            )


def _means(drift: FieldDrift) -> str:
    """From what to what a score moved on average."""
    if drift.mean_base is None or drift.mean_now is None:
        return ""
    return f", on average {drift.mean_base:.4g} then, {drift.mean_now:.4g} now"


def _points(drift: FieldDrift) -> str:
    more = 100 * (drift.missing_now - drift.missing_base)
    return f"{abs(more):.0f} percentage points {'more' if more > 0 else 'fewer'}"


def _direction(drift: FieldDrift) -> str:
    """Where the values went: the level that makes most of the index, or up or down."""
    if not drift.ordered:
        parts = contributions(drift.base, drift.now)
        most = max(range(len(parts)), key=parts.__getitem__)
        return f" ({drift.labels[most]}: {_change(drift.base[most], drift.now[most])})"
    differences = [now - base for base, now in zip(drift.base, drift.now, strict=True)]
    moved = sum(index * difference for index, difference in enumerate(differences))
    mass = sum(map(abs, differences)) / 2
    if abs(moved) < _CLEAR * mass:
        return " (in its spread)"
    middle = ""
    if drift.median_base is not None and drift.median_now is not None:
        middle = f": its middle was {drift.median_base:.4g}, is {drift.median_now:.4g}"
    return f" ({'higher' if moved > 0 else 'lower'}{middle})"


def _change(base: float, now: float) -> str:
    then, today = f"{100 * base:.0f} %", f"{100 * now:.0f} %"
    return f"{then} then, {today} now" if then != today else f"{percent(base)} then, {percent(now)} now"


def _since(name: str, days: Days, limits: Limits) -> str:
    """The first of the last days on which it was off without a break."""
    measured = [(date, index[name]) for date, index in days if name in index]
    off = list(takewhile(lambda day: day[1] >= limits.effect, reversed(measured)))
    return f", since {off[-1][0]}" if off and len(off) < len(measured) else ""
