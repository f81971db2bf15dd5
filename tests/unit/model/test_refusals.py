"""What makes a model file refused: one test for each reason, and the reason in words."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from typing import Any

import pytest

from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError
from phat.model.model import Model
from phat.model.pin import MAX_BYTES
from phat.model.provenance import Provenance
from phat.model.validation import check_key, is_positive
from phat.preprocessing.schema import NumberField, Schema

Plain = dict[str, Any]
Change = Callable[[Plain], object]

VERSION = "0123456789ab"


def refused(data: bytes) -> str:
    """The reason for which a file is refused."""
    with pytest.raises(ArtifactError) as caught:
        Model.from_bytes(data)
    return str(caught.value)


@pytest.fixture
def reason_for(artifact_bytes: bytes) -> Callable[[Change], str]:
    """The reason for which the reference model is refused after a change."""

    def reason(change: Change) -> str:
        plain = json.loads(artifact_bytes)
        change(plain)
        return refused(json.dumps(plain).encode())

    return reason


@pytest.mark.parametrize("key", ["answer", "linear_predictor", "standard_error"])
@pytest.mark.parametrize("figure", [1e200, -1e200, 1.7e308])
def test_enormous_golden_figures(reason_for: Callable[[Change], str], key: str, figure: float) -> None:
    """A golden figure whose square no float holds is a difference like any other."""
    assert reason_for(lambda plain: plain["golden"][0].update({key: figure})).startswith("golden record 1: got")


def test_columns_called_as_contributions(reason_for: Callable[[Change], str]) -> None:
    """A field called as the contribution of another is in CSV answers is refused."""

    def rename(plain: dict[str, Any]) -> None:
        written = json.dumps(plain).replace('"x44"', '"contribution_x12"')
        plain.clear()
        plain.update(json.loads(written))

    assert "column contribution_x12: answers have a column of that name" in reason_for(rename)


@pytest.mark.parametrize("keep", [0, 1, 1000, 37000])
def test_truncated(artifact_bytes: bytes, keep: int) -> None:
    """A file that ends early is refused, wherever it ends."""
    assert "not JSON (truncated" in refused(artifact_bytes[:keep])


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"model"'])
def test_no_object(data: bytes) -> None:
    """A file that holds no JSON object is refused."""
    assert refused(data) == "the file holds no JSON object"


def test_too_large() -> None:
    """A file beyond any model's size is refused unread."""
    assert "expected at most" in refused(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize("value", [0, 1, 3, "2", None, True, 2.0])
def test_other_format_version(reason_for: Callable[[Change], str], value: object) -> None:
    """A file of another format version is refused, and both versions are named."""
    assert (
        reason_for(lambda plain: plain.update(format=value))
        == f"format version {value!r}, expected 2: fit or import the model again"
    )


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400"])
@pytest.mark.parametrize("key", ["cutoff", "x12", "linear_predictor"])
def test_not_finite(artifact_bytes: bytes, literal: str, key: str) -> None:
    """A number that is not finite is refused wherever it stands."""
    plain = json.loads(artifact_bytes)
    holder = {"cutoff": plain["answer"], "x12": plain["coefficients"], "linear_predictor": plain["golden"][0]}[key]
    holder[key] = "@"
    assert "not JSON (truncated, or a number that is not finite?)" in refused(
        json.dumps(plain).replace('"@"', literal).encode()
    )


def number(name: str) -> Plain:
    """A field of that name."""
    return NumberField(name, 0.0).to_dict()


def without_baseline(plain: Plain) -> Plain:
    """The model as if nothing were known of its training data."""
    plain["baseline"] = None
    return plain


def as_classes(plain: Plain, labels: list[str], **more: Any) -> None:
    """The answer becomes that of a model of classes."""
    plain.update(baseline=None, answer={"kind": "classes", "labels": labels, **more})


CHANGES: list[tuple[Change, str]] = [
    (
        lambda p: without_baseline(p)["coefficients"].update(x99=p["coefficients"].pop("x12")),
        "columns: they are not those of the coefficients, in the same order",
    ),
    (lambda p: without_baseline(p)["schema"]["fields"].pop(0), "columns: factor 1: field ['x12'] is not in the schema"),
    (lambda p: without_baseline(p)["schema"]["fields"].append(number("x63")), "field x63 makes no column"),
    (
        lambda p: p["coefficients"].update(x99=p["coefficients"].pop("x12")),
        "columns: they are not those of the coefficients, in the same order",
    ),
    (lambda p: p["schema"]["fields"].append(number("x63")), "baseline.fields: keys missing: x63"),
    (
        lambda p: without_baseline(p)["schema"]["fields"].append(number("phat")),
        "field or column phat: answers have a column of that name",
    ),
    (
        lambda p: without_baseline(p).update(
            columns=[*p["columns"], {"name": "imputed", "product": []}],
            coefficients=p["coefficients"] | {"imputed": 1.0},
        ),
        "field or column imputed: answers have a column of that name; rename it",
    ),
    (
        lambda p: without_baseline(p)["columns"].append({"name": "const", "product": []}),
        "columns: they are not those of the coefficients, in the same order",
    ),
    (lambda p: p["coefficients"].update(x12="1"), "coefficient x12 is not a number"),
    (lambda p: p["coefficients"].update(x12=True), "coefficient x12 is not a number"),
    (lambda p: p["covariance"].pop(), "the covariance is not 25 by 25"),
    (lambda p: p["covariance"][3].pop(), "the covariance is not 25 by 25"),
    (lambda p: p.update(covariance=[]), "the covariance is not 25 by 25"),
    (lambda p: p.update(covariance=[1]), "covariance: a row is no list"),
    (lambda p: p["covariance"][0].__setitem__(0, -1e-9), "negative variance in row 1"),
    (lambda p: p["covariance"][0].__setitem__(1, None), "covariance row 1 is not a number"),
    (lambda p: p["golden"].__delitem__(slice(19, None)), "19 golden records, expected 20 or more"),
    (lambda p: p["golden"][2].update(answer=p["golden"][2]["answer"] + 1e-11), "golden record 3: got phat"),
    (lambda p: p["golden"][2].update(linear_predictor=9.0), "golden record 3: got linear predictor"),
    (lambda p: p["golden"][2].update(standard_error=0.5), "golden record 3: got standard error"),
    (lambda p: p["golden"][2]["record"].update(x12="?"), "golden record 3 is refused: row 1, x12|x12: got '?'"),
    (lambda p: p["golden"][2].update(answer="0.5"), "golden record 3: answer is of the wrong type, expected a number"),
    (lambda p: p["golden"][2].pop("answer"), "golden record 3: keys missing: answer"),
    (lambda p: p["golden"].insert(20, 1), "golden record 21 is not an object"),
    (lambda p: p["answer"].update(cutoff=1.5), "cutoff 1.5 is not between 0 and 1"),
    (lambda p: p["answer"].update(cutoff=-0.1), "cutoff -0.1 is not between 0 and 1"),
    (lambda p: p["answer"].update(cutoff="0.5"), "answer: cutoff is of the wrong type, expected a number"),
    (lambda p: p["answer"]["labels"].update(other="event"), "both labels are the same"),
    (lambda p: p["answer"]["labels"].update(event=1), "answer.labels: event is of the wrong type, expected text"),
    (lambda p: p["answer"].update(kind="rank"), "answer: kind 'rank', expected binary, mean or classes"),
    (lambda p: p["answer"].update(kind="mean"), "answer: keys unknown: cutoff, labels"),
    (lambda p: p["answer"].pop("kind"), "answer: kind None, expected binary, mean or classes"),
    (
        lambda p: as_classes(p, ["a"]),
        "classes: got labels a, expected two or more",
    ),
    (
        lambda p: as_classes(p, ["a", "b"]),
        "classes: expected thresholds, or coeff",
    ),
    (
        lambda p: p.update(
            baseline=None, answer={"kind": "classes", "labels": ["a", "b", "c"], "thresholds": [1.0, 1.0]}
        ),
        "classes: expected finite thresholds, each above the one before it",
    ),
    (
        lambda p: as_classes(p, ["a", "b", "c"], thresholds=[1.0]),
        "classes: 1 thresholds for 3 classes",
    ),
    (
        lambda p: as_classes(p, ["a", "b"], coefficients={"a": {}}),
        "classes: expected coefficients for each class but the first",
    ),
    (
        lambda p: p.update(
            baseline=None, answer={"kind": "classes", "labels": ["a", "b"], "coefficients": {"b": {"x12": 1.0}}}
        ),
        "columns: they are not those of the coefficients, in the same order",
    ),
    (
        lambda p: as_classes(p, ["a", "b"], thresholds=[1.0]),
        "golden records: expected 2 probabilities in each",
    ),
    (
        lambda p: p.update(
            baseline=None, answer={"kind": "classes", "labels": ["a", "b"], "thresholds": [1.0]}, link="cloglog"
        ),
        "link 'cloglog' does not go with classes",
    ),
    (lambda p: p.update(offset={"field": "x12"}), "schema: offset: expected an object with the key of"),
    (lambda p: p.update(offset={"of": ["field", "x99"]}), "columns: offset: field ['x99'] is not in the schema"),
    (lambda p: p.update(offset={"of": ["field", "x12"]}), "golden record 1: got phat"),
    (lambda p: p.update(scale=-1.0), "scale and degrees of freedom: expected numbers above 0"),
    (lambda p: p.update(degrees_of_freedom=0), "scale and degrees of freedom: expected numbers above 0"),
    (lambda p: p.update(covariance=None, scale=1.0), "scale: there is no covariance"),
    (lambda p: p.update(covariance=None), "golden record 1: got standard error None"),
    (lambda p: p.update(factors=[{"field": "x12"}]), "schema: factor 1: expected an object with the key of"),
    (lambda p: p.update(link="tanh"), "link 'tanh' is not one of logit, probit, cloglog"),
    (lambda p: p.update(link="power(0)"), "link 'power(0)' is not one of logit"),
    (lambda p: p.update(link="power(1e999)"), "link 'power(1e999)' is not one of logit"),
    (lambda p: p.update(link="identity"), "golden record 1 is refused: row 1, got a linear|refused: got a linear"),
    (lambda p: p.update(link="probit"), "golden record 1: got phat"),
    (lambda p: p.update(name="a/b"), "name 'a/b' is not made of"),
    (lambda p: p.update(name=""), "name '' is not made of"),
    (lambda p: p.update(name="x" * 65), "is not made of"),
    (lambda p: p.pop("baseline"), "the artifact: keys missing: baseline"),
    (lambda p: p.update(baseline=[]), "the artifact: baseline is of the wrong type, expected an object or null"),
    (lambda p: p.update(baseline={"source": "x"}), "baseline: keys missing: records, fields, columns, score"),
    (lambda p: p.update(extra=1), "the artifact: keys unknown: extra"),
    (lambda p: p.update(provenance=[]), "the artifact: provenance is of the wrong type, expected an object"),
    (lambda p: p["provenance"].update(fit=None), "provenance: fit is of the wrong type, expected an object"),
    (lambda p: p["texts"].update(about=None), "texts: about is of the wrong type, expected text"),
    (
        lambda p: p["texts"].update(examples=[{"x12": 1}, {"x99": 1}]),
        "texts.examples: example 2: got 'x99', expected fields of the model",
    ),
    (lambda p: p["texts"].update(examples=[{"x12": "abc"}]), "texts.examples: example 1 is refused: x12: got 'abc'"),
    (lambda p: p["texts"].update(examples=["x12"]), "texts.examples"),
    (lambda p: p["texts"].update(outcomes={"buys": "x"}), "texts.outcomes: 'buys' is no outcome of the model; it has"),
    (
        lambda p: p["texts"].update(good="best"),
        "texts.good: 'best' is no outcome of the model; it has event, not event",
    ),
    (lambda p: p.update(schema={}), "schema: schema: keys missing: fields"),
    (lambda p: p["schema"]["fields"][0].update(scale=0.0), "schema: field 'x12': keys unknown: scale"),
    (lambda p: p["schema"]["fields"][0].update(kind=[]), "schema: field 'x12': kind"),
    (lambda p: p["schema"]["fields"][7]["levels"].append("friday"), "schema: field x5: level 'friday' is there twice"),
    (lambda p: p["schema"]["fields"][7]["levels"].append(" "), "schema: field x5: a level is blank"),
    (lambda p: p["schema"]["fields"][7].update(gap="fill"), "schema: field x5: gap fill does not go with fill None"),
    (lambda p: p["schema"]["fields"].append(p["schema"]["fields"][0]), "schema: field x12 is made twice"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_inconsistent(reason_for: Callable[[Change], str], change: Change, reason: str) -> None:
    """What contradicts itself, or scores otherwise than it says, is refused for that very reason."""
    found = reason_for(change)
    assert any(part in found for part in reason.split("|")), found


def asymmetric(plain: Plain, by: float) -> None:
    """Make one covariance differ from its mirror image, relative to its size."""
    plain["covariance"][4][2] = plain["covariance"][2][4] * (1 + by)


def test_asymmetric(reason_for: Callable[[Change], str]) -> None:
    """A covariance asymmetric beyond 1e-9, relative, is refused with its place."""
    assert "not symmetric at row 5, column 3" in reason_for(lambda plain: asymmetric(plain, 2e-9))


def test_indefinite(reason_for: Callable[[Change], str]) -> None:
    """A covariance under which some combination of columns would have a negative variance is refused."""

    def correlate(plain: Plain) -> None:
        covariance = plain["covariance"]
        covariance[4][2] = covariance[2][4] = 1.001 * sqrt(covariance[4][4] * covariance[2][2])

    assert "the covariance is not positive" in reason_for(correlate)


@pytest.mark.parametrize(
    ("covariance", "positive"),
    [
        ([[1.0, 1.0], [1.0, 1.0]], True),
        ([[1.0, -1.0], [-1.0, 1.0]], True),
        ([[1.0, 1.0001], [1.0001, 1.0]], False),
        ([[4.0, 6.0], [6.0, 9.0]], True),
        ([[4.0, 6.001], [6.001, 9.0]], False),
        ([[4.0, -6.00001], [-6.00001, 9.0]], False),
        ([[0.0, 0.0], [0.0, 1.0]], True),
        ([[0.0, 0.1], [0.1, 1.0]], False),
        ([[1.0, -0.6, -0.6], [-0.6, 1.0, -0.6], [-0.6, -0.6, 1.0]], False),
        ([[1.0, -0.5, -0.5], [-0.5, 1.0, -0.5], [-0.5, -0.5, 1.0]], True),
        ([[1.0, 1e308], [1e308, 1e-320]], False),
        ([[1e-300, 0.0], [0.0, 1e300]], True),
        ([[0.0]], True),
        ([], True),
    ],
)
def test_positive(covariance: list[list[float]], positive: bool) -> None:
    """A singular covariance is positive, in any units; one with a negative eigenvalue beyond rounding is not."""
    assert is_positive(covariance) == positive


def test_ten_megabytes_of_json(artifact_bytes: bytes) -> None:
    """A file that would be a model, were it not far larger than any, is refused for its size."""
    plain = json.loads(artifact_bytes)
    plain["provenance"]["padding"] = "x" * 10_000_000
    assert f"expected at most {MAX_BYTES}" in refused(json.dumps(plain).encode())


@pytest.mark.parametrize("levels", [101, 600, 1000, 5000, 100_000])
@pytest.mark.parametrize("part", ["provenance", "baseline"])
def test_nested_too_deep(artifact_bytes: bytes, part: str, levels: int) -> None:
    """Data nested deeper than any model's is refused by its key, not by an error of the interpreter."""
    nested = f'"{part}": {{"deep": {"[" * levels}{"]" * levels}, '
    broken = artifact_bytes.decode().replace(f'"{part}": {{', nested, 1)
    assert (f"{part}: keys unknown: deep" in (found := refused(broken.encode()))) or "not JSON" in found


def shadow(plain: Plain) -> None:
    """Add a number whose name is that of a category's column."""
    without_baseline(plain)["schema"]["fields"].append(number("x5_sunday"))


def test_fields_that_shadow_each_other(reason_for: Callable[[Change], str]) -> None:
    """A field whose name is the column of another is refused."""
    assert reason_for(shadow) == "columns: column x5_sunday has the name of a field that it is not made of"


def test_rounding_is_not_asymmetry(artifact_bytes: bytes) -> None:
    """What rounding makes of a symmetric covariance is accepted."""
    plain = json.loads(artifact_bytes)
    asymmetric(plain, 5e-10)
    Artifact.from_bytes(json.dumps(plain).encode())


def test_integers_are_numbers(artifact_bytes: bytes) -> None:
    """A file in which another writer put 1 for 1.0 is read."""
    plain = json.loads(artifact_bytes)
    plain["answer"]["cutoff"] = 1
    assert Model.from_bytes(json.dumps(plain).encode()).artifact.cutoff == 1


@pytest.mark.parametrize("prefix", ["", "models/", "a/b/c/"])
def test_key_that_fits(prefix: str) -> None:
    """Under any prefix, name and version make the key."""
    check_key(f"{prefix}churn/{VERSION}/model.json", "churn", VERSION)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (f"models/churn/{VERSION}/model.json", "the key names model 'churn', the artifact 'segmentation'"),
        ("models/segmentation/ffffffffffff/model.json", "names version ffffffffffff, the artifact is 0123456789ab"),
        ("models/segmentation/latest/model.json", "is not of the form"),
        (f"{VERSION}/model.json", "is not of the form"),
        (f"models/segmentation/{VERSION}/model.pkl", "is not of the form"),
        ("", "is not of the form"),
    ],
)
def test_key_that_does_not_fit(key: str, reason: str) -> None:
    """A key that disagrees with name or version, or is of another form, is refused."""
    with pytest.raises(ArtifactError, match=reason.replace("[", r"\[")):
        check_key(key, "segmentation", VERSION)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_not_finite_in_memory(model: Model, value: float) -> None:
    """An artifact made in memory is refused, as bytes at the latest, when any of its numbers is not finite."""
    artifact, baseline = model.artifact, model.artifact.baseline
    assert baseline is not None
    covariance = ((value, *artifact.known_covariance[0][1:]), *artifact.known_covariance[1:])
    parts: list[dict[str, Any]] = [
        {"coefficients": dict(artifact.coefficients) | {"x12": value}},
        {"covariance": covariance},
        {"golden": (replace(artifact.golden[0], answer=value), *artifact.golden[1:])},
        {"provenance": Provenance(fit={"auc": value})},
        {"baseline": baseline._replace(columns=dict(baseline.columns) | {"x12": value})},
        {"schema": Schema((NumberField("x12", fill=value), *artifact.schema.fields[1:]))},
    ]
    for part in parts:
        with pytest.raises(ArtifactError, match="is not finite"):
            replace(artifact, **part).to_bytes()
