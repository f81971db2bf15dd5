"""An evaluation as one self-contained HTML file."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from model.loaded import Model
from model.training.evaluate import Evaluation
from model.training.plots import draw


def write_report(model: Model, evaluation: Evaluation, data: str) -> str:
    """The report's HTML; it needs nothing from a network."""
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    pictures = {name: _inline(svg) for name, svg in draw(evaluation, model.artifact.cutoff).items()}
    template = environment.get_template("report.html")
    return template.render(
        artifact=model.artifact, version=model.version, found=evaluation, data=data, pictures=pictures
    )


def _inline(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
