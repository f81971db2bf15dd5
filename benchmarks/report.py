"""The page of the results."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import costs, goals
from benchmarks.goals import KINDS, Results

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"


def save(changes: Results, folder: Path = HERE) -> None:
    """Write results, and the page of them, into a folder; a part that was not measured now stays as it was."""
    file = folder / RESULTS.name
    results = (json.loads(file.read_text()) if file.exists() else {}) | dict(changes)
    file.write_text(json.dumps(results, indent=1) + "\n")
    (folder / "results.md").write_text(page(results))


def page(results: Results) -> str:
    """The results as Markdown; files of bad values are left out if they were not measured."""
    bad, cold = results.get("bad_files"), results["cold"]
    reached = [
        *goals.cold_ratios(cold),
        *goals.ratios(results["functions"]),
        *goals.file_ratios(results["files"]),
        *goals.bad_file_ratios(bad),
    ]
    return (
        "\n\n".join(
            [
                "# Results",
                _head(results),
                "## Goals",
                goals.table(reached),
                "## Cold starts",
                cold_page(cold),
                "## Under Lambda's runtime client and emulator",
                _table(results["functions"], FUNCTION_COLUMNS),
                "## Over HTTP",
                _table(results["servers"], SERVER_COLUMNS),
                "## Whole files",
                _files(results["files"]),
                *_bad_files(bad),
                "## Where a cold start's milliseconds go",
                "![Stages of a cold start](cold-start.svg)",
                "## What a million predictions cost",
                costs.page(results["functions"]["phat"]),
                "## What the cold start imports",
                "Cumulative, beyond what Lambda's runtime client imports itself; every module above 2 ms.",
                _imports(results["imports"]),
                _foot(),
            ]
        )
        + "\n"
    )


def cold_page(cold: Results) -> str:
    """Cold starts by store as Markdown."""
    packages = ", ".join(f"{name} {version}" for name, version in cold["versions"].items())
    stores = cold["stores"].items()
    rows = [f"| {store} | {figures['phat_ms']:.4g} | {figures['usual_ms']:.4g} |" for store, figures in stores]
    return (
        f"Milliseconds of a new process until its first answer; the floor takes {cold['floor_ms']:.4g}. The model "
        f"comes over https, trusted by a bundle of {cold['roots']} roots. {cold['date']}, medians of {cold['rounds']} "
        f"rounds in which all took turns. {packages}.\n\n"
        + "\n".join(["| S3 answers | phat | usual |", "| --- | --- | --- |", *rows])
    )


FUNCTION_COLUMNS = {
    "warm_ms": "one record, warm (ms)",
    "json_ms": "5,000 as JSON (ms)",
    "csv_ms": "5,000 as CSV (ms)",
    "one_mb": "peak memory, one record (MB)",
    "large_mb": "peak memory, 5,000 (MB)",
}
SERVER_COLUMNS = {
    "start_ms": "start to first answer (ms)",
    "one_ms": "one record (ms)",
    "json_ms": "5,000 as JSON (ms)",
}


def _files(files: Results) -> str:
    columns = {f"{kind}_s": f"{name} (s)" for kind, name in KINDS.items()}
    columns |= {f"{kind}_mb": f"{name}, anonymous memory (MB)" for kind, name in KINDS.items()}
    longer = ", ".join(f"{files['longer'][f'{kind}_mb']:.0f} MB as {name}" for kind, name in KINDS.items())
    rate = files["rows"] / files["figures"]["phat"]["csv_s"]
    return (
        f"{files['rows']:,} records of 100 columns, {files['csv_gb']} GB as CSV; whole processes from start to end, "
        f"medians of {files['rounds']}. *engine* reads the model's ten columns as text and does nothing with them; "
        "*usual* is [this script](contenders/usual_files.py), *SQL in DuckDB* the query of `phat sql`.\n\n"
        f"{_table(files['figures'], columns)}\n\n"
        f"phat scores {rate:,.0f} rows of CSV a second. With {files['times']} times the rows it holds {longer}."
    )


def _bad_files(bad: Results | None) -> list[str]:
    if bad is None:
        return []
    columns = {"csv_s": "CSV (s)", "csv_mb": "CSV, anonymous memory (MB)"}
    return [
        "## Whole files of bad values",
        f"{bad['rows']:,} rows of {bad['columns']} columns, {bad['good_mb']:.0f} MB with numbers, {bad['bad_mb']:.0f} "
        f"MB with texts that are none, all different; medians of {bad['rounds']}. *skipped*: each is listed, by "
        "`--on-error skip`; *refused*: the run ends at the first.",
        _table(bad["figures"], columns),
    ]


def _head(results: Results) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    machine = results["machine"]
    return (
        f"{results['date']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}. "
        f"Medians of {results['rounds']} rounds, in each of which all contenders took turns. {versions}.\n\n"
        "Read the ratios, not the milliseconds: they were taken in one run on one machine, which others share. How "
        "it was measured stands in [README.md](README.md)."
    )


def _table(measured: Mapping[str, Mapping[str, float]], columns: Mapping[str, str]) -> str:
    head = f"| | {' | '.join(columns.values())} |"
    rows = [
        f"| {contender} | " + " | ".join(f"{figures[name]:.4g}" for name in columns) + " |"
        for contender, figures in measured.items()
    ]
    return "\n".join([head, "| --- " * (len(columns) + 1) + "|", *rows])


def _imports(table: list[dict[str, Any]]) -> str:
    rows = [f"| `{row['module']}` | {row['ms']} | {row['why']} |" for row in table]
    return "\n".join(["| module | ms | why |", "| --- | --- | --- |", *rows])


def _foot() -> str:
    return (
        "*floor*: a function that does nothing. *phat*: the shipped handler, its logs and metrics on; *capturing*: "
        "with every record captured besides. *usual*: boto3, a pickle, pandas, statsmodels, powertools "
        "([contenders](contenders)). All answers were compared: each `phat` agrees with phat's own to 1e-12."
    )
