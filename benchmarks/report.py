"""The page of the results."""

from collections.abc import Mapping
from typing import Any

from benchmarks import costs

Results = Mapping[str, Any]


def page(results: Results) -> str:
    """The results as Markdown."""
    return (
        "\n\n".join(
            [
                "# Results",
                _head(results),
                "## Goals",
                _goals(results["functions"]),
                "## Under Lambda's runtime client and emulator",
                _table(results["functions"], FUNCTION_COLUMNS),
                "## Over HTTP",
                _table(results["servers"], SERVER_COLUMNS),
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


def _head(results: Results) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    machine = results["machine"]
    return (
        f"{results['date']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}. "
        f"Medians of {results['rounds']} rounds, in each of which all contenders took turns. {versions}.\n\n"
        "Read the ratios, not the milliseconds: they were taken in one run on one machine, which others share. How "
        "it was measured stands in [README.md](README.md)."
    )


def ratios(functions: Mapping[str, Mapping[str, float]]) -> list[tuple[str, float, str, bool]]:
    """What is to be reached: what, the ratio, the goal in words, and whether it is met."""
    floor, ours, usual = functions["floor"], functions["phat"], functions["usual"]
    above = (ours["json_ms"] - floor["json_ms"]) / (usual["json_ms"] - floor["json_ms"])
    found = [
        ("cold start / floor", ours["cold_ms"] / floor["cold_ms"], 2.5, "at most"),
        ("usual / cold start", usual["cold_ms"] / ours["cold_ms"], 15, "at least"),
        ("warm / floor", ours["warm_ms"] / floor["warm_ms"], 1.25, "at most"),
        ("usual / warm", usual["warm_ms"] / ours["warm_ms"], 7, "at least"),
        ("5,000 as JSON above the floor / usual above the floor", above, 0.5, "at most"),
        ("5,000 as CSV / as JSON", ours["csv_ms"] / ours["json_ms"], 1, "at most"),
        ("peak memory, one record (MB)", ours["one_mb"], 48, "at most"),
        ("peak memory after 5,000 / usual's", ours["large_mb"] / usual["large_mb"], 0.4, "at most"),
    ]
    return [
        (what, value, f"{bound} {goal:g}", value <= goal if bound == "at most" else value >= goal)
        for what, value, goal, bound in found
    ]


def _goals(functions: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        f"| {what} | {value:.2f} | {goal} | {'yes' if met else '**no**'} |"
        for what, value, goal, met in ratios(functions)
    ]
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
        "*floor*: a function that does nothing. *phat*: the shipped handler, its logs and metrics on. *usual*: boto3, "
        "a pickle, pandas, statsmodels, powertools ([contenders](contenders)). All answers were compared: each `phat` "
        "agrees with phat's own to 1e-12."
    )
