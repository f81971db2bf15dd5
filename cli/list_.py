"""`list`: the models of a bucket."""

import click

from phat.cli.terminal import example, reports_errors, say
from phat.model.store import listing


@click.command("list", epilog=example("phat list --bucket my-models"))
@click.option("--bucket", required=True, help="The S3 bucket; AWS_ENDPOINT_URL is honoured.")
@reports_errors
def command(bucket: str) -> None:
    """List the published models of a bucket, the newest first."""
    for model in listing(bucket):
        say(
            f"{model.modified:%Y-%m-%d %H:%M:%S}  {model.name}  {model.version}  {model.size} bytes",
        )
