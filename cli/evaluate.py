"""`evaluate`: how good a model is on records whose outcome is known."""

from math import inf
from pathlib import Path

import click

from phat.batch.dialects.options import Dialect
from phat.cli.files import table_options
from phat.cli.progress import stages
from phat.cli.terminal import INPUT, OUTPUT, example, notice, reports_errors, say, say_written
from phat.model.answer import Binary
from phat.model.model import Model
from phat.training.data import Table, file_checksum, read_table
from phat.training.dates import derived_dates, names_of, with_dates
from phat.training.evaluate import Asked, evaluate_model, target_column
from phat.training.other_evaluation import OtherEvaluation, evaluate_other
from phat.training.report import write_report


@click.command("evaluate", epilog=example("phat evaluate model.json others.csv -o report.html"))
@click.argument("artifact", type=INPUT)
@click.argument("data", type=INPUT)
@click.option("--target", help="The column with the outcome.  [default: the one the model was fitted on]")
@click.option("--event", help="The target's value that is the event.  [default: the one of the fit]")
@click.option("--by", multiple=True, metavar="COLUMN", help="Figures by the groups of a column; repeatable.")
@click.option("--folds", type=click.IntRange(2), help="Fit the model's columns anew in so many folds of the data, too.")
@click.option("--cost-of-miss", type=float, help="What an event that is not called costs.")
@click.option("--cost-of-false-alarm", type=float, help="What a call that is no event costs.")
@click.option("-o", "--output", type=OUTPUT, help="The HTML report to write.")
@click.option("--json", "json_output", type=OUTPUT, help="All figures as JSON.")
@table_options
@reports_errors
def command(
    artifact: Path, data: Path, target: str | None, event: str | None, by: tuple[str, ...], folds: int | None,
    cost_of_miss: float | None, cost_of_false_alarm: float | None, output: Path | None, json_output: Path | None,
    dialect: Dialect,
) -> None:  # fmt: skip
    """Score raw records whose outcome is known, and report how good the model is."""
    model = Model.from_bytes(artifact.read_bytes())
    derived = derived_dates(model.artifact)
    made = {name for column in derived for name in names_of(column)}
    fields = [field.name for field in model.artifact.schema.fields if field.name not in made]
    column = target_column(model.artifact, target)
    needed = [column, *derived, *fields, *by]
    asked = Asked(by, folds, _costs(cost_of_miss, cost_of_false_alarm))
    if model.artifact.provenance.data_sha256 == file_checksum(data):
        notice("these are the very data that the model was fitted on, so the figures flatter it")
    with stages(2 if output is None else 3) as stage:
        stage("reading")
        table = with_dates(read_table(data, needed, dialect), derived)
        stage("scoring and evaluating")
        evaluation = _other(model, table, column, event, asked) or evaluate_model(model, table, target, event, asked)
        if output is not None:
            stage("drawing the report")
            output.write_text(write_report(model, evaluation, data.name), encoding="utf-8")
    if json_output is not None:
        json_output.write_bytes(evaluation.to_json())
    for text in (*table.notices, *evaluation.doubts):
        notice(text)
    for line in evaluation.summary():
        say(line)
    say_written(report=output, figures=json_output)


def _other(
    model: Model, table: Table, target: str, event: str | None, asked: Asked
) -> OtherEvaluation | None:  # fmt: skip
    """The evaluation of a model of means or classes; None for one of two outcomes."""
    if isinstance(model.artifact.answer, Binary):
        return None
    if event is not None or asked._replace(by=()) != Asked():
        raise click.UsageError("--event, --folds and costs are for models of two outcomes; leave them out")
    return evaluate_other(model, table, target, asked.by)


def _costs(miss: float | None, false_alarm: float | None) -> tuple[float, float] | None:
    """The costs of mistakes, if they are given; a usage error for one alone, or one that is none."""
    if miss is None and false_alarm is None:
        return None
    if miss is None or false_alarm is None or not (0 < miss < inf and 0 < false_alarm < inf):
        raise click.UsageError("--cost-of-miss and --cost-of-false-alarm: give both, as numbers above 0")
    return miss, false_alarm
