"""`diff`: how two models differ."""

from pathlib import Path

import click

from phat.cli.differences import difference_tables, differences
from phat.cli.progress import console
from phat.cli.terminal import INPUT, example, reports_errors, say
from phat.model.model import Model


@click.command("diff", epilog=example("phat diff old.json new.json"))
@click.argument("old", type=INPUT)
@click.argument("new", type=INPUT)
@reports_errors
def command(old: Path, new: Path) -> None:
    """Show how two models differ, the largest change first.

    Compared are coefficients, decision and fields, origin and figures.
    """
    before, after = (Model.from_bytes(path.read_bytes()) for path in (old, new))
    compared = differences(before.artifact, after.artifact)
    if not compared:
        say("no difference")
        return
    say(f"old: {old}, {before.artifact.name} {before.version}\nnew: {new}, {after.artifact.name} {after.version}")
    for table in difference_tables(compared):
        console.print(table)
