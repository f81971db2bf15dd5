"""A look at the model as one self-contained HTML file."""

from pathlib import Path

from phat.monitoring.monitor import Monitoring
from phat.monitoring.plots import draw
from phat.training.report import render


def write_report(monitoring: Monitoring) -> str:
    """The report's HTML; it needs nothing from a network."""
    return render(Path(__file__).parent / "report.html", draw(monitoring), found=monitoring)
