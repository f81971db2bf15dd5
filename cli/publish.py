"""`publish`: a model file to S3."""

from pathlib import Path

import click

from phat.cli.terminal import INPUT, example, notice, reports_errors, say
from phat.model.errors import ModelError
from phat.model.smoke_records import RECORDS, expected_phat
from phat.model.store import publish
from phat.training.parity import check_parity

EMPTY = "'\"\"'"
"""An empty parameter as `sam deploy` reads it: the quotes must reach it."""


@click.command("publish", epilog=example("phat publish model.json --bucket my-models --dry-run"))
@click.argument("artifact", type=INPUT)
@click.option("--bucket", required=True, help="The S3 bucket; AWS_ENDPOINT_URL is honoured.")
@click.option("--name", help="Refuse the artifact unless this is its name.")
@click.option("--unproven", is_flag=True, help="Publish a model that is not proven on raw records.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@reports_errors
def command(artifact: Path, bucket: str, name: str | None, unproven: bool, dry_run: bool) -> None:
    """Check an artifact against statsmodels and write it to S3, where it never changes.

    Its key is models/NAME/VERSION/model.json; the parameters of the deployment are printed. A model
    that is not proven on raw records is refused without --unproven.
    """
    data = artifact.read_bytes()
    model = check_parity(data)
    if name is not None and name != model.artifact.name:
        raise ModelError(f"the artifact's name is {model.artifact.name!r}, expected {name!r}; fit it with that --name")
    provenance = model.artifact.provenance
    for text in provenance.notices:
        notice(text)
    provenance.proof.check(unproven=unproven)
    if dry_run:
        say(f"version {model.version}\nsha256 {model.sha256}\nnothing was written")
        return
    published = publish(data, bucket)
    pin = published.pin
    expected = expected_phat(model)
    say(
        f"version {published.version}{'' if published.created else ' (was there already)'}\nsha256 {pin.sha256}\n"
        f"object version {pin.version_id or 'none: the bucket is not versioned'}\n\n"
        # An empty value is given too: what is left out keeps the value of the last deployment.
        f"sam deploy --parameter-overrides ModelKey={pin.key} ModelSha256={pin.sha256} "
        f"ModelVersionId={pin.version_id or EMPTY} ExpectedPhat={expected or EMPTY}",
    )
    if not expected:
        notice(f"the records of {RECORDS.parent.name}/{RECORDS.name} are not this model's: before traffic, its golden"
               " records alone are checked; put a few records of your own there, and build again")  # fmt: skip
