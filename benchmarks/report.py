"""The page of the results."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import costs

Results = Mapping[str, Any]
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
    bad = results.get("bad_files")
    return (
        "\n\n".join(
            [
                "# Results",
                _head(results),
                "## Goals",
                _goals([*ratios(results["functions"]), *file_ratios(results["files"]), *bad_file_ratios(bad)]),
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


FUNCTION_COLUMNS = {
    "cold_ms": "first answer (ms)",
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


KINDS = {"csv": "CSV", "parquet": "Parquet"}


def _files(files: Results) -> str:
    columns = {f"{kind}_s": f"{name} (s)" for kind, name in KINDS.items()}
    columns |= {f"{kind}_mb": f"{name}, anonymous memory (MB)" for kind, name in KINDS.items()}
    longer = ", ".join(f"{files['longer'][f'{kind}_mb']:.0f} MB as {name}" for kind, name in KINDS.items())
    rate = files["rows"] / files["figures"]["phat"]["csv_s"]
    return (
        f"{files['rows']:,} customers of 100 columns, {files['csv_gb']} GB as CSV; whole processes from start to end, "
        f"medians of {files['rounds']}. *engine* reads the model's ten columns as text and does nothing with them; "
        "*usual* is [this script](contenders/usual_files.py), *SQL in DuckDB* the query of `python -m model sql`.\n\n"
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


Goal = tuple[str, float, str, bool]
"""What, the ratio, the goal in words, and whether it is met."""


def ratios(functions: Mapping[str, Mapping[str, float]]) -> list[Goal]:
    """What is to be reached by the functions."""
    floor, ours, usual = functions["floor"], functions["phat"], functions["usual"]
    capturing = functions["phat, capturing"]
    above = (ours["json_ms"] - floor["json_ms"]) / (usual["json_ms"] - floor["json_ms"])
    found = [
        ("cold start / floor", ours["cold_ms"] / floor["cold_ms"], 2.5, "at most"),
        ("usual / cold start", usual["cold_ms"] / ours["cold_ms"], 15, "at least"),
        ("warm / floor", ours["warm_ms"] / floor["warm_ms"], 1.25, "at most"),
        ("usual / warm", usual["warm_ms"] / ours["warm_ms"], 7, "at least"),
        ("5,000 as JSON above the floor / usual above the floor", above, 0.5, "at most"),
        ("5,000 as CSV / as JSON", ours["csv_ms"] / ours["json_ms"], 1, "at most"),
        ("warm, capturing every record / warm", capturing["warm_ms"] / ours["warm_ms"], 1.05, "at most"),
        ("peak memory, one record (MB)", ours["one_mb"], 48, "at most"),
        ("peak memory after 5,000 / usual's", ours["large_mb"] / usual["large_mb"], 0.4, "at most"),
    ]
    return _judged(found)


def file_ratios(files: Results) -> list[Goal]:
    """What is to be reached with whole files."""
    engine, ours, usual = (files["figures"][name] for name in ("engine", "phat", "usual"))
    found = []
    for kind, name in KINDS.items():
        seconds, memory = f"{kind}_s", f"{kind}_mb"
        longer = files["longer"][memory]
        found += [
            (f"{name}: rows per second / usual's", usual[seconds] / ours[seconds], 4, "at least"),
            (
                f"{name}: rows per second / the engine's that only reads",
                engine[seconds] / ours[seconds],
                0.6,
                "at least",
            ),
            (f"{name}: anonymous memory (MB)", max(ours[memory], longer), 400, "at most"),
            (f"{name}: memory, {files['times']} times the rows / once", longer / ours[memory], 1.2, "at most"),
        ]
    return _judged(found)


def bad_file_ratios(bad: Results | None) -> list[Goal]:
    """What is to be reached with files of bad values, if they were measured."""
    if bad is None:
        return []
    good, skipped, refused = (bad["figures"][name] for name in ("good", "bad, skipped", "bad, refused"))
    found = [
        ("bad values, skipped: time / good ones", skipped["csv_s"] / good["csv_s"], 3, "at most"),
        ("bad values, skipped: anonymous memory / good ones", skipped["csv_mb"] / good["csv_mb"], 2, "at most"),
        ("bad values, refused: time / good ones", refused["csv_s"] / good["csv_s"], 1.5, "at most"),
        ("bad values, refused: anonymous memory / good ones", refused["csv_mb"] / good["csv_mb"], 2, "at most"),
    ]
    return _judged(found)


def _judged(found: list[tuple[str, float, float, str]]) -> list[Goal]:
    return [
        (what, value, f"{bound} {goal:g}", value <= goal if bound == "at most" else value >= goal)
        for what, value, goal, bound in found
    ]


def _goals(goals: list[Goal]) -> str:
    rows = [f"| {what} | {value:.2f} | {goal} | {'yes' if met else '**no**'} |" for what, value, goal, met in goals]
    return "\n".join(["| what | measured | goal | met |", "| --- | --- | --- | --- |", *rows])


def _table(measured: Mapping[str, Mapping[str, float]], columns: Mapping[str, str]) -> str:
    head = f"| | {' | '.join(columns.values())} |"
    rows = [
        f"| {contender} | " + " | ".join(f"{found[name]:.4g}" for name in columns) + " |"
        for contender, found in measured.items()
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
