"""What a model card says, apart from how it is shown: sentences first, then figures; standard library only.

Source of its parts: Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.preprocessing.schema import CategoryField, Field, NumberField, kind_of
from phat.training.coefficients import Coefficient, coefficients

_SHOWN_LEVELS = 12
_RATES = (("event_rate", "events"), ("selection_rate", "called"), ("true_positive_rate", "called of the events"),
          ("false_positive_rate", "called of the others"))  # fmt: skip
_FIGURES = {
    "auc": "a random event is ranked above a random other in {:.1%} of pairs (AUC)",
    "event_rate": "{:.1%} of the records were events",
    "mean_phat": "the model said {:.1%} on average",
    "calibration_slope": "calibration slope {:.2f} (1 is right; below, probabilities are too extreme)",
    "prsquared": "McFadden's pseudo R-squared {:.3f}",
    "mcfadden": "McFadden's pseudo R-squared {:.3f}",
    "log_loss": "log loss {:.4f}",
    "brier": "Brier score {:.4f}",
    "explained": "it explains {:.1%} of the deviance",
    "mean": "{:.6g} happened on average",
    "mean_predicted": "the model said {:.6g} on average",
    "rmse": "root mean squared error {:.4g}",
    "mae": "mean absolute error {:.4g}",
    "accuracy": "the most probable class happened in {:.1%}",
    "most_common": "the most common class makes {:.1%}",
    "null_log_loss": "log loss {:.4f} without a model",
}
"""Figures in words, in this order."""


class CardTable(NamedTuple):
    """A table: its columns, and rows of as many texts; the last `numbers` columns hold numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 0


class Section(NamedTuple):
    """A part of a card: a title, sentences, and a table, if there is one."""

    title: str
    sentences: tuple[str, ...]
    table: CardTable | None = None


class Card(NamedTuple):
    """A model card: the model's name and version, what a reader must know first, and sections."""

    name: str
    version: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


def make_card(model: Model, evaluation: Mapping[str, Any] | None = None) -> Card:
    """The card of a model; `evaluation` are figures of `phat evaluate --json`, of other records than the fit's."""
    artifact = model.artifact
    sections = (
        _use(artifact),
        Section("What it was made of", tuple(_data(artifact))),
        Section("How good it is", tuple(_figures(artifact, evaluation))),
        *_groups(evaluation),
        _fields(artifact),
        _coefficients(artifact),
        Section("Limits", tuple(_limits(artifact))),
        Section("Version and proof", tuple(_version(model))),
        Section("Notices of its making", artifact.provenance.notices),
    )
    kept = tuple(section for section in sections if section.sentences or section.table)
    return Card(artifact.name, model.version, tuple(_lead(artifact)), kept)


def _lead(artifact: Artifact) -> Iterator[str]:
    """What the model predicts, and how it decides."""
    if artifact.texts.about:
        yield artifact.texts.about
    target = (artifact.provenance.target or {}).get("column")
    of = f" ({target} of the data)" if target else ""
    match artifact.answer:
        case Binary(cutoff, labels):
            yield f"It says how probable “{labels.event}” is{of}, from 0 to 100 %."
            why = f": {artifact.provenance.cutoff.rstrip('.')}" if artifact.provenance.cutoff else ""
            yield f"From {100 * cutoff:.2f} % on the decision is “{labels.event}”, below it “{labels.other}”{why}."
        case Classes(labels):
            yield f"It says how probable each of {len(labels)} classes is{of}: {', '.join(labels)}."
            yield "The decision is the most probable one."
        case _:
            yield f"It predicts a number{of}: the mean that records like this one have."
    if not artifact.provenance.proof.records:
        yield "It is not proven on raw records."


def _use(artifact: Artifact) -> Section:
    texts = artifact.texts
    said = (("", texts.intended_use), ("Contact: ", texts.contact), ("Window of the data: ", texts.window))
    return Section("For whom", tuple(f"{what}{text}" for what, text in said if text))


def _data(artifact: Artifact) -> Iterator[str]:
    provenance = artifact.provenance
    if provenance.data:
        yield f"Data: {provenance.data}" + (f" (SHA-256 {provenance.data_sha256})." if provenance.data_sha256 else ".")
    if provenance.training_records:
        dropped = provenance.proof.dropped
        left_out = f"; {dropped:,} rows were left out" if dropped else ""
        yield f"Records that it was fitted on: {provenance.training_records:,}{left_out}."
    if provenance.created_at:
        yield f"Made at {provenance.created_at}" + (f" by {provenance.created_by}." if provenance.created_by else ".")
    if provenance.estimator:
        libraries = ", ".join(f"{name} {version}" for name, version in provenance.libraries.items())
        yield f"Estimated by {provenance.estimator}" + (f" ({libraries})." if libraries else ".")


