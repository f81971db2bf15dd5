"""A configuration: to and from TOML, and what contradicts itself."""

from pathlib import Path

import pytest

from phat.training.config import Config, FieldConfig
from phat.training.errors import ConfigError
from tests.conftest import REFERENCE

FIELDS = (
    FieldConfig("age", "number", fill="median", standardise=False, unit="years"),
    FieldConfig("in come", "number", fill=12.5),
    FieldConfig("code", "number", missing=("?", 'no "x"')),
    FieldConfig("all", "number", missing=()),
    FieldConfig("région", "category", reference='nord "x"', gap="refuse"),
    FieldConfig("state", "category", gap="reference", unknown="missing", missing=("none",)),
)
FULL = Config(
    target="y", fields=FIELDS, name="churn", about="Ümlaut\n", event="yes", estimator="glm-cloglog", constant=True,
    columns=("age", "région_süd"), cutoff=0.25, split=(0.5, 0.25, 0.25), seed=7,
    outcomes={"event": "buys"}, actions={"event": "call", "not event": "wait"}, good="event", answer_unit="EUR",
    examples=({"age": 41, "in come": 12.5, "région": 'süd "x"'}, {"age": "n/a"}),
)  # fmt: skip


@pytest.mark.parametrize("config", [FULL, Config(target="t", fields=FIELDS[:1])])
def test_toml_comes_back(config: Config, tmp_path: Path) -> None:
    """What is printed can be saved, edited and read again."""
    path = tmp_path / "model.toml"
    path.write_text(config.to_toml(), encoding="utf-8")
    assert Config.from_toml(path) == config


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("target = ", "not TOML"),
        ("[fields.a]\nkind = 'number'", "expected target"),
        ("target = 'y'", "expected target = ... and a table"),
        ("target = 'y'\ntaget = 'z'\n[fields.a]\nkind = 'number'", "unknown key 'taget'; known are"),
        ("target = 'y'\nconstant = 1\n[fields.a]\nkind = 'number'", "constant: got 1, expected true or false"),
        ("target = 'y'\nscreen = true\n[fields.a]\nkind = 'number'", "screen: got True, expected a whole number"),
        ("target = 'y'\n[fields.a]\nkind = 'date'", "field a: kind: got 'date'"),
        ("target = 'y'\n[fields.a]\nfill = 1", "field a: expected a table with kind"),
        ("target = 'y'\n[fields.a]\nkind = 'number'\nfil = 1", "field a: unknown key 'fil'"),
        ("target = 'y'\n[fields.a]\nkind = 'number'\nfill = 'mode'", "field a: fill: got 'mode'"),
        ("target = 'y'\nestimator = 'ols'\n[fields.a]\nkind = 'number'", "estimator: got 'ols', expected one of logit"),
        ("target = 'y'\nsplit = [0.5, 0.2, 0.2]\n[fields.a]\nkind = 'number'", "three shares that add up to 1"),
        ("target = 'y'\nsplit = [0.0, 0.5, 0.5]\n[fields.a]\nkind = 'number'", "the first share, for training, is 0"),
        ("target = 'y'\nsplit = [nan, 0.0, 1.0]\n[fields.a]\nkind = 'number'", "three shares that add up to 1"),
        ("target = 'y'\nseed = -1\n[fields.a]\nkind = 'number'", "seed and screen: got -1 and None"),
        ("target = 'y'\nscreen = 0\n[fields.a]\nkind = 'number'", "seed and screen: got 42 and 0"),
        ("target = 'y'\ncolumns = ['x', 'x']\n[fields.a]\nkind = 'number'", "columns: x is there twice"),
        ("target = 'y'\ncutoff = 1.5\n[fields.a]\nkind = 'number'", "between 0 and 1"),
        ("target = 'a'\n[fields.a]\nkind = 'number'", "the target a is among the fields"),
        ("target = 'y'\nname = 'my model'\n[fields.a]\nkind = 'number'", "name 'my model' is not made of letters"),
        ("target = 'y'\nevent_label = 'a'\nother_label = 'a'\n[fields.a]\nkind = 'number'", "are the same: 'a'"),
        ("target = 'y'\nexamples = ['x']\n[fields.a]\nkind = 'number'", "examples: an item: got 'x', expected a table"),
        ("target = 'y'\ncolumns = [1]\n[fields.a]\nkind = 'number'", "columns: an item: got 1, expected text"),
        ("target = 'y'\n[fields.a]\nkind = 'category'\ngap = 'fill'", "gap: got 'fill', expected one of level"),
        ("target = 'y'\n[fields.a]\nkind = 'category'\nunknown = 'no'", "unknown: got 'no', expected one of error"),
        ("target = 'y'\n[fields.a]\nkind = 'category'\nfill = 'mean'", "field a: a category has no fill; it has kind"),
        ("target = 'y'\n[fields.a]\nkind = 'number'\ngap = 'zero'", "field a: a number has no gap; it has kind"),
        ("target = 'y'\n[fields.a]\nkind = 'number'\nmissing = 'na'", "missing: got 'na', expected a list"),
        ("target = 'y'\n[fields.a]\nkind = 'number'\nmissing = ['-999']", "missing word '-999' is a number, and would"),
        ("target = 'y'\n[fields.a]\nkind = 'number'\nfill = inf", "fill: got inf, expected a finite number"),
    ],
)
def test_bad_configurations(text: str, reason: str, tmp_path: Path) -> None:
    """What is wrong in a configuration is told with its key."""
    path = tmp_path / "model.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason.replace("...", r"\.\.\.")):
        Config.from_toml(path)


def test_reference_configuration() -> None:
    """The reference model's own configuration has no constant, and gaps of its categories are no level."""
    config = Config.from_toml(REFERENCE / "segmentation.toml")
    assert not config.constant
    assert {field.gap for field in config.fields if field.kind == "category"} == {"zero"}
    assert len(config.fields) == 100


def test_a_constant_by_default() -> None:
    """Unless it is told otherwise, a model has a constant."""
    assert Config(target="y", fields=FIELDS).constant
