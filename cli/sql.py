"""`sql`: a model as a query."""

from pathlib import Path

import click

from phat.batch.sql import DIALECTS, TRIED, sql_query
from phat.batch.sql_columns import UNTYPED
from phat.cli.terminal import INPUT, example, give, kept_columns, notice, reports_errors
from phat.model.model import Model


@click.command("sql", epilog=example("phat sql model.json --dialect duckdb --table lake.records --keep id > query.sql"))
@click.argument("artifact", type=INPUT)
@click.option(
    "--dialect", required=True, type=click.Choice(DIALECTS),
    help=f"Run and compared: {', '.join(TRIED)}; the others are experimental.",
)  # fmt: skip
@click.option("--table", default="records", show_default=True, help="The table of raw records; dots part its names.")
@click.option("--keep", help="Columns to copy, separated by commas: id,x5.")
@reports_errors
def command(artifact: Path, dialect: str, table: str, keep: str | None) -> None:
    """Print a model as one SQL query, which scores a table of raw records where it is.

    The table's columns have the fields' names, and any types. Answers are those of `score`; what SQL cannot clean alike
    is NULL, with its reason.
    """
    give(sql_query(Model.from_bytes(artifact.read_bytes()).artifact, dialect, table, kept_columns(keep)))
    if dialect not in TRIED:
        notice(f"{dialect} is experimental: its query was made, and never run")
    if dialect in UNTYPED:
        notice(f"{dialect} cannot tell a column's type: the fields' columns must be VARCHAR")
