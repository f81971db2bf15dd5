"""`fit`, `evaluate`, `import`, `simulate`, `show`, `diff`: making a model and looking at it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from phat.cli.progress import console, errors
from phat.cli.terminal import INPUT, OUTPUT, notice, say, told
from phat.model.model import Model
from phat.training import card
from phat.training.config import Config
from phat.training.data import Table, file_checksum, read_csv
from phat.training.evaluate import evaluate_model
from phat.training.fit import fit
from phat.training.importing import import_results
from phat.training.infer import infer_config
from phat.training.report import write_report
from phat.training.simulate import write_csv


@click.command()
@click.option("--rows", default=40_000, show_default=True, type=click.IntRange(1), help="How many customers.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same customers.")
@click.option(
    "--event-rate", type=click.FloatRange(0.0001, 0.9999), help="About which share has y = 1.  [default: 0.49]"
)
@click.option("-o", "--output", required=True, type=OUTPUT, help="The CSV to write.")
@told
def simulate(rows: int, seed: int, event_rate: float | None, output: Path) -> None:
    """Write customers like the real ones of the reference model: 100 raw columns and the target y."""
    with output.open("w", encoding="utf-8", newline="") as file, Progress(console=errors) as progress:
        task = progress.add_task("customers", total=rows)
        for written in write_csv(rows, seed, file, event_rate):
            progress.update(task, completed=written)
        speed = progress.tasks[0].finished_speed or progress.tasks[0].speed or 0.0
    say(f"{rows} customers in {output}, {speed:,.0f} rows per second")


@click.command(name="fit")
@click.argument("data", type=INPUT)
@click.option("--target", help="The column to predict; needed without --config.")
@click.option("--event", help="The target's value that is the event; 1, true, yes, y and t are.")
@click.option("--name", help="The model's name.  [default: model]")
@click.option("--config", "config_path", type=INPUT, help="How to fit (TOML); what is printed without one is a start.")
@click.option("--force", is_flag=True, help="Write the model even if it is worse than none.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The artifact to write.")
@told
def fit_command(
    data: Path, target: str | None, event: str | None, name: str | None, config_path: Path | None, force: bool,
    output: Path,
) -> None:  # fmt: skip
    """Fit a model on a CSV of raw records, prove it, and write its artifact.

    Without --config the kinds of the columns are inferred and the whole configuration is printed: save it as
    model.toml, edit it, and fit again with --config model.toml.
    """
    with errors.status("reading"):
        table = read_csv(data)
    config, notices = _config(table, config_path, {"target": target, "event": event, "name": name})
    with errors.status(f"fitting on {table.rows} records"):
        found = fit(table, config, data, force=force, before=notices)
    for text in found.notices:
        notice(text)
    written = found.artifact.to_bytes()
    output.write_bytes(written)
    console.print(card.card(Model.from_bytes(written)))
    for sentence in found.sentences:
        say(sentence)
    say(f"written to {output}; its endpoint answers as statsmodels does")


def _config(table: Table, path: Path | None, given: dict[str, str | None]) -> tuple[Config, list[str]]:
    """The configuration, and notices of what was inferred, both shown."""
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if path is not None:
        return replace(Config.from_toml(path), **changes), []
    if "target" not in changes:
        raise click.UsageError("name the column to predict: --target NAME, or give a --config")
    config, notices = infer_config(table, changes["target"])
    config = replace(config, **changes)
    for text in notices:
        notice(text)
    say(config.to_toml())
    return config, notices


@click.command()
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
    if model.artifact.provenance.data_sha256 == file_checksum(data):
        notice("these are the very data that the model was fitted on, so the figures flatter it")
    with errors.status("scoring and evaluating"):
        evaluation = evaluate_model(model, read_csv(data), target, event)
        if output is not None:
            output.write_text(write_report(model, evaluation, data.name), encoding="utf-8")
        if json_output is not None:
            json_output.write_bytes(evaluation.to_json())
    for text in evaluation.doubts:
        notice(text)
    for line in evaluation.summary():
        say(line)


@click.command(name="import")
@click.argument("results", type=INPUT)
@click.option("--preprocessing", required=True, type=INPUT, help="The definitions of its fields (JSON).")
@click.option("--data", type=INPUT, help="The raw records that the fit was made of (CSV): they prove it.")
@click.option(
    "--expected", type=INPUT,
    help="Raw records with statsmodels' predictions (JSON lines, or CSV with a column phat): they prove results that "
    "have lost their data.",
)  # fmt: skip
@click.option("--trust", is_flag=True, help="I trust this pickle: loading it runs code that it names.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The artifact to write.")
@told
def import_command(
    results: Path, preprocessing: Path, data: Path | None, expected: Path | None, trust: bool, output: Path
) -> None:
    """Make an artifact of a pickled statsmodels result and the definitions of its fields, and prove it.

    A pickle runs whatever code it names when it is loaded, so --trust is asked for. Definitions may be as small as
    {"schema": {"fields": [{"name": "x", "kind": "number"}]}}; docs/training.md has all of it.

    With --data every row that the fit used must become the fit's own columns; with --expected each record must be
    answered as statsmodels answered it. Without either, nothing is proven, and publish asks for --unproven.
    """
    if not trust:
        raise click.UsageError("loading a pickle runs code that it names; if you trust its source, add --trust")
    with errors.status("taking over"):
        artifact = import_results(results, preprocessing, data, expected)
        written = artifact.to_bytes()
        model = Model.from_bytes(written)
    for text in artifact.provenance.notices:
        notice(text)
    output.write_bytes(written)
    console.print(card.card(model))
    say(f"written to {output}: {artifact.provenance.proof.text}")


@click.command()
@click.argument("artifact", type=INPUT)
@told
def show(artifact: Path) -> None:
    """Show a model: what it is, fitted when on what, its figures, fields and coefficients."""
    console.print(card.card(Model.from_bytes(artifact.read_bytes())))


@click.command()
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
        say("no difference")
