"""`monitor` and `forget`: captured traffic."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from phat.batch.finding import read_whole
from phat.cli.progress import errors
from phat.cli.terminal import OUTPUT, notice, say, told
from phat.model.hashes import KeyUnreadable, read_key
from phat.model.model import Model
from phat.model.visible import visible_line
from phat.monitoring.captures import Window, read
from phat.monitoring.drift import Limits
from phat.monitoring.errors import NothingToWatch
from phat.monitoring.forgetting import Known, find, forget
from phat.monitoring.labels import read_labels
from phat.monitoring.monitor import Asked, watch
from phat.monitoring.report import write_report

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])


@click.command()
@click.option("--model", "artifact", required=True, help="The artifact whose answers are looked at; s3://... too.")
@click.option("--capture", required=True, help="A folder, or s3://BUCKET/PREFIX, of captured lines.")
@click.option("--from", "start", required=True, type=TIME, help="The window's beginning, in UTC.")
@click.option("--to", "end", required=True, type=TIME, help="Its end, which is no part of it.")
@click.option("--outcomes", help="What really happened: CSV or Parquet of ids and outcomes, or a folder; s3://... too.")
@click.option("--id-column", default="id", show_default=True, help="Its column of record ids.")
@click.option("--outcome-column", default="outcome", show_default=True, help="Its column of outcomes.")
@click.option(
    "--event", help="The outcome that is the event; needed unless they are 1 and 0, true and false, yes and no."
)
@click.option("--shadow", help="Another artifact to score on the same traffic; s3://... too.")
@click.option("--alpha", default=Limits.alpha, show_default=True, help="Corrected p below which a test rejects.")
@click.option("--effect", default=Limits.effect, show_default=True, help="Index from which a change matters.")
@click.option("--fewest", default=Limits.fewest, show_default=True, help="Records below which nothing is tested.")
@click.option("-o", "--output", type=OUTPUT, help="The HTML report to write.")
@click.option("--json", "json_output", type=OUTPUT, help="The same figures as JSON.")
@told
def monitor(
    artifact: str, capture: str, start: datetime, end: datetime, outcomes: str | None, id_column: str,
    outcome_column: str, event: str | None, shadow: str | None, alpha: float, effect: float, fewest: int,
    output: Path | None, json_output: Path | None,
) -> None:  # fmt: skip
    """Compare captured traffic with the training data, and with what really happened."""
    if not start < end:
        raise click.UsageError(f"--from {start} is not before --to {end}")
    model = Model.from_bytes(read_whole(artifact))
    window = Window(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    with errors.status("reading"):
        traffic = read(capture, window, model.version)
    labels = read_labels(outcomes, id_column, outcome_column, event) if outcomes else None
    other = Model.from_bytes(read_whole(shadow)) if shadow else None
    pin = {"file": artifact, "sha256": model.sha256}
    try:
        found = watch(model, traffic, window, Asked(Limits(alpha, effect, fewest), labels, other, pin))
    except NothingToWatch:
        for unread in traffic.unread:
            notice(f"left out: {unread}")
        raise
    for text in found.notices:
        notice(text)
    if output is not None:
        output.write_text(write_report(found), encoding="utf-8")
    if json_output is not None:
        json_output.write_bytes(found.to_json())
    say(f"{found.records} records, {found.rejected} rejected")
    if found.outcomes is not None and found.outcomes.sentence is not None:
        say(found.outcomes.sentence)
    for sentence in found.conclusions:
        say(sentence)


@click.command(name="forget")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--capture", "captures", required=True, multiple=True,
    help="A folder, or s3://BUCKET/PREFIX, of captured lines; again for each other one.",
)  # fmt: skip
@click.option(
    "--hash-key-name", "key_names", multiple=True, metavar="NAME",
    help="The SSM parameter with the key, if ids are hashed; again as NAME:VERSION for each former key.",
)  # fmt: skip
@click.option("--find", "only_find", is_flag=True, help="Print what is known of them, and delete nothing.")
@told
def forget_command(
    ids: tuple[str, ...], captures: tuple[str, ...], key_names: tuple[str, ...], only_find: bool
) -> None:
    """Delete what was captured of records with these ids.

    What cannot be read is listed, the others are looked through all the same, and the command ends with status 1: it
    may hold more. In a bucket that keeps versions the former ones are still there, until its lifecycle rule or you
    delete them.
    """
    try:
        keys = [read_key(name) for name in key_names]
    except KeyUnreadable as error:
        raise click.ClickException(f"--hash-key-name: {error}") from None
    known = (find if only_find else forget)(captures, ids, keys)
    _say_known(known, only_find)
    if known.unread or (known.hashed and not keys):
        for text in known.unread:
            click.secho(f"not looked through: {visible_line(text)}", fg="red", err=True)
        if known.hashed and not keys:
            click.secho("not looked through: hashed ids; say --hash-key-name NAME", fg="red", err=True)
        sys.exit(1)


def _say_known(known: Known, only_find: bool) -> None:
    if only_find:
        for record in known.records:
            say(orjson.dumps(record).decode())
        return
    for name, count in known.objects.items():
        say(f"{count} from {name}")
    say(f"{sum(known.objects.values())} records deleted from {len(known.objects)} objects")
