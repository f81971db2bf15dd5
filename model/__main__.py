"""The command line of the data scientist: `python -m model COMMAND --help`."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from model.batch.errors import BatchError
from model.errors import ModelError
from model.loaded import Model
from model.pinned import RECORDS, expected_phat
from model.store import listing, publish
from model.training import card
from model.training.config import Config
from model.training.data import Table, file_checksum, infer_config, read_csv
from model.training.errors import TrainingError
from model.training.evaluate import evaluate_model
from model.training.fit import fit
from model.training.importing import import_results
from model.training.parity import check_parity
from model.training.report import write_report
from model.training.simulate import write_csv

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)
EMPTY = "'\"\"'"
"""An empty parameter as `sam deploy` reads it: the quotes must reach it."""

console = Console()
errors = Console(stderr=True)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is told in words, without a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except (TrainingError, BatchError, ModelError, ClientError, BotoCoreError, OSError) as error:
            errors.print(f"phat: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
            sys.exit(1)

    return run


def notice(text: str) -> None:
    """Something to know that is no error."""
    errors.print(f"note: {text}", style="yellow", markup=False, highlight=False, soft_wrap=True)


@click.group(help=__doc__)
def main() -> None:
    """All commands."""


@main.command()
@click.option("--rows", default=40_000, show_default=True, type=click.IntRange(1), help="How many customers.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same customers.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The CSV to write.")
@told
def simulate(rows: int, seed: int, output: Path) -> None:
    """Write customers like the real ones of the reference model: 100 raw columns and the target y."""
    with output.open("w", encoding="utf-8", newline="") as file, Progress(console=errors) as progress:
        task = progress.add_task("customers", total=rows)
        for written in write_csv(rows, seed, file):
            progress.update(task, completed=written)
        speed = progress.tasks[0].finished_speed or progress.tasks[0].speed or 0.0
    console.print(f"{rows} customers in {output}, {speed:,.0f} rows per second", highlight=False, soft_wrap=True)


@main.command(name="fit")
@click.argument("data", type=INPUT)
@click.option("--target", help="The column to predict; needed without --config.")
@click.option("--event", help="The target's value that is the event.  [default: 1]")
@click.option("--name", help="The model's name.  [default: model]")
@click.option("--config", "config_path", type=INPUT, help="How to fit (TOML); what is printed without one is a start.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The artifact to write.")
@told
def fit_command(
    data: Path, target: str | None, event: str | None, name: str | None, config_path: Path | None, output: Path
) -> None:
    """Fit a model on a CSV of raw records, prove it, and write its artifact.

    Without --config the kinds of the columns are inferred and the whole configuration is printed: save it as
    model.toml, edit it, and fit again with --config model.toml.
    """
    with errors.status("reading"):
        table = read_csv(data)
    config = _config(table, config_path, {"target": target, "event": event, "name": name})
    with errors.status(f"fitting on {table.rows} records"):
        found = fit(table, config, data)
    for text in found.notices:
        notice(text)
    written = found.artifact.to_bytes()
    output.write_bytes(written)
    console.print(card.card(Model.from_bytes(written)))
    console.print(f"written to {output}; its endpoint answers as statsmodels does", highlight=False, soft_wrap=True)


def _config(table: Table, path: Path | None, given: dict[str, str | None]) -> Config:
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if path is not None:
        return replace(Config.from_toml(path), **changes)
    if "target" not in changes:
        raise click.UsageError("name the column to predict: --target NAME, or give a --config")
    config, notices = infer_config(table, changes["target"])
    config = replace(config, **changes)
    for text in notices:
        notice(text)
    console.print(config.to_toml(), markup=False, highlight=False, soft_wrap=True)
    return config


@main.command()
@click.argument("artifact", type=INPUT)
@click.argument("data", type=INPUT)
@click.option("--target", help="The column with the outcome.  [default: the one the model was fitted on]")
@click.option("--event", help="The target's value that is the event.  [default: the one of the fit]")
@click.option("-o", "--output", type=OUTPUT, help="The HTML report to write.")
@click.option("--json", "json_output", type=OUTPUT, help="The same figures as JSON.")
@told
def evaluate(
    artifact: Path, data: Path, target: str | None, event: str | None, output: Path | None, json_output: Path | None
) -> None:
    """Score raw records whose outcome is known, and report how good the model is on them."""
    if output is None and json_output is None:
        raise click.UsageError("say where to write: -o report.html, --json figures.json, or both")
    model = Model.from_bytes(artifact.read_bytes())
    if model.artifact.provenance.get("data_sha256") == file_checksum(data):
        notice("these are the very data that the model was fitted on, so the figures flatter it")
    with errors.status("scoring and evaluating"):
        evaluation = evaluate_model(model, read_csv(data), target, event)
        if output is not None:
            output.write_text(write_report(model, evaluation, data.name), encoding="utf-8")
        if json_output is not None:
            json_output.write_bytes(evaluation.to_json())
    for line in evaluation.summary():
        console.print(line, highlight=False, soft_wrap=True)


@main.command(name="import")
@click.argument("results", type=INPUT)
@click.option("--preprocessing", required=True, type=INPUT, help="Name, cutoff, labels, fields (JSON).")
@click.option("--data", type=INPUT, help="Raw customers (CSV): golden records and a baseline come from them.")
@click.option("--trust", is_flag=True, help="I trust this pickle: loading it runs code that it names.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The artifact to write.")
@told
def import_command(results: Path, preprocessing: Path, data: Path | None, trust: bool, output: Path) -> None:
    """Make an artifact of a pickled statsmodels result and the definitions of its fields.

    A pickle runs whatever code it names when it is loaded, so --trust is asked for.
    """
    if not trust:
        raise click.UsageError("loading a pickle runs code that it names; if you trust its source, add --trust")
    artifact = import_results(results, preprocessing, read_csv(data) if data else None)
    written = artifact.to_bytes()
    output.write_bytes(written)
    console.print(card.card(Model.from_bytes(written)))
    console.print(f"written to {output}; its golden records: {artifact.provenance['golden']}", highlight=False)


@main.command(name="publish")
@click.argument("artifact", type=INPUT)
@click.option("--bucket", required=True, help="The S3 bucket; AWS_ENDPOINT_URL is honoured.")
@click.option("--name", help="Refuse the artifact unless this is its name.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@told
def publish_command(artifact: Path, bucket: str, name: str | None, dry_run: bool) -> None:
    """Check an artifact against statsmodels and write it to models/NAME/VERSION/model.json, once and for all."""
    data = artifact.read_bytes()
    model = check_parity(data)
    if name is not None and name != model.artifact.name:
        raise ModelError(f"the artifact's name is {model.artifact.name!r}, expected {name!r}; fit it with that --name")
    if dry_run:
        console.print(f"version {model.version}\nsha256 {model.sha256}\nnothing was written", highlight=False)
        return
    published = publish(data, bucket)
    pin = published.pin
    expected = expected_phat(model)
    console.print(
        f"version {published.version}{'' if published.created else ' (was there already)'}\nsha256 {pin.sha256}\n"
        f"object version {pin.version_id or 'none: the bucket is not versioned'}\n\n"
        # An empty value is given too: what is left out keeps the value of the last deployment.
        f"sam deploy --parameter-overrides ModelKey={pin.key} ModelSha256={pin.sha256} "
        f"ModelVersionId={pin.version_id or EMPTY} ExpectedPhat={expected or EMPTY}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    if not expected:
        notice(f"the records of {RECORDS.parent.name}/{RECORDS.name} are not this model's: before traffic, its golden"
               " records alone are checked; put a few records of your own there, and build again")  # fmt: skip


@main.command()
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
    # The columnar engine takes a while to import, and no other command needs it.
    from model.batch.places import find, read_whole
    from model.batch.run import Wanted
    from model.batch.run import score as score_files

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


@main.command()
@click.argument("artifact", type=INPUT)
@told
def show(artifact: Path) -> None:
    """Show a model: what it is, fitted when on what, its figures, fields and coefficients."""
    console.print(card.card(Model.from_bytes(artifact.read_bytes())))


@main.command(name="list")
@click.option("--bucket", required=True, help="The S3 bucket; AWS_ENDPOINT_URL is honoured.")
@told
def list_command(bucket: str) -> None:
    """List the published models of a bucket, the newest first."""
    for found in listing(bucket):
        console.print(
            f"{found.modified:%Y-%m-%d %H:%M:%S}  {found.name}  {found.version}  {found.size} bytes",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip


@main.command()
@click.argument("old", type=INPUT)
@click.argument("new", type=INPUT)
@told
def diff(old: Path, new: Path) -> None:
    """Show how two models differ: fields, levels, coefficients, cutoff, figures."""
    before, after = (Model.from_bytes(path.read_bytes()) for path in (old, new))
    rows = card.differences(before.artifact, after.artifact)
    if rows:
        console.print(card.difference_table(rows, f"{old} {before.version}", f"{new} {after.version}"))
    else:
        console.print("no difference")


if __name__ == "__main__":
    main(prog_name="python -m model")
