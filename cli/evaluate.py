"""`evaluate`: how good a model is on records whose outcome is known."""

from pathlib import Path

import click

from phat.cli.progress import stages
from phat.cli.terminal import INPUT, OUTPUT, example, notice, reports_errors, say, say_written
from phat.model.model import Model
from phat.training.data import file_checksum, read_table
from phat.training.dates import derived_dates, names_of, with_dates
from phat.training.evaluate import evaluate_model, target_column
from phat.training.report import write_report


@click.command("evaluate", epilog=example("phat evaluate model.json others.csv -o report.html"))
@click.argument("artifact", type=INPUT)
@click.argument("data", type=INPUT)
@click.option("--target", help="The column with the outcome.  [default: the one the model was fitted on]")
@click.option("--event", help="The target's value that is the event.  [default: the one of the fit]")
@click.option("-o", "--output", type=OUTPUT, help="The HTML report to write.")
@click.option("--json", "json_output", type=OUTPUT, help="All figures as JSON.")
@reports_errors
def command(
    artifact: Path, data: Path, target: str | None, event: str | None, output: Path | None, json_output: Path | None
) -> None:
    """Score raw records whose outcome is known, and report how good the model is."""
    model = Model.from_bytes(artifact.read_bytes())
    derived = derived_dates(model.artifact)
    made = {name for column in derived for name in names_of(column)}
    fields = [field.name for field in model.artifact.schema.fields if field.name not in made]
    needed = [target_column(model.artifact, target), *derived, *fields]
    if model.artifact.provenance.data_sha256 == file_checksum(data):
        notice("these are the very data that the model was fitted on, so the figures flatter it")
    with stages(2 if output is None else 3) as stage:
        stage("reading")
        table = with_dates(read_table(data, needed), derived)
        stage("scoring and evaluating")
        evaluation = evaluate_model(model, table, target, event)
        if output is not None:
            stage("drawing the report")
            output.write_text(write_report(model, evaluation, data.name), encoding="utf-8")
    if json_output is not None:
        json_output.write_bytes(evaluation.to_json())
    for text in evaluation.doubts:
        notice(text)
    for line in evaluation.summary():
        say(line)
    say_written(report=output, figures=json_output)
