"""What `fit` and `import` say of the model that they made, in about 12 lines, each with a word for what it is about."""

from collections.abc import Iterator
from textwrap import wrap

from phat.model.answer import Binary
from phat.model.artifact import Artifact
from phat.model.coefficients import strongest
from phat.model.model import Model
from phat.model.percent import percent
from phat.model.visible import visible_line
from phat.training.fit import Fit

_STRONGEST = 10
_WIDTH = 100
_INDENT = 12
Line = tuple[str, str]
"""A word for what a line is about, and its text."""


def fit_summary(fit: Fit, model: Model, fields: int, left_out: int) -> Iterator[Line]:
    """What was fitted on what, what was dropped, how good it is; `left_out` columns of the data are no fields."""
    artifact = fit.artifact
    yield _head(model)
    yield "rows", _rows(artifact)
    yield "columns", _columns(fit, fields, left_out)
    yield from (("quality", sentence) for sentence in fit.sentences)
    if fit.called is not None:
        called = f"calls {percent(fit.called)} of the rows {artifact.labels.event}"
        yield "cutoff", f"{artifact.cutoff:.4g} {called}: {artifact.provenance.cutoff}"
    yield from _strongest(artifact)


def import_summary(model: Model) -> Iterator[Line]:
    """What was taken over, and what is proven of it."""
    artifact = model.artifact
    yield _head(model)
    if isinstance(artifact.answer, Binary):
        yield "cutoff", f"{artifact.cutoff:.4g}: {artifact.labels.event} at or above, else {artifact.labels.other}"
    yield from _strongest(artifact)


def next_steps(*commands: str) -> Iterator[str]:
    """What a person may want to do with the model file."""
    yield from (f"{'' if index else 'next':{_INDENT}}phat {command}" for index, command in enumerate(commands))


def lines(pairs: Iterator[Line]) -> Iterator[str]:
    """Lines to print; a word that was the last line's too is left out."""
    last = ""
    for word, text in pairs:
        whole = visible_line(text).replace(" %", "\xa0%")
        for index, part in enumerate(wrap(whole, _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False)):
            yield f"{'' if index or word == last else word:{_INDENT}}{part}".replace("\xa0%", " %")
        last = word


def _head(model: Model) -> Line:
    artifact = model.artifact
    constant = "with a constant" if artifact.constant else "without a constant"
    return "model", f"{artifact.name} {model.version}, {artifact.link} {constant}"


def _rows(artifact: Artifact) -> str:
    provenance = artifact.provenance
    used, dropped = provenance.proof.records, provenance.proof.dropped
    left_out = f" ({dropped:,} left out)" if dropped else ""
    rows = f"{used:,} of {used + dropped:,}{left_out}"
    if not isinstance(artifact.answer, Binary):
        return rows
    events = round(used * provenance.fit["event_rate"])
    return f"{rows}, {events:,} of them events ({percent(events / used)})"


def _columns(fit: Fit, fields: int, left_out: int) -> str:
    kept = len(fit.artifact.columns) - bool(fit.artifact.constant)
    dropped = [
        f"{count:,} {why}"
        for count, why in (
            (left_out, "of the data that are no fields"),
            (fit.dropped.fields, "that cannot be used"),
            (fit.dropped.screened, "by the screen"),
            (fit.dropped.dependent, "made up of others"),
        )
        if count
    ]
    made_by = f"of {fields:,} field{'s' * (fields != 1)}"
    return f"{kept:,} kept {made_by}; left out: {', '.join(dropped) or 'none'}"


def _strongest(artifact: Artifact) -> Iterator[Line]:
    if shown := [f"{each.column} {each.coefficient:+.3g}" for each in strongest(artifact, _STRONGEST)]:
        yield "strongest", f"{', '.join(shown)} (by z)"
