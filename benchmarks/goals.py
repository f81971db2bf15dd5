"""What is to be reached, and whether it is."""

from collections.abc import Mapping
from typing import Any

Results = Mapping[str, Any]
KINDS = {"csv": "CSV", "parquet": "Parquet"}

Goal = tuple[str, float, str, bool]
"""What, the ratio, the goal in words, and whether it is met."""


def cold_ratios(cold: Results) -> list[Goal]:
    """What is to be reached by cold starts, whichever way the store answers."""
    floor = cold["floor_ms"]
    rows = []
    for store, times in cold["stores"].items():
        rows += [
            (f"cold start / floor, S3 answers {store}", times["phat_ms"] / floor, 2.0, "at most"),
            (f"usual / cold start, S3 answers {store}", times["usual_ms"] / times["phat_ms"], 15, "at least"),
        ]
    return _judged(rows)


def ratios(functions: Mapping[str, Mapping[str, float]]) -> list[Goal]:
    """What is to be reached by the functions."""
    floor, ours, usual = functions["floor"], functions["phat"], functions["usual"]
    capturing = functions["phat, capturing"]
    above = (ours["json_ms"] - floor["json_ms"]) / (usual["json_ms"] - floor["json_ms"])
    rows = [
        ("warm / floor", ours["warm_ms"] / floor["warm_ms"], 1.25, "at most"),
        ("usual / warm", usual["warm_ms"] / ours["warm_ms"], 7, "at least"),
        ("5,000 as JSON above the floor / usual above the floor", above, 0.5, "at most"),
        ("5,000 as CSV / as JSON", ours["csv_ms"] / ours["json_ms"], 1, "at most"),
        ("warm, capturing every record / warm", capturing["warm_ms"] / ours["warm_ms"], 1.05, "at most"),
        ("peak memory, one record (MB)", ours["one_mb"], 48, "at most"),
        ("peak memory after 5,000 / usual's", ours["large_mb"] / usual["large_mb"], 0.4, "at most"),
    ]
    return _judged(rows)


def file_ratios(files: Results) -> list[Goal]:
    """What is to be reached with whole files."""
    engine, ours, usual = (files["figures"][name] for name in ("engine", "phat", "usual"))
    judged = []
    for kind, name in KINDS.items():
        seconds, memory = f"{kind}_s", f"{kind}_mb"
        longer = files["longer"][memory]
        judged += [
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
    return _judged(judged)


def bad_file_ratios(bad: Results | None) -> list[Goal]:
    """What is to be reached with files of bad values, if they were measured."""
    if bad is None:
        return []
    good, skipped, refused = (bad["figures"][name] for name in ("good", "bad, skipped", "bad, refused"))
    rows = [
        ("bad values, skipped: time / good ones", skipped["csv_s"] / good["csv_s"], 3, "at most"),
        ("bad values, skipped: anonymous memory / good ones", skipped["csv_mb"] / good["csv_mb"], 2, "at most"),
        ("bad values, refused: time / good ones", refused["csv_s"] / good["csv_s"], 1.5, "at most"),
        ("bad values, refused: anonymous memory / good ones", refused["csv_mb"] / good["csv_mb"], 2, "at most"),
    ]
    return _judged(rows)


def _judged(rows: list[tuple[str, float, float, str]]) -> list[Goal]:
    return [
        (what, value, f"{bound} {goal:g}", value <= goal if bound == "at most" else value >= goal)
        for what, value, goal, bound in rows
    ]


def table(goals: list[Goal]) -> str:
    """Goals as Markdown."""
    rows = [f"| {what} | {value:.2f} | {goal} | {'yes' if met else '**no**'} |" for what, value, goal, met in goals]
    return "\n".join(["| what | measured | goal | met |", "| --- | --- | --- | --- |", *rows])
