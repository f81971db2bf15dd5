"""Definitions: every key has a default, and every mistake is named."""

import json
from pathlib import Path

import pytest

from phat.model.answer import Labels
from phat.model.texts import Texts
from phat.preprocessing.schema import MISSING_WORDS, CategoryField, Field, NumberField
from phat.takeover.definitions import Definitions, read_definitions
from phat.training.errors import ConfigError


def read(tmp_path: Path, data: object, fit: str = "churn.pkl") -> Definitions:
    """Definitions read from a file."""
    path = tmp_path / "fields.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return read_definitions(path, Path(fit))


def one(tmp_path: Path, **item: object) -> Field:
    """The one field of definitions."""
    [field] = read(tmp_path, {"schema": {"fields": [item]}}).schema.fields
    return field


def test_all_keys_have_defaults(tmp_path: Path) -> None:
    """A field's name is enough."""
    definitions = read(tmp_path, {"schema": {"fields": [{"name": "x"}]}})
    assert definitions.name == "churn"
    assert definitions.texts == Texts()
    assert definitions.cutoff == 0.5
    assert definitions.labels == Labels("event", "not event")
    assert definitions.columns is None
    assert definitions.schema.fields == (NumberField("x", missing=MISSING_WORDS),)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("churn.pkl", "churn"),
        ("final fit (2).pickle", "final-fit-2-"),
        ("m.v2.pkl.gz", "m.v2"),
        ("_.pkl", "model"),
        ("é.joblib", "model"),
        ("x" * 60 + ".pkl", "x" * 40),
    ],
)
def test_the_name_is_that_of_the_file(tmp_path: Path, file: str, name: str) -> None:
    """Without a name the model is called after the pickle, with what a name may have."""
    assert read(tmp_path, {"schema": {"fields": [{"name": "x"}]}}, file).name == name


def test_a_field_with_levels_is_a_category(tmp_path: Path) -> None:
    """The kind follows from the levels; the reference may be left out or null."""
    expected = CategoryField("g", levels=("a", "b"))
    assert one(tmp_path, name="g", levels=["a", "b"]) == expected
    assert one(tmp_path, name="g", levels=["a", "b"], reference=None, fill=None) == expected


@pytest.mark.parametrize(
    ("item", "gap", "fill"),
    [
        ({"name": "x"}, "error", None),
        ({"name": "x", "fill": 0}, "fill", 0.0),
        ({"name": "x", "fill": 0, "required": True}, "error", None),
        ({"name": "x", "fill": 0, "required": False}, "fill", 0.0),
        ({"name": "g", "levels": ["a"]}, "error", None),
        ({"name": "g", "levels": ["a"], "gap": "zero"}, "zero", None),
        ({"name": "g", "levels": ["a"], "required": False}, "zero", None),
        ({"name": "g", "levels": ["a"], "fill": "a"}, "fill", "a"),
    ],
)
def test_what_a_gap_is(tmp_path: Path, item: dict[str, object], gap: str, fill: object) -> None:
    """A gap is an error unless there is a fill, or `gap` or `required` says otherwise."""
    field = one(tmp_path, **item)
    assert (field.gap, field.fill) == (gap, fill)


def test_labels_and_units_may_stand_with_the_fields(tmp_path: Path) -> None:
    """A field's label and unit, and what is said of the model, become its texts; those of `texts` come first."""
    fields = [{"name": "x", "label": "Age", "unit": "years"}, {"name": "z", "label": "", "unit": "USD"}]
    plain = {"about": "A model", "schema": {"fields": fields}, "texts": {"units": {"x": "months"}}}
    assert read(tmp_path, plain).texts == Texts("A model", {"x": "Age"}, {"x": "months", "z": "USD"})


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    """A file that an editor began with a byte-order mark is read."""
    assert read(tmp_path, '\ufeff{"schema": {"fields": [{"name": "x"}]}}').name == "churn"


X = {"name": "x"}


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "is not an object"),
        ({}, "keys missing: schema"),
        ({"schema": {"fields": [X]}, "tittle": ""}, "keys unknown: tittle"),
        ({"schema": {"fields": []}}, "there are no fields"),
        ({"schema": {}}, "schema: fields: expected a list"),
        ({"schema": {"fields": [1]}}, "each item an object"),
        ({"schema": {"fields": [{}]}}, "field None: keys missing: name"),
        ({"schema": {"fields": [{"name": ["x"]}]}}, "name is of the wrong type"),
        ({"schema": {"fields": [{**X, "kind": ["number"]}]}}, "kind is of the wrong type"),
        ({"schema": {"fields": [{**X, "kind": "text"}]}}, "kind 'text' is not one of number, category"),
        ({"schema": {"fields": [{**X, "label": 1}]}}, "field 'x': label is of the wrong type"),
        ({"schema": {"fields": [{**X, "center": 1}]}}, "field 'x': keys unknown: center"),
        ({"schema": {"fields": [{**X, "required": False}]}}, "not required, and has no fill"),
        ({"schema": {"fields": [{**X, "required": True, "gap": "error"}]}}, "required stands in place of gap"),
        ({"schema": {"fields": [{**X, "scale": 0}]}}, "field 'x': scale 0.0 is not positive"),
        ({"schema": {"fields": [{**X, "kind": "category"}]}}, "a category needs its levels"),
        ({"schema": {"fields": [{**X, "levels": ["a"], "reference": "b"}]}}, "reference 'b' is not one of its levels"),
        ({"schema": {"fields": [X, X]}}, "field x is made twice"),
        ({"schema": {"fields": [{"name": "phat"}]}}, "field or column phat"),
        ({"schema": {"fields": [X]}, "columns": [1]}, "columns: expected a list"),
        ({"schema": {"fields": [X]}, "name": "a b"}, "name 'a b' is not made of"),
        ({"schema": {"fields": [X]}, "cutoff": 2}, "cutoff 2.0 is not between 0 and 1"),
        ({"schema": {"fields": [X]}, "labels": {"event": "a", "other": "a"}}, "both labels are the same"),
        ({"schema": {"fields": [X]}, "labels": {"yes": "a"}}, "labels: keys unknown: yes"),
        ({"schema": {"fields": [X]}, "texts": {"labels": 1}}, "texts: labels is of the wrong type"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, plain: object, reason: str) -> None:
    """What is wrong is named, with the file."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, plain)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))
