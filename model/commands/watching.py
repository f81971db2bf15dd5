"""`monitor` and `forget`: captured traffic."""

from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from model.batch.finding import read_whole
from model.commands.live import errors
from model.commands.terminal import OUTPUT, say, told
from model.loaded import Model
from model.watch.captures import Window, find, forget, read
from model.watch.drift import Limits
from model.watch.monitor import Asked, watch
from model.watch.outcomes import read_labels
from model.watch.report import write_report

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])


@click.command()
@click.option("--model", "artifact", required=True, help="The artifact whose answers are looked at; s3://... too.")
@click.option("--capture", required=True, help="A folder, or s3://BUCKET/PREFIX, of captured lines.")
@click.option("--from", "start", required=True, type=TIME, help="The window's beginning, in UTC.")
@click.option("--to", "end", required=True, type=TIME, help="Its end, which is no part of it.")
@click.option("--outcomes", help="What really happened: CSV or Parquet of ids and outcomes, or a folder; s3://... too.")
@click.option("--id-column", default="id", show_default=True, help="Its column of record ids.")
@click.option("--outcome-column", default="outcome", show_default=True, help="Its column of outcomes.")
@click.option("--event", default="1", show_default=True, help="The outcome that is the event.")
@click.option("--shadow", help="Another artifact to score on the same traffic; s3://... too.")
@click.option("--alpha", default=Limits.alpha, show_default=True, help="Corrected p below which a test rejects.")
@click.option("--effect", default=Limits.effect, show_default=True, help="Index from which a change matters.")
@click.option("--fewest", default=Limits.fewest, show_default=True, help="Records below which nothing is tested.")
@click.option("-o", "--output", type=OUTPUT, help="The HTML report to write.")
@click.option("--json", "json_output", type=OUTPUT, help="The same figures as JSON.")
@told
def monitor(
    artifact: str, capture: str, start: datetime, end: datetime, outcomes: str | None, id_column: str,
    outcome_column: str, event: str, shadow: str | None, alpha: float, effect: float, fewest: int,
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
    found = watch(model, traffic, window, Asked(Limits(alpha, effect, fewest), labels, other))
    if output is not None:
        output.write_text(write_report(found), encoding="utf-8")
    if json_output is not None:
        json_output.write_bytes(found.to_json())
    say(f"{found.records} records, {found.rejected} rejected")
    if found.outcomes is not None and found.outcomes.sentence is not None:
        say(found.outcomes.sentence)
    for sentence in found.findings or ["nothing has moved that would matter"]:
        say(sentence)


@click.command(name="forget")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--capture", required=True, help="A folder, or s3://BUCKET/PREFIX, of captured lines.")
@click.option("--find", "only_find", is_flag=True, help="Print what is known of them, and delete nothing.")
@told
def forget_command(ids: tuple[str, ...], capture: str, only_find: bool) -> None:
    """Delete what was captured of records with these ids.

    In a bucket that keeps versions the former ones are still there, until its lifecycle rule or you delete them.
    """
    if only_find:
        for record in find(capture, ids):
            say(orjson.dumps(record).decode())
        return
    gone = forget(capture, ids)
    for name, count in gone.items():
        say(f"{count} from {name}")
    say(f"{sum(gone.values())} records deleted from {len(gone)} objects")
