"""From live statsmodels results and the definitions of their fields to an artifact, and how far it is proven."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import statsmodels.api as sm

from phat.model.answer import Answer, Binary, Classes, Mean
from phat.model.artifact import Artifact, Golden
from phat.model.predict import Predictor
from phat.model.provenance import QUANTILE, ProofOn, Provenance
from phat.preprocessing.schema import Schema
from phat.preprocessing.spelling import fold
from phat.preprocessing.terms import Terms, plain_columns, plain_terms
from phat.takeover.definitions import Definitions
from phat.takeover.evidence import Evidence, by_answers, by_data
from phat.takeover.fitted import Fitted
from phat.takeover.own_frame import doubts_of_scale, own_rows
from phat.takeover.recognition.recognise import CONSTANTS
from phat.training.coverage import listed
from phat.training.errors import ConfigError, NotServable
from phat.training.golden import made_up
from phat.training.proof import Expected
from phat.training.raw import Raw
from phat.training.separation import doubts, doubts_of_columns

_FIGURES = ("nobs", "llf", "llnull", "prsquared", "rsquared")


class Source(NamedTuple):
    """What made the artifact, of which file (name and SHA-256 of the data, None without one), and whose rows.

    `shown` is whether golden records may be some of these rows; else they are made up. `notices` are of that file.
    """

    created_by: str
    data: str | None = None
    data_sha256: str | None = None
    on: ProofOn = "given data"
    shown: bool = True
    notices: tuple[str, ...] = ()


def export(
    fit: Fitted,
    definitions: Definitions,
    read_raw: Callable[[Schema], Raw] | None,
    read_expected: Callable[[Schema, Answer], Sequence[Expected]] | None,
    source: Source,
) -> Artifact:
    """Make the artifact of a fit; a TrainingError, or ArtifactError, says in words what is wrong.

    `read_raw` gives the raw rows that the fit was made of: they prove it if it still has its data, and golden records
    and baseline come from them. `read_expected` gives raw records with statsmodels' predictions. Without either, the
    fit's own frame stands for the raw rows where its columns are the fields themselves.
    """
    terms, notices = _terms(definitions, fit)
    raw = read_raw(definitions.schema)._replace(alignment=definitions.alignment) if read_raw else None
    expected = read_expected(definitions.schema, answer_of(fit, definitions)) if read_expected else []
    draft = _draft(definitions, fit, terms)
    predictor = Predictor(draft)
    evidence = by_answers(predictor, expected)
    if raw is not None:
        evidence = by_data(predictor, fit, raw, evidence, source.on)
        notices += doubts_of_scale(raw, draft.schema) if source.on == "the fit's own frame" else []
    elif not expected and (own := own_rows(fit, draft.schema, draft.terms)) is not None:
        evidence = by_data(predictor, fit, own, evidence, "the fit's own frame")
        notices += doubts_of_scale(own, draft.schema)
    evidence = evidence._replace(shown=source.shown)
    notices += [*fit.notices, *_doubts(fit)]
    notices += [*evidence.notices, *_unproven(evidence, fit)]
    return replace(
        draft,
        golden=evidence.golden(predictor, fit),
        baseline=None if evidence.proof.on is None and raw is None else evidence.baseline(definitions.schema, fit),
        provenance=Provenance(
            proof=evidence.proof,
            notices=(*source.notices, *notices),
            created_by=source.created_by,
            estimator=fit.estimator,
            training_records=None if fit.exog is None else len(fit.exog),
            data=source.data,
            data_sha256=source.data_sha256,
            fit=_figures(fit.results),
            golden=f"{evidence.what if source.shown else 'made up'}; the figures are statsmodels' own",
        ),
    )


def plain_fields(fit: Fitted) -> dict[str, dict[str, object]]:
    """Fields of a fit whose columns are numbers as they are in raw records: all columns but the constant."""
    constant = _constant_of(fit.columns, fit)
    return {name: {} for name in fit.columns if name != constant}


def _terms(definitions: Definitions, fit: Fitted) -> tuple[Terms, list[str]]:
    """What the columns are made of, as the formula says or as the fields' definitions do, and what must be reported."""
    if definitions.terms is not None:
        return definitions.terms, [*definitions.notices]
    if fit.offset is not None:
        raise NotServable("the fit has an offset or exposure: give its data, the raw rows, in which it is looked for")
    constant, notices = find_constant(definitions.schema, fit)
    return plain_terms(definitions.schema.fields, fit.columns, constant, definitions.scaling), notices


