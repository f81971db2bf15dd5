"""Models of all kinds, links and terms, drawn at random, and raw records that try their limits."""

from collections.abc import Iterator
from random import Random
from typing import Any

from phat.model.answer import Answer, Binary, Classes, Labels, Mean
from phat.model.artifact import Artifact, Golden
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.expressions import Expression, Piecewise
from phat.preprocessing.schema import CategoryField, Field, Gap, NumberField, Schema, Unknown
from phat.preprocessing.terms import Column, Factor, Terms

LINKS = (
    "logit", "probit", "cloglog", "loglog", "cauchy", "log", "logc", "identity", "inverse", "inverse_squared", "sqrt",
    "power(0.3)", "power(-2.0)", "nbinom(0.7)",
)  # fmt: skip
_LEVELS = ("a", "B", "7", "other", "é", "no")
_CONSTANTS = (0, 1, 2, -1, 0.5, 3, 10.0, -2.5, 1e-3)
_ONE = (
    "neg", "abs", "sign", "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "floor", "ceil", "sin", "cos", "not"
)  # fmt: skip
_TWO = ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or", "min", "max")
_NUMBERS: tuple[object, ...] = (
    0, 1, 2, -1, 0.5, 3.25, 10, 41.5, -7.75, "$1,234.50", "5 %", 1e-3, 1e6, 1e155, -1e308, "bad", None, "", 0.0, -0.0
)  # fmt: skip


def random_model(random: Random) -> Model:
    """A model that could have been published, but for its golden records."""
    fields: tuple[Field, ...] = (
        *(_number(random, place) for place in range(random.randint(1, 3))),
        *_categories(random),
    )
    terms = _terms(random, fields)
    answer = _answer(random, terms)
    own = isinstance(answer, Classes) and bool(answer.coefficients)
    size = len(terms.columns)
    covariance = None if own or random.random() < 0.2 else _covariance(random, size)
    link = "logit" if own else random.choice(LINKS[:2] if isinstance(answer, Classes) else LINKS)
    normal = covariance is not None and isinstance(answer, Mean) and link == "identity"
    probabilities = (0.0,) * len(answer.labels) if isinstance(answer, Classes) else ()
    artifact = Artifact(
        name="random",
        schema=Schema(fields),
        terms=Terms(terms.factors, terms.columns) if own else terms,
        link=link,
        coefficients={} if own else _coefficients(random, terms),
        covariance=covariance,
        answer=answer,
        golden=(Golden({}, 0.0, None, None, probabilities),) * 20,
        scale=1.5 if normal else None,
        degrees_of_freedom=random.choice([None, 7.0]),
    )
    return Model(artifact, "0" * 64, Predictor(artifact))


def random_records(random: Random, model: Model, rows: int) -> list[dict[str, Any]]:
    """Raw records of a model, most of them good."""
    fields = model.artifact.schema.fields
    return [{field.name: _cell(random, field) for field in fields} for _ in range(rows)]


def _cell(random: Random, field: Field) -> object:
    if isinstance(field, CategoryField):
        return random.choice([*field.levels * 3, *_LEVELS, None, "never seen"])
    return random.choice(_NUMBERS) if random.random() < 0.3 else round(random.gauss(1, 5), random.choice([0, 1, 15]))


def _number(random: Random, place: int) -> NumberField:
    gap: Gap = random.choice(["error", "fill", "as_fitted"])
    return NumberField(f"n{place}", fill=random.choice([0.0, 2.5]) if gap == "fill" else None, gap=gap)


def _categories(random: Random) -> Iterator[CategoryField]:
    for place in range(random.randint(0, 2)):
        levels = tuple(random.sample(_LEVELS, random.randint(2, 4)))
        gap: Gap = random.choice(["error", "fill", "zero", "as_fitted"])
        possible: dict[Unknown, bool] = {"error": True, "missing": gap != "error", "other": "other" in levels}
        unknown = [policy for policy, is_possible in possible.items() if is_possible]
        fill = random.choice(levels) if gap == "fill" else None
        yield CategoryField(f"c{place}", levels, fill=fill, gap=gap, unknown=random.choice(unknown))


def _terms(random: Random, fields: tuple[Field, ...]) -> Terms:
    factors = [_plain(random, field) for field in fields]
    factors += [_factor(random, fields) for _ in range(random.randint(0, 3))]
    values = [(place, value) for place, factor in enumerate(factors) for value in range(factor.width)]
    products: list[tuple[tuple[int, int], ...]] = [(pair,) for pair in values]
    products += [
        tuple(random.sample(values, min(len(values), random.randint(2, 3)))) for _ in range(random.randint(0, 2))
    ]
    columns = [Column(f"column {number}", product) for number, product in enumerate(products)]
    if random.random() < 0.8:
        columns.insert(random.randint(0, len(columns)), Column("const", ()))
    offset = Factor(_numeric(random, fields, 1)) if random.random() < 0.3 else None
    return Terms(tuple(factors), tuple(columns), offset)


