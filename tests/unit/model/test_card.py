"""A model's card and what two models differ in, as rich shows them anywhere."""

import io

import numpy as np
import pytest
from rich.console import Console, RenderableType
from scipy import stats

from phat.cli.differences import Difference, difference_tables, differences
from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact
from phat.model.provenance import Provenance
from phat.model.texts import Texts
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from phat.training.card import card, tables
from tests.unit.model.other import other_model

HOSTILE = [
    "[months]",
    "[/x]",
    "[red]a[/red]",
    ":smile:",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "a\rb",
    "\u202egnp.exe",
    "a\nb",
]


def shown(renderable: RenderableType) -> str:
    """What a console of rich's own defaults prints, wide enough for a line a row."""
    file = io.StringIO()
    Console(file=file, width=400).print(renderable)
    return file.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_models_texts_are_data(text: str) -> None:
    """Labels, names, levels, units and provenance are shown as they are spelt, whatever markup they look like."""
    name, level = f"n{text}", f"l{text}"
    field = CategoryField(name, gap="zero", levels=(level, "other"), reference="other")
    schema = Schema((field, NumberField("debt", fill=0.0)))
    changes = {
        "schema": schema,
        "texts": Texts(f"about{text}", units={"debt": f"u{text}"}),
        "answer": Binary(0.5, Labels(f"event{text}", "no")),
        "coefficients": {f"{name}_{level}": 1.0, "debt": 2.0}, "covariance": ((1.0, 0.0), (0.0, 1.0)),
        "provenance": Provenance(libraries={f"key{text}": f"value{text}"}),
    }  # fmt: skip
    printed = shown(card(other_model(**changes)))
    spelt = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    for word in ("n", "l", "u", "event", "key", "value"):
        assert f"{word}{spelt}" in printed
    assert all(char.isprintable() or char == "\n" for char in printed)
    assert "about" + spelt.replace("\\u000a", "\n") in printed


@pytest.mark.parametrize("text", HOSTILE)
def test_differences_are_data(text: str) -> None:
    """So are the names and values of differences."""
    rows = {"Coefficients": [Difference(f"name{text}", f"old{text}", f"new{text}")]}
    [table] = difference_tables(rows)
    printed = shown(table)
    spelt = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    for word in ("name", "old", "new"):
        assert f"{word}{spelt}" in printed
    assert all(char.isprintable() or char == "\n" for char in printed)


def two() -> tuple[Artifact, Artifact]:
    """Two models with different coefficients, fields and cutoffs."""
    number, other = NumberField("debt", fill=0.0), NumberField("age", fill=1.0)
    old = other_model(
        schema=Schema((number, other)), scaling={"debt": (10.0, 1.0)}, coefficients={"debt": 1.0, "age": -0.5},
        covariance=((1.0, 0.0), (0.0, 1.0)),
        answer=Binary(0.5, Labels("yes", "no")), provenance=Provenance(training_records=40_000),
    )  # fmt: skip
    new = other_model(
        schema=Schema((number, NumberField("rate", fill=0.0))), scaling={"debt": (12.0, 1.0)},
        coefficients={"debt": 1.000123456, "rate": 2.0}, covariance=((1.0, 0.0), (0.0, 1.0)),
        answer=Binary(0.4, Labels("yes", "no")), provenance=Provenance(training_records=43_210),
    )  # fmt: skip
    return old.artifact, new.artifact


def test_differences_the_largest_first() -> None:
    """Old, new and change, with the largest change first; what one model alone has counts as 0 in the other."""
    compared = differences(*two())
    assert [(each.name, each.old, each.new) for each in compared["Coefficients"]] == [
        ("rate", None, 2.0), ("age", -0.5, None), ("debt", 1.0, 1.000123456),
    ]  # fmt: skip
    assert compared["Coefficients"][2].change == pytest.approx(0.000123456)
    [decision] = compared["Decision"]
    assert decision.name == "cutoff"
    assert decision.change == pytest.approx(-0.1)
    assert {(each.name, each.old, each.new) for each in compared["Fields"]} == {
        ("debt: centre", 10.0, 12.0), ("age", "number", None), ("rate", None, "number"),
    }  # fmt: skip
    old, _ = two()
    assert differences(old, old) == {}


def test_differences_in_four_digits() -> None:
    """Numbers are shown with four digits, counts with all, and a change with its sign."""
    coefficients, decision, _, origin = map(shown, difference_tables(differences(*two())))
    assert ["debt", "1", "1", "+0.0001235"] in [line.split() for line in coefficients.splitlines()]
    assert ["rate", "-", "2", "added"] in [line.split() for line in coefficients.splitlines()]
    assert ["age", "-0.5", "-", "removed"] in [line.split() for line in coefficients.splitlines()]
    assert "-0.1 " in decision
    assert all(word in origin for word in ("40,000", "43,210", "+3,210"))


def coefficient_rows(link: str) -> list[list[str]]:
    """The lines of the table of coefficients, in a narrow terminal."""
    model = other_model(
        schema=Schema((NumberField("debt", fill=0.0), NumberField("age", fill=0.0))), link=link,
        coefficients={"debt": 0.4, "age": -2.0}, covariance=((0.04, 0.0), (0.0, 0.0)),
    )  # fmt: skip
    file = io.StringIO()
    Console(file=file, width=80).print(tables(model)[2])
    return [line.split() for line in file.getvalue().splitlines()]


def test_coefficients_with_errors_and_intervals() -> None:
    """Standard error, z, two-sided p, odds ratio and its interval; without an error no z and no p."""
    rows = coefficient_rows("logit")
    lower, upper = np.exp(0.4 - 1.959964 * 0.2), np.exp(0.4 + 1.959964 * 0.2)
    p = f"{2 * stats.norm.sf(2):.3f}"
    assert ["debt", "+0.4", "0.2", "2.00", p, "1.492", f"{lower:.4g}", f"{upper:.4g}"] in rows
    assert ["age", "-2", "0", "-", "-", "0.1353", "0.1353", "0.1353"] in rows


def test_no_odds_ratio_without_a_logit() -> None:
    """Of another link the interval is the coefficient's own, and there is no odds ratio."""
    rows = coefficient_rows("probit")
    assert ["debt", "+0.4", "0.2", "2.00", "0.046", "0.008007", "0.792"] in rows
    assert not any("odds" in row for row in rows)
