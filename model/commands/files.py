"""`score`: whole files."""

from typing import Literal

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from model.batch.places import find, read_whole
from model.batch.run import Wanted
from model.batch.run import score as score_files
from model.commands.terminal import console, errors, notice, told
from model.loaded import Model


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", required=True, help="The .parquet or .csv to write; s3://BUCKET/KEY too.")
@click.option("--model", "artifact", required=True, help="The artifact, a file or s3://BUCKET/KEY.")
@click.option("--keep", default="", help="Columns to copy to the output, separated by commas: id,x5.")
@click.option("--include", type=click.Choice(["interval"]), help="What to add to each answer.")
@click.option("--level", default=0.95, show_default=True, type=click.FloatRange(0, 1, True, True), help="Of intervals.")
@click.option(
    "--on-error", default="fail", show_default=True, type=click.Choice(["fail", "skip"]),
    help="What bad records do: end the run without a trace, or go to OUTPUT.errors.csv.",
)  # fmt: skip
@told
def score(
    inputs: tuple[str, ...], output: str, artifact: str, keep: str, include: str | None, level: float,
    on_error: Literal["fail", "skip"],
) -> None:  # fmt: skip
    """Score whole files of raw records: CSV or Parquet, of any size.

    An INPUT is a file, a folder, a quoted pattern such as 'customers-*.csv', or s3://BUCKET/KEY; a KEY may be a pattern
    or, ending with a slash, a prefix. Of several files the answers follow each other in the order of their names.
    AWS_ENDPOINT_URL is honoured. The output appears when it is complete.
    """
    model = Model.from_bytes(read_whole(artifact))
    places = find(inputs)
    names = tuple(name.strip() for name in keep.split(",") if name.strip())
    wanted = Wanted(names, level if include else None, on_error)
    with _score_progress() as progress:
        task = progress.add_task("scoring", total=sum(place.size for place in places), rows="", speed="")

        def show_rows(rows: int, done: int) -> None:
            seconds = progress.tasks[0].elapsed or 0.0
            speed = f"{rows / seconds:,.0f}/s" if seconds else ""
            progress.update(task, completed=done, rows=f"{rows:,} rows", speed=speed)

        summary = score_files(model, places, output, wanted, show_rows)
    for text in summary.notices:
        notice(text)
    rejected = f", {summary.rejected} rejected: {output}.errors.csv" if summary.rejected else ""
    console.print(
        f"{summary.scored} of {summary.rows} rows scored by {model.artifact.name} {model.version}, "
        f"{summary.events} {model.artifact.labels.event}{rejected}; {summary.seconds:.1f} s\nwritten to {output}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


def _score_progress() -> Progress:
    """Rows, rows per second, and the time left by the bytes that are read."""
    texts = (TextColumn("{task.fields[rows]}"), TextColumn("{task.fields[speed]}"))
    return Progress(BarColumn(), TaskProgressColumn(), *texts, TimeRemainingColumn(), console=errors)
