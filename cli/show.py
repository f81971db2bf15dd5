"""`show`: a model's card."""

from pathlib import Path

import click

from phat.cli.progress import console
from phat.cli.terminal import INPUT, example, reports_errors
from phat.model.model import Model
from phat.training.card import card


@click.command("show", epilog=example("phat show model.json"))
@click.argument("artifact", type=INPUT)
@reports_errors
def command(artifact: Path) -> None:
    """Show a model: origin, figures, fields, coefficients with errors and intervals.

    z is the coefficient over its standard error, p is two-sided. For a logit link the interval is that of the odds
    ratio, else that of the coefficient, at the 95 % level.
    """
    console.print(card(Model.from_bytes(artifact.read_bytes())))
