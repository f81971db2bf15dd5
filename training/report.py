"""An evaluation as one self-contained HTML file."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from phat.model.model import Model
from phat.training.evaluate import Evaluation
from phat.training.other_evaluation import OtherEvaluation
from phat.training.plots import draw, draw_tenths


def write_report(model: Model, evaluation: Evaluation | OtherEvaluation, data: str) -> str:
    """The report's HTML, of a model of any kind; it needs nothing from a network."""
    shown = {"artifact": model.artifact, "version": model.version, "evaluation": evaluation, "data": data}
    folder = Path(__file__).parent
    if isinstance(evaluation, OtherEvaluation):
        return render(folder / "other_report.html", draw_tenths(evaluation.tenths), **shown)
    return render(folder / "report.html", draw(evaluation, model.artifact.cutoff), **shown)


def render(template: Path, pictures: Mapping[str, str], **shown: Any) -> str:
    """A page of a template that holds its pictures (SVG texts by name) itself."""
    folder = FileSystemLoader(template.parent)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    environment.filters["chance"] = lambda p: "< 0.001" if p < 0.001 else f"{p:.3f}"
    inlined = {name: _inline(svg) for name, svg in pictures.items()}
    return environment.get_template(template.name).render(pictures=inlined, **shown)


def _inline(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
