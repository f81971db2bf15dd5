"""`simulate`: raw records to try everything with."""

import time
from pathlib import Path

import click

from phat.cli.progress import rows as progress
from phat.cli.terminal import OUTPUT, example, reports_errors, say
from phat.training.simulate import write_csv


@click.command("simulate", epilog=example("phat simulate --rows 40000 --event-rate 0.03 -o records.csv"))
@click.option("--rows", default=40_000, show_default=True, type=click.IntRange(1), help="How many records.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same records.")
@click.option(
    "--event-rate", type=click.FloatRange(0.0001, 0.9999), help="About which share has y = 1.  [default: 0.49]"
)
@click.option("-o", "--output", required=True, type=OUTPUT, help="The CSV to write.")
@reports_errors
def command(rows: int, seed: int, event_rate: float | None, output: Path) -> None:
    """Write records like the real ones of the reference model, with the target y.

    A record has 100 raw columns.
    """
    start = time.monotonic()
    with output.open("w", encoding="utf-8", newline="") as file, progress("simulating", rows) as show:
        for written in write_csv(rows, seed, file, event_rate):
            show(written, written)
    say(f"{rows} records in {output}, {rows / (time.monotonic() - start):,.0f} rows per second")
