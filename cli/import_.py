"""`import`: taking over a fit that somebody has made already."""

from pathlib import Path

import click

from phat.batch.dialects.options import Dialect
from phat.cli.files import table_options
from phat.cli.progress import console, stages
from phat.cli.summary import import_summary, lines, next_steps
from phat.cli.terminal import INPUT, OUTPUT, example, notice, reports_errors, say
from phat.model.model import Model
from phat.takeover.drafts import draft_of, draft_of_choices
from phat.takeover.importing import OnTop, import_results
from phat.takeover.recognition.ambiguous import Ambiguous
from phat.training.card import tables


@click.command("import", epilog=example("phat import fit.pkl --data raw.csv --trust -o model.json"))
@click.argument("results", type=INPUT)
@click.option("--preprocessing", type=INPUT, help="The definitions of its fields (JSON); without, --data tells them.")
@click.option(
    "--data", type=INPUT, help="The raw records that the fit was made of (CSV, xlsx, Parquet), which prove it."
)
@click.option(
    "--expected", type=INPUT,
    help="Raw records with statsmodels' predictions (JSON lines, or CSV with a column phat): they prove results that "
    "have lost their data.",
)  # fmt: skip
@click.option("--fields", type=INPUT, help="What to say of fields on top: labels, units, fills, choices (TOML).")
@click.option("--draft", type=OUTPUT, help="Write such a file to edit, with the choices that the fit leaves open.")
@click.option("--no-records", is_flag=True, help="Make up the golden records: no row of the data is in the model file.")
@click.option("--trust", is_flag=True, help="I trust this pickle: loading it runs code that it names.")
@click.option("--verbose", is_flag=True, help="Print the tables of `phat show` too.")
@click.option("-o", "--output", required=True, type=OUTPUT, help="The artifact to write.")
@table_options
@reports_errors
def command(
    results: Path, preprocessing: Path | None, data: Path | None, expected: Path | None, fields: Path | None,
    draft: Path | None, no_records: bool, trust: bool, verbose: bool, output: Path, dialect: Dialect,
) -> None:  # fmt: skip
    """Take over a pickled statsmodels fit, and prove it.

    A pickle runs whatever code it names when it is loaded, so --trust is asked for. With --data, the raw records that
    the fit was made of, the columns of the fit are recognised in them. Otherwise definitions are needed, which may be
    as small as {"schema": {"fields": [{"name": "x", "kind": "number"}]}}; docs/training.md has all of it.

    With --data every row that the fit used must become the fit's own columns; with --expected each record must be
    answered as statsmodels answered it. Without either, nothing is proven, and publish asks for --unproven.
    """
    if not trust:
        raise click.UsageError("loading a pickle runs code that it names; if you trust its source, add --trust")
    with stages(2) as stage:
        stage("taking over and proving")
        try:
            artifact = import_results(results, preprocessing, data, expected, OnTop(fields, not no_records, dialect))
        except Ambiguous as error:
            if draft is not None:
                draft.write_text(draft_of_choices(error.choices))
                notice(f"the choices are in {draft}: edit it, and import again with --fields {draft}")
            raise
        if draft is not None:
            draft.write_text(draft_of(artifact))
        stage("reading it back")
        written = artifact.to_bytes()
        model = Model.from_bytes(written)
    for text in artifact.provenance.notices:
        notice(text)
    output.write_bytes(written)
    for line in lines(import_summary(model)):
        say(line)
    if verbose:
        console.print(*tables(model), sep="\n")
    say(f"written to {output}: {artifact.provenance.proof.text}")
    unproven = " --unproven" if artifact.provenance.proof.kind == "none" else ""
    for line in next_steps(f"show {output}", f"publish {output} --bucket BUCKET{unproven}"):
        say(line)
