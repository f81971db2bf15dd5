"""`card`: a model's card as a page or as Markdown."""

from pathlib import Path

import click

from phat.cli.terminal import INPUT, OUTPUT, example, give, reports_errors, say_written
from phat.model.card.card import card
from phat.model.card.evaluation import read_evaluation
from phat.model.card.html import page
from phat.model.card.markdown import markdown
from phat.model.model import Model

_FORMS = {".html": page, ".htm": page, ".md": markdown, ".markdown": markdown}
_TO_OUTPUT = Path("-")


@click.command(
    "card", epilog=example("phat card model.json -o card.html", "phat card model.json --evaluation figures.json")
)
@click.argument("artifact", type=INPUT)
@click.option("--evaluation", type=INPUT, help="Figures of `phat evaluate --json` to show, by group too.")
@click.option("-o", "--output", type=OUTPUT, help="The card to write: .html or .md.  [default: Markdown, printed]")
@reports_errors
def command(artifact: Path, evaluation: Path | None, output: Path | None) -> None:
    """Write a model's card: what it predicts, for whom, how well, of which data, and its limits.

    An HTML card is one file that needs no network, to read, to print or to send. For whom the model is, its limits,
    whom to ask and of what time its data are is said by `intended_use`, `limits`, `contact` and `window`, in the
    configuration of a fit or the definitions of an import.
    """
    form = markdown if output in (None, _TO_OUTPUT) else _FORMS.get(output.suffix.lower()) if output else None
    if form is None:
        raise click.UsageError(f"{output}: expected a name that ends in {', '.join(_FORMS)}")
    model = Model.from_bytes(artifact.read_bytes())
    evaluated = None if evaluation is None else read_evaluation(evaluation.read_bytes(), model.artifact)
    text = form(card(model, evaluated))
    if output is None or output == _TO_OUTPUT:
        give(text.removesuffix("\n"))
        return
    output.write_text(text, encoding="utf-8")
    say_written(card=output)
