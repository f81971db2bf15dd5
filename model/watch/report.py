"""A look at the model as one self-contained HTML file."""

from pathlib import Path

from model.training.report import render
from model.watch.monitor import Monitoring
from model.watch.plots import draw


def write_report(found: Monitoring) -> str:
    """The report's HTML; it needs nothing from a network."""
    return render(Path(__file__).parent / "report.html", draw(found), found=found)
