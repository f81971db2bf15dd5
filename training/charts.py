"""The charts of an evaluation, described as `model/look/charts.js` draws them."""

from collections.abc import Mapping, Sequence
from typing import Any

from phat.training.evaluate import Evaluation

Chart = dict[str, Any]
SHARE = {"low": 0, "high": 1, "percent": True}


def charts(evaluation: Evaluation, cutoff: float, event: str) -> dict[str, Chart]:
    """Every chart by name, and what the choice of a cutoff is made of; `event` is the label of events."""
    return {
        "gain": _gain(evaluation),
        "calibration": calibration(evaluation.calibration, "tenths of the records"),
        "histogram": _histogram(evaluation, cutoff),
        "roc": _roc(evaluation),
        "precision_recall": _precision_recall(evaluation),
        "twentieths": _twentieths(evaluation),
        "choices": {
            "rows": evaluation.rows,
            "events": evaluation.events,
            "cutoff": cutoff,
            "event": event,
            "points": [[each["cutoff"], each["hits"], each["false_alarms"]] for each in evaluation.choices],
        },
    }


def line(name: str, points: Sequence[Sequence[float]], **more: Any) -> Chart:
    """A line of a chart."""
    return {"name": name, "points": [list(point) for point in points], **more}


_DIAGONAL = [[0, 0], [1, 1]]


def _gain(evaluation: Evaluation) -> Chart:
    records, points = 0, [[0.0, 0.0]]
    for row in evaluation.twentieths:
        records += row["records"]
        points.append([records / evaluation.rows, row["gain"]])
    quarter = gain_of(evaluation, 0.25)
    rate = evaluation.events / evaluation.rows
    return {
        "title": "Gain: the share of all events that the highest scores hold",
        "alt": f"Gain curve: the quarter with the highest scores holds {100 * quarter:.0f} % of the events",
        "x": SHARE | {"label": "share of the records, the highest scores first"},
        "y": SHARE | {"label": "share of the events"},
        "lines": [
            line("this model", points), line("perfect", [[0, 0], [rate, 1], [1, 1]], tone="then", dashed=True),
            line("chance", _DIAGONAL, tone="alarm", dashed=True),
        ],
    }  # fmt: skip


def gain_of(evaluation: Evaluation, share: float) -> float:
    """The share of the events that the records with the highest scores hold; `share` in steps of a twentieth."""
    return float(evaluation.twentieths[round(share * len(evaluation.twentieths)) - 1]["gain"])


def _roc(evaluation: Evaluation) -> Chart:
    auc = evaluation.auc["value"]
    points = list(zip(evaluation.roc["x"], evaluation.roc["y"], strict=True))
    return {
        "title": "ROC curve",
        "alt": f"ROC curve with an area of {auc:.3f}",
        "x": SHARE | {"label": "false positive rate"},
        "y": SHARE | {"label": "true positive rate"},
        "lines": [line(f"AUC {auc:.3f}", points), line("chance", _DIAGONAL, tone="then", dashed=True)],
    }


def _precision_recall(evaluation: Evaluation) -> Chart:
    rate = evaluation.events / evaluation.rows
    points = list(zip(evaluation.precision_recall["x"], evaluation.precision_recall["y"], strict=True))
    name = f"average precision {evaluation.average_precision:.3f}"
    return {
        "title": "Precision and recall",
        "alt": f"Precision by recall, with an {name}",
        "x": SHARE | {"label": "recall"},
        "y": SHARE | {"label": "precision"},
        "lines": [line(name, points), line("event rate", [[0, rate], [1, rate]], tone="then", dashed=True)],
    }


def calibration(bins: Mapping[str, Any], name: str) -> Chart:
    """Predicted and observed, bin by bin."""
    rates = [events / max(size, 1) for events, size in zip(bins["events"], bins["records"], strict=True)]
    points = [list(pair) for pair in zip(bins["mean_phat"], rates, strict=True)]
    off = max(abs(rate - phat) for phat, rate in points)
    return {
        "title": "Calibration: what was predicted, and what happened",
        "alt": f"Calibration: {name}, at most {100 * off:.0f} percentage points off",
        "x": SHARE | {"label": "mean predicted probability"},
        "y": SHARE | {"label": "observed event rate"},
        "lines": [line(name, points, dots=True), line("perfect", _DIAGONAL, tone="then", dashed=True)],
    }


def _histogram(evaluation: Evaluation, cutoff: float) -> Chart:
    return {
        "title": "How the scores are spread",
        "alt": f"Histogram of the scores, with the cutoff at {100 * cutoff:.1f} %",
        "x": SHARE | {"label": "predicted probability"},
        "y": {"low": 0, "label": "records"},
        "edges": evaluation.histogram["edges"],
        "bars": [{"name": "records", "values": evaluation.histogram["records"]}],
        "marks": [{"x": cutoff, "name": f"cutoff {100 * cutoff:.1f} %"}],
    }


def _twentieths(evaluation: Evaluation) -> Chart:
    rows, rate = evaluation.twentieths, evaluation.events / evaluation.rows
    bars = [{"name": "these data", "values": [row["rate"] for row in rows]}]
    if all(row["training_rate"] is not None for row in rows):
        bars.append({"name": "training", "values": [row["training_rate"] for row in rows], "tone": "then"})
    return {
        "title": "Event rate by twentieth of the score",
        "alt": f"Event rate by twentieth: from {100 * rows[0]['rate']:.0f} % down to {100 * rows[-1]['rate']:.0f} %",
        "x": {"names": [str(row["twentieth"]) for row in rows], "label": "twentieth, the highest scores first"},
        "y": {"low": 0, "percent": True, "label": "event rate"},
        "bars": bars,
        "marks": [{"y": rate, "name": "all records"}],
    }


def tenths_chart(tenths: Sequence[Mapping[str, Any]]) -> dict[str, Chart]:
    """The chart of tenths of predicted means, if there are some."""
    if not tenths:
        return {}
    points = [[float(tenth["predicted"]), float(tenth["happened"])] for tenth in tenths]
    ends = [min(map(min, points)), max(map(max, points))]
    return {
        "tenths": {
            "title": "Predicted and happened",
            "alt": "What happened by what was predicted, tenth by tenth, next to a perfect line",
            "x": {"label": "predicted, on average"},
            "y": {"low": ends[0], "label": "happened, on average"},
            "lines": [
                line("tenths of the records", points, dots=True),
                line("perfect", [[end, end] for end in ends], tone="then", dashed=True),
            ],
        }
    }
