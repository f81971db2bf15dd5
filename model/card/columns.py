"""The coefficients of a model, as a table."""

from collections.abc import Iterable

from phat.model.artifact import Artifact
from phat.model.card.parts import Section, Table
from phat.model.coefficients import coefficients, ratio
from phat.preprocessing.terms import PlainNumber

_LOGIT, _LOG = "logit", "log"
_SENTENCES = {
    _LOGIT: "An odds ratio says by what the odds are multiplied when the column grows by 1; 1 is no effect.",
    _LOG: "A ratio says by what the mean is multiplied when the column grows by 1; 1 is no effect.",
}


def columns_section(artifact: Artifact) -> Section:
    """Each column's coefficient, with standard error, p, and the ratio with its 95 % interval where there is one."""
    sentences = [_SENTENCES[artifact.link]] if artifact.link in _SENTENCES and artifact.coefficients else []
    scales = artifact.terms.divide(artifact.schema)[0]
    sentences += [_scaled(number) for number in scales.values() if (number.centre, number.scale) != (0.0, 1.0)][:1]
    if artifact.covariance is not None:
        sentences.append("Intervals are at the 95 % level, by Wald; p is two-sided.")
    return Section("Coefficients", tuple(sentences), table=_table(artifact))


def _scaled(number: PlainNumber) -> str:
    return (
        "Numbers are scaled before they count, so that a column grows by 1 when its field grows by a standard unit: "
        f"{number.column} is (value - {number.centre:.6g}) / {number.scale:.6g}, for example."
    )


def _table(artifact: Artifact) -> Table:
    """With the ratios and their intervals for the logit and the log link, else with those of the coefficients."""
    has_ratio = artifact.link in _SENTENCES and bool(artifact.coefficients)
    rows = tuple(
        (
            each.column, f"{each.coefficient:+.4g}", *_digits([each.standard_error], "3g"), *_digits([each.z], "2f"),
            "-" if each.p is None else _chance(each.p),
            *_digits([_ratio(value) for value in (each.coefficient, each.lower, each.upper)] if has_ratio
                     else [each.lower, each.upper]),
        )
        for each in coefficients(artifact)
    )  # fmt: skip
    statistic = "z" if artifact.degrees_of_freedom is None else "t"
    named = {_LOGIT: "odds ratio", _LOG: "mean ratio"}[artifact.link] if has_ratio else None
    numbers = ["coefficient", "std error", statistic, "p", *([named] if named else []), "95 % from", "95 % to"]
    return Table(("column", *numbers), rows, len(numbers))


def _ratio(value: float | None) -> float | None:
    return None if value is None else ratio(value)


def _digits(numbers: Iterable[float | None], form: str = "4g") -> list[str]:
    return ["-" if number is None else f"{number:.{form}}" for number in numbers]


def _chance(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
