"""`monitor`: captured traffic against the training data."""

from datetime import UTC, datetime
from pathlib import Path

import click

from phat.batch.finding import read_whole
from phat.cli.progress import stages
from phat.cli.terminal import OUTPUT, example, notice, reports_errors, say, say_written
from phat.model.model import Model
from phat.monitoring.captures import Window, read
from phat.monitoring.drift import Limits
from phat.monitoring.errors import NothingToMonitor
from phat.monitoring.labels import read_labels
from phat.monitoring.monitor import MonitorOptions, monitor
from phat.monitoring.report import write_report
from phat.monitoring.shadow import check_shadow

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])


@click.command(
    "monitor",
    epilog=example(
        "phat monitor --model model.json --capture s3://my-captures/captures/ \\",
        "  --from 2026-11-01 --to 2026-12-01 --outcomes outcomes.csv -o report.html",
    ),
)
@click.option("--model", "artifact", required=True, help="The artifact whose answers are looked at; s3://... too.")
@click.option("--capture", required=True, help="A folder, or s3://BUCKET/PREFIX, of captured lines.")
@click.option(
    "--from",
    "start",
    required=True,
    type=TIME,
    metavar="TIME",
    help="The window's beginning, in UTC: 2026-11-01, or 2026-11-01T12:00:00.",
)
@click.option("--to", "end", required=True, type=TIME, metavar="TIME", help="Its end, which is no part of it.")
@click.option(
    "--outcomes",
    help="What really happened (outcomes, numbers or classes): CSV or Parquet with ids, or a folder; s3://... too.",
)
@click.option("--id-column", default="id", show_default=True, help="Its column of record ids.")
@click.option("--outcome-column", default="outcome", show_default=True, help="Its column of outcomes.")
@click.option("--event", help="Of two outcomes the event; needed unless they are 1 and 0, true and false, yes and no.")
@click.option("--shadow", help="Another artifact to score on the same traffic; s3://... too.")
@click.option("--alpha", default=Limits.alpha, show_default=True, help="Corrected p below which a test rejects.")
@click.option("--effect", default=Limits.effect, show_default=True, help="Index from which a change matters.")
@click.option("--fewest", default=Limits.fewest, show_default=True, help="Records below which nothing is tested.")
@click.option("-o", "--output", type=OUTPUT, help="The HTML report to write.")
@click.option("--json", "json_output", type=OUTPUT, help="The same figures as JSON.")
@reports_errors
def command(
    artifact: str, capture: str, start: datetime, end: datetime, outcomes: str | None, id_column: str,
    outcome_column: str, event: str | None, shadow: str | None, alpha: float, effect: float, fewest: int,
    output: Path | None, json_output: Path | None,
) -> None:  # fmt: skip
    """Compare captured traffic with the training data and with real outcomes."""
    if not start < end:
        raise click.UsageError(f"--from {start} is not before --to {end}")
    model = Model.from_bytes(read_whole(artifact))
    other = Model.from_bytes(read_whole(shadow)) if shadow else None
    if other is not None:
        check_shadow(model.artifact, other.artifact)
    labels = read_labels(outcomes, model.artifact.answer, id_column, outcome_column, event) if outcomes else None
    window = Window(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    pin = {"file": artifact, "sha256": model.sha256}
    with stages(2) as stage:
        stage("reading captures")
        traffic = read(capture, window, model.version)
        stage("comparing")
        try:
            monitoring = monitor(
                model, traffic, window, MonitorOptions(Limits(alpha, effect, fewest), labels, other, pin)
            )
        except NothingToMonitor:
            for unread in traffic.unread:
                notice(f"left out: {unread}")
            raise
    for text in monitoring.notices:
        notice(text)
    if output is not None:
        output.write_text(write_report(monitoring), encoding="utf-8")
    if json_output is not None:
        json_output.write_bytes(monitoring.to_json())
    say(f"{monitoring.records} records, {monitoring.rejected} rejected")
    if monitoring.outcomes is not None and monitoring.outcomes.sentence is not None:
        say(monitoring.outcomes.sentence)
    for sentence in monitoring.conclusions:
        say(sentence)
    say_written(report=output, figures=json_output)
