"""A look at the model as one self-contained HTML file."""

from pathlib import Path

from phat.monitoring.charts import charts, shares, shown
from phat.monitoring.monitor import Monitoring
from phat.training.report import render


def write_report(monitoring: Monitoring) -> str:
    """The report's HTML; it needs nothing from a network."""
    return render(
        Path(__file__).parent / "monitor_report.html",
        charts(monitoring),
        monitoring=monitoring,
        fields=shown(monitoring.fields),
        shares=shares,
        names=_NAMES,
    )


_NAMES = (
    ("auc", "AUC"), ("brier", "Brier score"), ("log_loss", "log loss"),
    ("calibration_slope", "calibration slope (1 is perfect)"),
    ("calibration_intercept", "calibration intercept (0 is perfect)"),
    ("lift_of_top_quarter", "lift of the top quarter"),
    ("event_rate", "event rate"), ("mean_phat", "mean predicted"), ("rmse", "root mean squared error"),
    ("mae", "mean absolute error"), ("explained", "share of the deviance explained"), ("mean", "mean that happened"),
    ("mean_predicted", "mean predicted"), ("dispersion", "dispersion (1 is Poisson's)"),
    ("null_log_loss", "log loss without a model"), ("accuracy", "share of likeliest classes that happened"),
    ("most_common", "share of the most common class"),
    ("quantile", "share that should lie at or below the prediction"), ("below", "share that does"),
    ("pinball", "pinball loss"),
)  # fmt: skip
"""What the figures are called, in the order of the table."""
