"""`serve`: the endpoint on this machine."""

from pathlib import Path

import click

from phat.cli.terminal import INPUT, example, reports_errors
from phat.model.model import Model
from phat.server.background import start


@click.command("serve", epilog=example("phat serve model.json --port 8080"))
@click.argument("artifact", type=INPUT)
@click.option("--port", default=1313, show_default=True, type=click.IntRange(0, 65_535), help="0 is any that is free.")
@reports_errors
def command(artifact: Path, port: int) -> None:
    """Serve a model on this machine as its endpoint does, until Ctrl-C.

    The address that is printed opens in a browser: a page to try the model, and the API at /docs.
    """
    data = artifact.read_bytes()
    start(data, Model.from_bytes(data).artifact.name, port).wait()
