"""How sure and why, through the handler: intervals and contributions in JSON and CSV."""

import csv
import io
import math
from typing import Any

import pytest

from phat.model.student import quantile
from tests.gateway import Answer, call, problem

pytestmark = pytest.mark.usefixtures("served")

Line = dict[str, Any]
EVERYTHING = [("include", "contributions,interval"), ("include", "imputed,variables")]


def predictions(answer: Answer) -> list[dict[str, Any]]:
    """The predictions of a 200."""
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


@pytest.fixture(scope="module")
def explained(served: None, golden: list[Line]) -> list[dict[str, Any]]:
    """All golden records with everything that can be included."""
    return predictions(call("POST", "/predict", [line["record"] for line in golden], query=EVERYTHING))


def test_standard_errors_are_the_golden_ones(explained: list[dict[str, Any]], golden: list[Line]) -> None:
    """The interval's standard error is the golden one to 1e-12, and its bounds are Wald's at 95 %."""
    for found, line in zip(explained, golden, strict=True):
        interval = found["interval"]
        assert interval["standard_error"] == pytest.approx(line["standard_error"], abs=1e-12, rel=1e-12)
        assert interval["level"] == 0.95
        for bound, sign in (("lower", -1), ("upper", 1)):
            eta = line["linear_predictor"] + sign * quantile(0.95, None) * line["standard_error"]
            assert interval[bound] == pytest.approx(1 / (1 + math.exp(-eta)), abs=1e-12)
        assert interval["lower"] < found["phat"] < interval["upper"]


def test_contributions_add_up(explained: list[dict[str, Any]], golden: list[Line], facts: dict[str, Any]) -> None:
    """Contributions, largest first, are coefficients times columns and add up to the golden linear predictor."""
    coefficients = dict(zip(facts["columns_in_fit_order"], facts["params"], strict=True))
    for found, line in zip(explained, golden, strict=True):
        told = found["contributions"]
        sizes = [abs(item["contribution"]) for item in told["fields"]]
        assert sizes == sorted(sizes, reverse=True)
        assert math.fsum([told["constant"], *(i["contribution"] for i in told["fields"])]) == told["linear_predictor"]
        assert told["linear_predictor"] == pytest.approx(line["linear_predictor"], abs=1e-12)
        for item in told["fields"]:
            name = item["field"]
            made = {c: v for c, v in found["variables"].items() if c == name or c.startswith(f"{name}_")}
            expected = sum(coefficients[column] * value for column, value in made.items())
            assert item["contribution"] == pytest.approx(expected, abs=1e-12)
            assert item["odds_ratio"] == pytest.approx(math.exp(expected))
            assert item["relative_odds_ratio"] == pytest.approx(math.exp(item["relative_contribution"]))


def test_explanation_is_told_once() -> None:
    """Labels, units and the average record, with where they come from, stand once next to the predictions."""
    found = call("POST", "/predict", [{"x12": 1}] * 2, query=[("include", "contributions")]).json()["explanation"]
    assert found["fields"]["x12"] == {"label": "", "unit": "USD"}
    assert found["link"] == "logit"
    assert found["average"]["source"].startswith("simulated records")
    assert 0.4 < found["average"]["phat"] < 0.6
    assert "explanation" not in call("POST", "/predict", {"x12": 1}, query=[("include", "interval")]).json()


def test_level_sets_the_bounds(golden: list[Line]) -> None:
    """At 80 % the bounds lie 1.2816 standard errors around the linear predictor."""
    record = golden[7]["record"]
    query = [("include", "interval"), ("level", "0.8")]
    [found] = predictions(call("POST", "/predict", record, query=query))
    assert found["interval"]["level"] == 0.8
    lower, upper = (math.log(bound / (1 - bound)) for bound in (found["interval"]["lower"], found["interval"]["upper"]))
    assert upper - lower == pytest.approx(2 * 1.2815515655446004 * golden[7]["standard_error"], rel=1e-9)


def test_csv_has_the_same(explained: list[dict[str, Any]], golden: list[Line]) -> None:
    """CSV has every extra as columns, with the values of JSON."""
    records = [line["record"] for line in golden]
    answer = call("POST", "/predict", records, query=EVERYTHING, headers=[("Accept", "text/csv")])
    rows = list(csv.DictReader(io.StringIO(answer.body)))
    assert len(rows) == len(explained)
    for row, found in zip(rows, explained, strict=True):
        for name, value in found["variables"].items():
            assert float(row[name]) == value
        assert row["imputed"] == " ".join(found["imputed"])
        for name, value in found["interval"].items():
            assert float(row[f"interval_{name}"]) == value
        assert float(row["contribution_constant"]) == found["contributions"]["constant"]
        for item in found["contributions"]["fields"]:
            for name, value in item.items():
                if name != "field":
                    assert float(row[f"{name}_{item['field']}"]) == value


def test_alone_as_in_a_batch(explained: list[dict[str, Any]], golden: list[Line]) -> None:
    """A record explained alone gets the same bits as in the batch."""
    for index in range(0, 300, 30):
        assert predictions(call("POST", "/predict", golden[index]["record"], query=EVERYTHING)) == [explained[index]]


def test_numbers_beyond_floats_are_null() -> None:
    """What an explanation cannot hold in a float is null, and its bounds are those of certainty's lack."""
    [found] = predictions(call("POST", "/predict", {"x12": 1e300}, query=[("include", "interval,contributions")]))
    assert (found["interval"]["lower"], found["interval"]["upper"]) == (0.0, 1.0) or found["phat"] in (0.0, 1.0)
    assert None in [item["odds_ratio"] for item in found["contributions"]["fields"]] or found["phat"] == 0.0


def test_too_much_explanation_says_how_much_fits() -> None:
    """An answer that Lambda could not send is refused with how many records fit: that many do."""
    query = [("include", "contributions")]
    detail = problem(call("POST", "/predict", [{"x12": 1}] * 10_000, query=query), 413)["detail"]
    fits = int(detail.split(": ")[1].split()[0])
    assert 1000 < fits < 10_000
    assert call("POST", "/predict", [{"x12": 1}] * fits, query=query).status == 200
