"""The report's pictures, each as SVG text."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phat.training.evaluate import Evaluation

_BLUE, _ORANGE, _GREY = "#1f5fa8", "#d9731a", "#9aa5b1"
STYLE: Any = {
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
    "grid.color": "#e6e9ed", "font.size": 9, "axes.titlesize": 11, "axes.titleweight": "bold", "svg.hashsalt": "phat",
    "text.parse_math": False,
}  # fmt: skip


def draw(evaluation: Evaluation, cutoff: float) -> dict[str, str]:
    """Every picture by name."""
    with mpl.rc_context(STYLE):
        return {
            "roc": _svg(lambda axes: _roc(axes, evaluation)),
            "precision_recall": _svg(lambda axes: _precision_recall(axes, evaluation)),
            "calibration": _svg(lambda axes: _calibration(axes, evaluation)),
            "histogram": _svg(lambda axes: _histogram(axes, evaluation, cutoff)),
            "twentieths": _svg(lambda axes: _twentieths(axes, evaluation), width=8.4),
        }


def draw_tenths(tenths: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The picture of tenths of predicted means, if there are some."""
    if not tenths:
        return {}
    with mpl.rc_context(STYLE):
        return {"tenths": _svg(lambda axes: _tenths(axes, tenths), width=8.4)}


def _tenths(axes: Axes, tenths: Sequence[Mapping[str, Any]]) -> None:
    predicted, happened = ([tenth[name] for tenth in tenths] for name in ("predicted", "happened"))
    ends = [min(*predicted, *happened), max(*predicted, *happened)]
    axes.plot(ends, ends, color=_GREY, linestyle="--", label="perfect")
    axes.plot(predicted, happened, color=_BLUE, marker="o", label="tenths of the records")
    axes.set(title="Predicted and happened", xlabel="predicted, on average", ylabel="happened, on average")
    axes.legend(frameon=False, loc="upper left")


def _svg(paint: Callable[[Axes], None], width: float = 4.1, height: float = 3.4) -> str:
    figure = Figure(figsize=(width, height), layout="constrained")
    paint(figure.add_subplot())
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _roc(axes: Axes, evaluation: Evaluation) -> None:
    axes.plot(evaluation.roc["x"], evaluation.roc["y"], color=_BLUE, label=f"AUC {evaluation.auc['value']:.3f}")
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="chance")
    axes.set(title="ROC curve", xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(frameon=False, loc="lower right")


def _precision_recall(axes: Axes, evaluation: Evaluation) -> None:
    label = f"average precision {evaluation.average_precision:.3f}"
    axes.plot(evaluation.precision_recall["x"], evaluation.precision_recall["y"], color=_BLUE, label=label)
    axes.axhline(evaluation.events / evaluation.rows, color=_GREY, linestyle="--", label="event rate")
    axes.set(title="Precision and recall", xlabel="recall", ylabel="precision", ylim=(0, 1.02))
    axes.legend(frameon=False, loc="lower left")


def _calibration(axes: Axes, evaluation: Evaluation) -> None:
    bins: dict[str, Any] = evaluation.calibration
    rates = [events / max(size, 1) for events, size in zip(bins["events"], bins["records"], strict=True)]
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="perfect")
    axes.plot(bins["mean_phat"], rates, color=_BLUE, marker="o", label="tenths of the records")
    axes.set(title="Calibration", xlabel="mean predicted probability", ylabel="observed event rate")
    axes.legend(frameon=False, loc="upper left")


def _histogram(axes: Axes, evaluation: Evaluation, cutoff: float) -> None:
    axes.stairs(evaluation.histogram["records"], evaluation.histogram["edges"], fill=True, color=_BLUE, alpha=0.75)
    axes.axvline(cutoff, color=_ORANGE, label=f"cutoff {cutoff:.3f}")
    axes.set(title="Scores", xlabel="predicted probability", ylabel="records")
    axes.margins(y=0.18)
    axes.legend(frameon=False, loc="upper right")


def _twentieths(axes: Axes, evaluation: Evaluation) -> None:
    places = [row["twentieth"] for row in evaluation.twentieths]
    axes.bar(places, [row["rate"] for row in evaluation.twentieths], color=_BLUE, alpha=0.8, label="these data")
    if all(row["training_rate"] is not None for row in evaluation.twentieths):
        rates = [row["training_rate"] for row in evaluation.twentieths]
        axes.plot(places, rates, color=_ORANGE, marker="o", markersize=4, label="training")
    axes.axhline(evaluation.events / evaluation.rows, color=_GREY, linestyle="--", label="event rate")
    axes.set(title="Event rate by twentieth of the score", xlabel="twentieth, the highest scores first", xticks=places)
    axes.legend(frameon=False)
