"""Fits of statsmodels, pickled to files with raw records next to them, as `import` takes them."""

import json
import pickle
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.takeover.importing import import_results

FIELDS: list[dict[str, Any]] = [
    {"name": "age", "centre": 45, "scale": 15},
    {"name": "debt", "fill": -0.5},
    {"name": "region", "levels": ["north", "south", "west"], "reference": "north"},
]
CENTRE, SCALE = 45.0, 15.0


def raw_rows(rows: int = 300, seed: int = 5) -> pd.DataFrame:
    """Raw records with an outcome `y`; `debt` has gaps."""
    random = np.random.default_rng(seed)
    raw = pd.DataFrame({
        "age": random.normal(CENTRE, SCALE, rows).round(3),
        "debt": np.where(random.random(rows) < 0.1, np.nan, random.normal(0, 1, rows)),
        "region": random.choice(["north", "south", "west"], rows),
    })  # fmt: skip
    eta = (raw.age - CENTRE) / SCALE + 0.5 * raw.debt.fillna(-0.5) - (raw.region == "west")
    return raw.assign(y=(random.random(rows) < 1 / (1 + np.exp(-eta))).astype(int))


def columns_of(raw: pd.DataFrame, constant: str | None = "const") -> pd.DataFrame:
    """The model columns that raw records should become, worked out with pandas alone; the order is no schema's."""
    columns = pd.DataFrame({
        "region_west": (raw.region == "west").astype(float),
        "age": (raw.age - CENTRE) / SCALE,
        "region_south": (raw.region == "south").astype(float),
        "debt": raw.debt.fillna(-0.5),
    })  # fmt: skip
    return columns if constant is None else columns.assign(**{constant: 1.0})


def logit(raw: pd.DataFrame, columns: Any = None) -> Any:
    """A Logit of the raw records' columns."""
    return sm.Logit(raw.y, columns_of(raw) if columns is None else columns).fit(disp=0)


def pickled(folder: Path, results: Any) -> Path:
    """A file with the pickle of anything."""
    path = folder / "fit.pkl"
    path.write_bytes(pickle.dumps(results))
    return path


def written(folder: Path, fields: Sequence[object] = FIELDS, **more: object) -> Path:
    """A file with definitions."""
    path = folder / "fields.json"
    path.write_text(json.dumps({"schema": {"fields": list(fields)}, **more}))
    return path


def take_over(
    results: Any, data: pd.DataFrame | None = None, expected: pd.DataFrame | None = None, **definitions: Any
) -> Artifact:
    """Results imported through files, and read as the endpoint reads them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = {"data.csv": data, "expected.csv": expected}
        for file, table in tables.items():
            if table is not None:
                table.to_csv(folder / file, index=False)
        paths = {file: None if table is None else folder / file for file, table in tables.items()}
        preprocessing = written(folder, **definitions)
        artifact = import_results(pickled(folder, results), preprocessing, paths["data.csv"], paths["expected.csv"])
    return Model.from_bytes(artifact.to_bytes()).artifact


def quietly(fit: Any, *words: Any, **options: Any) -> Any:
    """What a call gives, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(*words, **options)