def find_constant(schema: Schema, fit: Fitted) -> tuple[str | None, list[str]]:
    """The fit's constant, a column of ones that no field makes, and a notice if its name does not say so.

    NotServable names all other columns that no field makes, and all fields that make no column.
    """
    made = {column for field in schema.fields for column in plain_columns(field)}
    orphans = [name for name in fit.columns if name not in made]
    constant = _constant_of(orphans, fit)
    orphans = [name for name in orphans if name != constant]
    idle = [field.name for field in schema.fields if not plain_columns(field).keys() & set(fit.columns)]
    if orphans or idle:
        raise NotServable(_misfits(schema, fit, orphans, idle))
    if constant is None or fold(constant) in CONSTANTS:
        return constant, []
    return constant, [f"column {constant} is 1 in all rows of the fit, and no field makes it: it is the constant"]


def _constant_of(names: Sequence[str], fit: Fitted) -> str | None:
    """The first of the columns that are 1 in all rows, rather one that is called a constant; None if there is none."""
    ones = [name for name in names if _is_constant(name, fit)]
    return min(ones, key=lambda name: fold(name) not in CONSTANTS, default=None)


def _is_constant(name: str, fit: Fitted) -> bool:
    if fit.exog is None:
        return fold(name) in CONSTANTS
    return bool((fit.exog[:, fit.columns.index(name)] == 1).all())


def _misfits(schema: Schema, fit: Fitted, orphans: Sequence[str], idle: Sequence[str]) -> str:
    parts = [f"no field makes the columns {', '.join(orphans)} of the fit"] if orphans else []
    parts += [f"the fields {', '.join(idle)} make no column of the fit"] if idle else []
    possible = [name for field in schema.fields if field.name in idle for name in plain_columns(field)]
    here = f" (here {listed(possible)})" if possible else ""
    return (
        f"{'; '.join(parts)}. The fit has the columns {listed(fit.columns)}; a number's column has its field's name, a "
        f"category's is field_level{here}. Define the fields that are missing, or give the columns of the fit other "
        'names, in its order: "columns": [...] in the definitions'
    )


def _draft(definitions: Definitions, fit: Fitted, terms: Terms) -> Artifact:
    """The artifact before anything was scored: names, fields and coefficients."""
    answer = answer_of(fit, definitions)
    nothing = (0.0,) * len(fit.classes)
    return Artifact(
        name=definitions.name,
        texts=definitions.texts,
        schema=definitions.schema,
        terms=terms,
        link=fit.link,
        coefficients={} if isinstance(answer, Classes) and answer.coefficients else _by_column(fit)[0],
        covariance=None if fit.covariance is None else tuple(map(tuple, fit.covariance.tolist())),
        answer=answer,
        golden=tuple(Golden(record, 0.0, 0.0, 0.0, nothing) for record in made_up(definitions.schema, {})),
        scale=fit.scale,
        degrees_of_freedom=fit.degrees_of_freedom,
    )


def answer_of(fit: Fitted, definitions: Definitions) -> Answer:
    """What a fit answers; ConfigError for labels that are not those of its classes."""
    match fit.kind:
        case "binary":
            return Binary(definitions.cutoff, definitions.labels)
        case "mean":
            return Mean()
    if fit.thresholds:
        return Classes(fit.classes, thresholds=fit.thresholds)
    return Classes(fit.classes, coefficients=dict(zip(fit.classes[1:], _by_column(fit), strict=True)))


def _by_column(fit: Fitted) -> list[dict[str, float]]:
    """The coefficients by column, of each linear predictor."""
    return [dict(zip(fit.columns, each.tolist(), strict=True)) for each in fit.coefficients.T]


def _doubts(fit: Fitted) -> list[str]:
    """What is to be known of the fit's coefficients before they are used."""
    if fit.kind != "binary" or fit.covariance is None:
        return doubts_of_columns(fit.results, fit.columns, fit.exog)
    return doubts(fit.results, fit.columns, np.sqrt(np.diag(fit.covariance)), fit.exog, fit.target)


def _unproven(evidence: Evidence, fit: Fitted) -> list[str]:
    """A notice that nothing is proven; ConfigError if the fit's columns have got other names nevertheless."""
    if evidence.proof.kind != "none":
        return []
    if fit.renamed:
        raise ConfigError(
            f"columns: got {listed(fit.columns)}; the fit's own names are {listed(fit.own_names or ())}, and others "
            "must be proven: give data or expected answers"
        )
    what = (
        "expected answers to raw records, as the results have lost their data"
        if fit.exog is None
        else "data, the fit's raw rows"
    )
    return [f"{evidence.proof.text}: prove it by {what}"]


def _figures(results: Any) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an optimisation, for the null model's likelihood
        figures = dict(figure for name in _FIGURES for figure in _figure(results, name))
    return figures | ({QUANTILE: float(results.q)} if isinstance(results.model, sm.QuantReg) else {})


def _figure(results: Any, name: str) -> Iterator[tuple[str, float]]:
    """A figure, if the results still have it: some need the data, which may have been removed."""
    with suppress(Exception):
        figure = float(getattr(results, name))
        if isfinite(figure):
            yield name, figure
