"""`fit`: a model from raw records."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from phat.batch.dialects.options import Dialect
from phat.cli.files import table_options
from phat.cli.progress import console, stages
from phat.cli.summary import fit_summary, lines, next_steps
from phat.cli.terminal import INPUT, OUTPUT, example, notice, reports_errors, say
from phat.model.model import Model
from phat.takeover.fitting import fit_as_configured
from phat.takeover.formula_fit import split_formula
from phat.training.card import tables
from phat.training.config import Config, FieldConfig, ModelKind
from phat.training.data import Table, read_table
from phat.training.dates import with_dates
from phat.training.fit import STAGES, Fit
from phat.training.infer import infer_config


@click.command(
    "fit",
    epilog=example(
        "phat fit records.csv --target churned --event yes -o model.json --write-config model.toml",
        "phat fit records.csv --config model.toml -o model.json",
    ),
)
@click.argument("data", type=INPUT)
@click.option("--target", help="The column to predict; needed without --config.")
@click.option("--event", help="The target's value that is the event; 1, true, yes, y and t are.")
@click.option("--kind", type=click.Choice(get_args(ModelKind)), help="What is predicted.  [default: binary]")
@click.option("--formula", help="What the columns are made of: 'churn ~ tenure + C(contract) * np.log(charges)'.")
@click.option("--exposure", metavar="COLUMN", help="Of counts (poisson): the time or size that each was counted in.")
@click.option("--name", help="The model's name.  [default: model]")
@click.option("--config", "config_path", type=INPUT, help="How to fit (TOML); --write-config makes a start.")
@click.option("--write-config", "config_output", type=OUTPUT, help="Write how it was fitted, to edit and use again.")
@click.option(
    "--drop", multiple=True, metavar="NAME", help="A column to leave out, of the data or the model; repeatable."
)
@click.option(
    "--derive", multiple=True, metavar="COLUMN", help="A column of dates: its year, month and days are fields."
)
@click.option("--cutoff", type=float, help="Call the event from this phat on.")
@click.option("--share", type=float, help="Call this share of the rows the event, such as 0.1.")
@click.option("--cost-of-miss", type=float, help="What an event that is not called costs; with --cost-of-false-alarm.")
@click.option("--cost-of-false-alarm", type=float, help="What a call that is no event costs.")
@click.option("--strict", is_flag=True, help="Refuse what would be repaired: leaks, rare levels, collinear columns.")
@click.option("--force", is_flag=True, help="Write the model even if it is worse than none.")
@click.option("--verbose", is_flag=True, help="Print the tables of `phat show` too.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The artifact to write.")
@table_options
@reports_errors
def command(
    data: Path, target: str | None, event: str | None, kind: str | None, formula: str | None, exposure: str | None,
    name: str | None, config_path: Path | None, config_output: Path | None, drop: tuple[str, ...],
    derive: tuple[str, ...], cutoff: float | None, share: float | None, cost_of_miss: float | None,
    cost_of_false_alarm: float | None, strict: bool, force: bool, verbose: bool, output: Path, dialect: Dialect,
) -> None:  # fmt: skip
    """Fit a model on raw records (CSV, xlsx or Parquet), prove it, and write its artifact.

    Without --config the kinds of the columns are inferred. What was decided is reported in notices, and written out by
    --write-config: the same configuration and data make the same fit.
    """
    target = target or (split_formula(formula).target if formula else None)
    named = {"target": target, "event": event, "kind": kind, "formula": formula, "exposure": exposure, "name": name}
    options: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
    costs = {"cost_of_miss": cost_of_miss, "cost_of_false_alarm": cost_of_false_alarm}
    ways = {"cutoff": cutoff, "cutoff_share": share, **costs}
    options |= ways if any(way is not None for way in ways.values()) else {}
    options |= {key: value for key, value in (("drop", drop), ("derive", derive), ("strict", strict)) if value}
    config = _read_config(config_path, options)
    needed = [config.target, *config.derive, *config.raw_fields] if config else [options["target"], *derive]
    needed += [exposure] if exposure else []
    with stages(len(STAGES) + 1) as stage:
        stage("reading")
        table = with_dates(read_table(data, needed, dialect), config.derive if config else derive)
        for text in table.notices:
            notice(text)
        config, before = (config, []) if config else _infer_config(table, options)
        left_out = table.frame.width - 1 + len(table.unnamed) - len(config.fields) if config_path is None else 0
        before = [*table.notices, *before]
        fitted = fit_as_configured(table, config, data, force=force, before=before, stage=stage)
    for text in fitted.notices:
        notice(text)
    fields, left_out = (len(fitted.artifact.schema.fields), 0) if config.formula else (len(config.fields), left_out)
    _write(fitted, fields, left_out, output, config_output, verbose)


def _read_config(path: Path | None, options: dict[str, Any]) -> Config | None:
    if path is not None:
        return replace(Config.from_toml(path), **options)
    if "target" not in options:
        raise click.UsageError("name the column to predict: --target NAME, or give a --config")
    return None


def _infer_config(table: Table, options: dict[str, Any]) -> tuple[Config, list[str]]:
    """A configuration, and notices of what was inferred, which are shown."""
    config, notices = infer_config(table, options["target"], dates=options.get("derive", ()))
    if options.get("formula"):  # which says itself what the columns are
        notices, config = [], replace(config, fields=tuple(FieldConfig(each.name, each.kind) for each in config.fields))
    for text in notices:
        notice(text)
    return replace(config, **options), notices


def _write(
    fitted: Fit, fields: int, left_out: int, output: Path, config_output: Path | None, verbose: bool
) -> None:  # fmt: skip
    written = fitted.artifact.to_bytes()
    model = Model.from_bytes(written)
    output.write_bytes(written)
    for line in lines(fit_summary(fitted, model, fields, left_out)):
        say(line)
    if verbose:
        console.print(*tables(model), sep="\n")
    say(f"written to {output}; its endpoint answers as statsmodels does")
    if config_output is not None:
        config_output.write_text(fitted.config, encoding="utf-8")
        say(f"written to {config_output}: fit --config with it to get this model again, or edit it first")
    for line in next_steps(f"show {output}", f"evaluate {output} OTHER.csv", f"publish {output} --bucket BUCKET"):
        say(line)
