"""`score`: whole files."""

from collections.abc import Iterator, Mapping
from typing import Literal

import click

from phat.batch.dialects.opening import opened, shown_notices
from phat.batch.dialects.options import Dialect
from phat.batch.finding import find, read_whole
from phat.batch.inputs import check_output, find_inputs
from phat.batch.score_files import ScoreOptions, score_files
from phat.cli.files import table_options
from phat.cli.progress import rows
from phat.cli.terminal import example, kept_columns, notice, reports_errors, say
from phat.model.answer import Answer, Binary, Classes
from phat.model.model import Model


@click.command(
    "score",
    epilog=example(
        "phat score records.csv -o scores.parquet --model model.json --keep id",
        "phat score 's3://my-data/in/*.csv' -o s3://my-data/out.csv --model model.json --on-error skip",
    ),
)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", required=True, help="The .parquet or .csv to write; s3://BUCKET/KEY too.")
@click.option("--model", "artifact", required=True, help="The artifact, a file or s3://BUCKET/KEY.")
@click.option("--keep", help="Columns to copy to the output, separated by commas: id,x5.")
@click.option(
    "--include", multiple=True, type=click.Choice(["interval", "prediction_interval"]),
    help="What to add to each answer: bounds of it, or besides these the bounds of a new observation.",
)  # fmt: skip
@click.option("--level", default=0.95, show_default=True, type=click.FloatRange(0, 1, True, True), help="Of intervals.")
@click.option(
    "--on-error", default="fail", show_default=True, type=click.Choice(["fail", "skip"]),
    help="What bad records do: end the run without a trace, or go to OUTPUT.errors.csv.",
)  # fmt: skip
@click.option("--spreadsheet", is_flag=True, help="In a CSV, put ' before text that a spreadsheet would run.")
@table_options
@reports_errors
def command(
    inputs: tuple[str, ...], output: str, artifact: str, keep: str | None, include: tuple[str, ...], level: float,
    on_error: Literal["fail", "skip"], spreadsheet: bool, dialect: Dialect,
) -> None:  # fmt: skip
    """Score whole files of raw records: CSV, Parquet or xlsx, of any size.

    An INPUT is a file, a folder, a quoted pattern such as 'records-*.csv', or s3://BUCKET/KEY; a KEY may be a pattern
    or, ending with a slash, a prefix. Of several files the answers follow each other in the order of their names.
    A CSV may have tabs or semicolons between its cells, and be packed with gzip; what is assumed of it is reported.
    AWS_ENDPOINT_URL is honoured. The output appears when it is complete, and is never an input.
    """
    observations = "prediction_interval" in include
    options = ScoreOptions(
        kept_columns(keep), level if include else None, observations, on_error, spreadsheet=spreadsheet
    )
    check_output(output, find([artifact]))
    model = Model.from_bytes(read_whole(artifact))
    places, notices = find_inputs(inputs, output)
    with opened(places, dialect) as files:
        for text in (*notices, *shown_notices(files)):
            notice(text)
        places = [file.place for file in files]
        with rows("scoring", sum(place.size for place in places)) as show:
            summary = score_files(model, places, output, options, show)
    for text in summary.notices:
        notice(text)
    rejected = f", {summary.rejected} rejected: {output}.errors.csv" if summary.rejected else ""
    blank = f", {summary.skipped} blank row{'s' * (summary.skipped > 1)} skipped" if summary.skipped else ""
    counted = "".join(f", {text}" for text in _counts(model.artifact.answer, summary.outcomes))
    say(
        f"{summary.scored} of {summary.rows} rows scored by {model.artifact.name} {model.version}"
        f"{counted}{rejected}{blank}; {summary.seconds:.1f} s\n"
        f"written to {output}"
    )


def _counts(answer: Answer, outcomes: Mapping[str, int]) -> Iterator[str]:
    """The decisions that are counted in the summary, in the model's order: events, or all classes."""
    if isinstance(answer, Binary):
        yield f"{outcomes.get(answer.labels.event, 0)} {answer.labels.event}"
    elif isinstance(answer, Classes):
        yield from (f"{label}: {outcomes.get(label, 0)}" for label in answer.labels)