def _figures(artifact: Artifact, evaluation: Mapping[str, Any] | None) -> Iterator[str]:
    provenance = artifact.provenance
    if provenance.fit:
        yield f"On the rows that it was fitted on: {_in_words(provenance.fit)}."
    if provenance.evaluation is not None:
        held = provenance.evaluation
        yield (
            f"On {held.data}: {_in_words(held.figures)}."
            if held.figures
            else f"Not judged on held-out rows: {held.data}."
        )
    if evaluation is not None:
        figures = evaluation.get("judgement") or evaluation.get("figures") or {}
        headline = str(evaluation.get("headline") or "")
        yield f"On other records: {headline or _in_words(figures)}."
        if headline and figures:
            yield f"On other records: {_in_words(figures)}."


def _in_words(figures: Mapping[str, Any]) -> str:
    known = {name: text for name, text in _FIGURES.items() if isinstance(figures.get(name), int | float)}
    shown = (text.format(figures[name]) for name, text in known.items())
    return "; ".join(dict.fromkeys(shown)).replace("%", " %") or "no figures"


def _groups(evaluation: Mapping[str, Any] | None) -> Iterator[Section]:
    """A table for each column by whose groups the model was evaluated."""
    for by in (evaluation or {}).get("groups") or ():
        rows = tuple(
            (str(group["name"]), f"{group['records']:,}", *(_rate(group.get(name)) for name, _ in _RATES))
            for group in by["groups"]
        )
        columns = ("group", "records", *(title for _, title in _RATES))
        sentences = ("On other records, with 95 % intervals.", *map(str, by.get("notices", ())))
        yield Section(f"By {by['column']}", sentences, CardTable(columns, rows, len(columns) - 1))


def _rate(rate: Mapping[str, float] | None) -> str:
    if not rate:
        return "none"
    return f"{rate['value']:.1%} ({rate['lower']:.1%} to {rate['upper']:.1%})".replace("%", " %")


def _fields(artifact: Artifact) -> Section:
    texts, baseline = artifact.texts, artifact.baseline
    seen = {} if baseline is None else baseline.fields
    rows = tuple(
        (
            field.name, texts.label(field.name), kind_of(field),
            _values(field, getattr(seen.get(field.name), "edges", ())), texts.unit(field.name),
            _gap(field), _unknown(field),
        )
        for field in artifact.schema.fields
    )  # fmt: skip
    columns = ("field", "label", "kind", "values", "unit", "a missing one is", "an unknown level is")
    kept = [place for place, name in enumerate(columns) if place < 1 or any(row[place] for row in rows)]
    return Section(
        "What it asks for",
        (),
        CardTable(tuple(columns[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in rows)),
    )


def _values(field: Field, edges: Sequence[float] | None) -> str:
    if isinstance(field, CategoryField):
        more = len(field.levels) - _SHOWN_LEVELS
        return ", ".join(field.levels[:_SHOWN_LEVELS]) + (f" and {more} more" if more > 0 else "")
    if field.boolean:
        return "true or false"
    return f"{edges[0]:.6g} to {edges[-1]:.6g} in training" if edges else ""


def _gap(field: Field) -> str:
    if field.required:
        return "refused"
    if field.gap in ("zero", "as_fitted"):
        return "no level" if field.gap == "zero" else "as in the fit"
    return field.fill if isinstance(field.fill, str) else f"{field.fill:.6g}"


def _unknown(field: Field) -> str:
    if isinstance(field, NumberField):
        return ""
    return {"error": "refused", "missing": "missing", "other": "other"}[field.unknown]


def _coefficients(artifact: Artifact) -> Section:
    each = list(coefficients(artifact))
    ratio = artifact.link == "logit" and bool(artifact.coefficients)
    known = any(item.standard_error is not None for item in each)
    columns = (
        "column",
        "coefficient",
        *(("95 % interval",) if known else ()),
        *(("odds ratio",) if ratio and known else ()),
    )
    rows = tuple(_row(item, known=known, ratio=ratio) for item in each)
    sentences = ("Of a standardised number the coefficient is that of one standard deviation; of a level, that against "
                 "the reference.",)  # fmt: skip
    return Section("What counts, and how much", sentences, CardTable(columns, rows, len(columns) - 1))


def _row(item: Coefficient, *, known: bool, ratio: bool) -> tuple[str, ...]:
    row = [item.column, f"{item.coefficient:+.4g}"]
    if known:
        row.append("" if item.lower is None or item.upper is None else f"{item.lower:+.3g} to {item.upper:+.3g}")
        row += [] if not ratio else ["" if item.odds_ratio is None else f"{item.odds_ratio:.4g}"]
    return tuple(row)


def _limits(artifact: Artifact) -> Iterator[str]:
    if artifact.texts.limits:
        yield artifact.texts.limits
    if required := [field.name for field in artifact.schema.fields if field.required]:
        yield f"Refused are records without {', '.join(required)}."
    if any(isinstance(field, CategoryField) and field.unknown == "error" for field in artifact.schema.fields):
        yield "Refused are levels that the fit has never seen."
    yield "Beyond the values of its training it extrapolates; who uses it there should know."
    if artifact.covariance is None:
        yield "It has no intervals."


def _version(model: Model) -> Iterator[str]:
    artifact = model.artifact
    yield f"Version {model.version}, SHA-256 {model.sha256}."
    yield f"Proof: {artifact.provenance.proof.text}; {len(artifact.golden)} golden records are checked at each start."