def _plain(random: Random, field: Field) -> Factor:
    of = ("field", field.name)
    if isinstance(field, CategoryField):
        width = random.randint(1, 2)
        keys = [*field.levels, *([None] if random.random() < 0.2 else [])]
        return Factor(of, tuple((key, tuple(random.choice([0.0, 1.0, -0.5]) for _ in range(width))) for key in keys))
    return Factor(random.choice([of, ("/", ("-", of, 1.5), 2.5)]))


def _factor(random: Random, fields: tuple[Field, ...]) -> Factor:
    of = _numeric(random, fields, 3)
    form = random.random()
    if form < 0.2:
        return Factor(of, pieces=_pieces(random, random.randint(1, 3)))
    if form < 0.3:
        return Factor(("floor", of), tuple((key, (float(key), 1.0)) for key in random.sample(range(-3, 9), 6)))
    return Factor(of)


def _pieces(random: Random, width: int) -> Piecewise:
    def piece() -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(round(random.uniform(-1, 1), 3) for _ in range(random.randint(1, 4))) for _ in range(width))

    breaks = tuple(sorted(random.sample([-20.0, -5.0, 0.0, 0.5, 1.0, 2.0, 30.0], random.randint(2, 4))))
    left, right = (random.choice([None, piece()]) for _ in range(2))
    return Piecewise(breaks, tuple(piece() for _ in breaks[1:]), left, right)


def _numeric(random: Random, fields: tuple[Field, ...], depth: int) -> Expression:
    """An expression that is a number."""
    numbers = [field.name for field in fields if isinstance(field, NumberField)]
    categories = [field for field in fields if isinstance(field, CategoryField)]
    if depth == 0:
        return ("field", random.choice(numbers)) if random.random() < 0.7 else random.choice(_CONSTANTS)
    if categories and random.random() < 0.2:
        return _of_levels(random, categories)
    a, b, c = (_numeric(random, fields, depth - 1) for _ in range(3))
    forms: list[Expression] = [
        (random.choice(_ONE), a), (random.choice(_ONE), a), (random.choice(_TWO), a, b), (random.choice(_TWO), a, b),
        ("**", a, random.choice([2, 0.5, -1, 3, 0, 1.7])), ("if", a, b, c), ("wrap", a, 0.0, random.choice([7, b])),
        ("round", a, random.choice([-1, 0, 2])), ("in", a, (0, 1.0, 2.5)), ("missing", a), ("fill", a, 1.25),
        ("map", a, ((0, 1.5), (1.0, -2.0), (None, 0.25), (2, 3.0))), ("pp", a, _pieces(random, 1)),
    ]  # fmt: skip
    return random.choice(forms)


def _of_levels(random: Random, categories: list[CategoryField]) -> Expression:
    field = random.choice(categories)
    of = ("field", field.name)
    table = tuple((level, round(random.uniform(-1, 1), 3)) for level in field.levels)
    other = random.choice([field.levels[0], "never", ("field", random.choice(categories).name)])
    forms: list[Expression] = [
        (random.choice(["==", "!="]), of, other), ("in", of, (field.levels[-1], "never")), ("missing", of),
        ("map", of, table), ("map", of, (*table[1:], (None, 0.5))),
    ]  # fmt: skip
    return random.choice(forms)


def _answer(random: Random, terms: Terms) -> Answer:
    kind = random.choice(["binary", "mean", "ordered", "multinomial"])
    if kind == "binary":
        return Binary(random.choice([0.5, 0.3, 0.0]), Labels("yes", "no"))
    if kind == "mean":
        return Mean()
    labels = tuple("xyzw"[: random.randint(2, 4)])
    if kind == "ordered":
        return Classes(labels, tuple(sorted(random.sample([-2.0, -0.5, 0.0, 1.0, 3.5], len(labels) - 1))))
    return Classes(labels, coefficients={label: _coefficients(random, terms) for label in labels[1:]})


def _coefficients(random: Random, terms: Terms) -> dict[str, float]:
    return {name: round(random.gauss(0, 0.5), 3) for name in terms.names}


def _covariance(random: Random, size: int) -> tuple[tuple[float, ...], ...]:
    root = [[random.gauss(0, 0.2) for _ in range(size)] for _ in range(size)]
    made = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in root] for one in root]
    return tuple(tuple(value + 0.05 * (i == j) for j, value in enumerate(row)) for i, row in enumerate(made))
