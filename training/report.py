"""An evaluation as one self-contained HTML file."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from phat.model import look
from phat.model.model import Model
from phat.training.charts import charts, tenths_chart
from phat.training.evaluate import Evaluation
from phat.training.other_evaluation import OtherEvaluation

_HERE = Path(__file__).parent


def write_report(model: Model, evaluation: Evaluation | OtherEvaluation, data: str) -> str:
    """The report's HTML, of a model of any kind; it needs nothing from a network."""
    shown: dict[str, Any] = {
        "artifact": model.artifact,
        "version": model.version,
        "evaluation": evaluation,
        "data": data,
    }
    if isinstance(evaluation, OtherEvaluation):
        return render(_HERE / "other_report.html", tenths_chart(evaluation.tenths), **shown)
    drawn = charts(evaluation, model.artifact.cutoff, model.artifact.labels.event)
    return render(_HERE / "binary_report.html", drawn, (_HERE / "choices.js").read_text(), **shown)


def render(template: Path, drawn: Mapping[str, Any], script: str = "", **shown: Any) -> str:
    """A page of a template in the common look, with its charts, described as `model/look/charts.js` draws them.

    `script` runs after the charts are drawn.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, look.FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    environment.filters["chance"] = lambda p: "< 0.001" if p < 0.001 else f"{p:.3f}"
    environment.filters["position"] = lambda values, value: values.index(value)
    environment.filters["data"] = _data
    environment.filters["digest"] = _digest
    style, scripts = look.stylesheet(), look.chart_script() + look.report_script() + script
    return environment.get_template(template.name).render(charts=drawn, style=style, script=scripts, **shown)


def _data(value: Any) -> Markup:
    """Plain data as JSON within a script element."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))  # noqa: S704  # with its one sign that means something there


def _digest(text: str) -> Markup:
    """The source that a policy names a script or a style by; in the form that a browser hashes."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")  # noqa: S704  # base64 has no sign that means something
