"""Why a log loss is larger than that of the better other way: what is blamed is taken from the others, and tried."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.training.config import Config
from phat.training.data import read_table
from phat.training.fit import fit
from tests.stress.rivals import Split, Vector, learned, losses, plain

WITHIN = 1.02
"""Log loss on the test rows, relative to the better of the two other ways."""

_NO_PENALTY = 1e-9
_SHOWN = 6
_ALL = 100_000
"""No data set has so many columns."""
_LEFT_OUT = re.compile(r"(?:field|column) (.+?) is left out: (.*)", re.DOTALL)
_TELLS = re.compile("outcome|leak|rows with the event")
"""What is said of a column that is left out because of what it tells of the outcome."""


class Ratio(NamedTuple):
    """What is to be explained: log losses of each test row, of phat and of the ways that could fit.

    The folder has the rows (train.csv, test.csv) and the configuration of the fit (model.toml).
    """

    folder: Path
    frames: Split
    own: Vector
    others: Mapping[str, Vector]
    artifact: Artifact


def reason(ratio: Ratio) -> str:
    """A sentence, proven by another fit of the others or by the size of the test; empty if none holds."""
    blamed = told(ratio)
    frames, prefix = ratio.frames.without(blamed), ""
    own = float(ratio.own.mean())
    if blamed:
        best = min(_mean_losses(frames))
        names = ", ".join(blamed[:_SHOWN]) + (f" and {len(blamed) - _SHOWN} more" if len(blamed) > _SHOWN else "")
        prefix = f"phat leaves out {names}: outcomes follow from such columns; the others have {best:.4f} without"
        if own <= WITHIN * best:
            return prefix
    if any(notice.startswith("left out by the screen") for notice in ratio.artifact.provenance.notices):
        whole = _without_screen(ratio)
        bar = WITHIN * min([best] if blamed else [float(each.mean()) for each in ratio.others.values()])
        if whole <= bar:
            return "; ".join([*[prefix] * bool(prefix), f"the screen costs it: with all columns phat has {whole:.4f}"])
    free = float(losses(learned(frames, _NO_PENALTY), frames.truth).mean())
    if own <= WITHIN * free:
        return "; ".join([*[prefix] * bool(prefix), f"scikit-learn's penalty helps: without it, it has {free:.4f}"])
    best_rows = min(ratio.others.values(), key=np.mean)
    differences = ratio.own - best_rows
    more, error = float(differences.mean()), float(differences.std(ddof=1) / len(differences) ** 0.5)
    if not blamed and more < 2 * error:
        return f"no more than chance on {len(ratio.own)} test rows: {more:.4f} more, its standard error {error:.4f}"
    return ""


def _without_screen(ratio: Ratio) -> float:
    """The log loss on the test rows of the same fit with all columns."""
    config = replace(Config.from_toml(ratio.folder / "model.toml"), columns=(), screen=_ALL)
    table = read_table(ratio.folder / "train.csv", [config.target, *config.raw_fields])
    predictor = Model.from_bytes(fit(table, config, force=True).artifact.to_bytes()).predictor
    rows = pd.read_csv(ratio.folder / "test.csv", dtype=str, keep_default_na=False).to_dict("records")
    answers = np.array([predictor.predict_one(row).answer for row in rows if row[config.target]])
    return float(losses(answers, ratio.frames.truth).mean())


def _mean_losses(frames: Split) -> list[float]:
    answers = [plain(frames), learned(frames)]
    return [float(losses(each, frames.truth).mean()) for each in answers if each is not None]


def told(ratio: Ratio) -> list[str]:
    """The columns of the data that the fit left out, wholly, because of what they tell of the outcome."""
    fields = {field.name for field in ratio.artifact.schema.fields}
    names = list(ratio.frames.train.columns)
    said = [_LEFT_OUT.fullmatch(notice) for notice in ratio.artifact.provenance.notices]
    columns = [match[1] for match in said if match and _TELLS.search(match[2])]
    made = [[name for name in names if column == name or column.startswith(f"{name}_")] for column in columns]
    return [name for name in dict.fromkeys(max(each, key=len) for each in made if each) if name not in fields]
