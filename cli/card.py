"""`card`: a model card as HTML or Markdown."""

from pathlib import Path

import click
import orjson

from phat.cli.terminal import INPUT, OUTPUT, example, give, reports_errors, say_written
from phat.model.model import Model
from phat.training.card_pages import as_html, as_markdown
from phat.training.errors import DataError
from phat.training.model_card import make_card


@click.command("card", epilog=example("phat card model.json -o card.html", "phat card model.json > card.md"))
@click.argument("artifact", type=INPUT)
@click.option("--evaluation", type=INPUT, help="Figures of `phat evaluate --json`, by group too.")
@click.option("-o", "--output", type=OUTPUT, help="The card to write, .html or .md.  [default: Markdown, to print]")
@reports_errors
def command(artifact: Path, evaluation: Path | None, output: Path | None) -> None:
    """Write a model card: what it predicts, for whom, of which data, how good, by group, limits, version and proof."""
    if output is not None and output.suffix.lower() not in (".html", ".htm", ".md"):
        raise click.UsageError(f"{output}: say which format by the name: .html or .md")
    card = make_card(Model.from_bytes(artifact.read_bytes()), None if evaluation is None else _read(evaluation))
    if output is None:
        give(as_markdown(card).rstrip("\n"))
        return
    page = as_markdown(card) if output.suffix.lower() == ".md" else as_html(card)
    output.write_text(page, encoding="utf-8")
    say_written(card=output)


def _read(path: Path) -> dict[str, object]:
    """The figures of an evaluation; DataError if the file holds none."""
    try:
        plain = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path}: not JSON: {error}") from None
    if not isinstance(plain, dict) or not plain.keys() & {"judgement", "figures"}:
        raise DataError(f"{path}: expected the figures that phat evaluate --json writes")
    return plain
