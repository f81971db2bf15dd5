"""What all contenders get: one model, as an artifact and as a pickle, and the same raw records."""

import csv
import io
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from phat.api.proxy_event import proxy_event
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.preprocessing.clean import clean_record
from phat.preprocessing.design import Design
from phat.takeover.importing import import_results
from phat.training.simulate import TARGET, simulate

FOLDER = Path(__file__).parents[1] / "model" / "reference"
PREPROCESSING = FOLDER / "preprocessing.json"
REFERENCE = FOLDER / "segmentation.json"
FITTED_ON = 4_000
BATCH = 5_000
SENT = ("x5", "x12", "x31", "x44", "x53", "x56", "x58", "x62", "x63", "x81", "x82", "x91")
"""The fields that a client sends: those of the model, and two it does not use."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Material:
    """The model in both forms, and the records."""

    artifact: bytes
    pickled: bytes
    records: list[Record]

    @property
    def fields(self) -> frozenset[str]:
        """The raw columns that the model uses."""
        return Model.from_bytes(self.artifact).artifact.schema.names

    @property
    def name(self) -> str:
        """The model's name."""
        return Model.from_bytes(self.artifact).artifact.name

    def compare(self, got: list[float], count: int) -> None:
        """AssertionError unless these are the `phat` of the first records."""
        assert len(got) == count, f"got {len(got)} predictions, expected {count}"  # noqa: S101  # the benchmark's check
        worst = max(abs(a - b) for a, b in zip(got, self.expected()[:count], strict=True))
        assert worst < 1e-12, f"phat is off by {worst}"  # noqa: S101  # the same

    def expected(self) -> list[float]:
        """`phat` of the records, by phat's own scorer."""
        return [prediction.answer for prediction in Model.from_bytes(self.artifact).predictor.predict(self.records)]

    def one(self) -> Record:
        """An event with one record."""
        return event(json.dumps(self.records[0]), "application/json")

    def many(self) -> Record:
        """An event with all records as JSON."""
        return event(json.dumps(self.records), "application/json")

    def table(self) -> Record:
        """An event with all records as CSV."""
        return event(to_csv(self.records), "text/csv")


def event(body: str, content_type: str) -> Record:
    """A POST to /predict."""
    return proxy_event("POST", "/predict", [("content-type", content_type), ("accept", "*/*")], (), body.encode())


def to_csv(records: list[Record]) -> str:
    """Records as CSV with a header row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, SENT, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def make(folder: Path) -> Material:
    """Fit a Logit on simulated records, and pack it both ways."""
    facts = json.loads(PREPROCESSING.read_text())
    artifact = fit(folder)
    numbers = {
        field["name"]: {part: field[part] for part in ("fill", "centre", "scale")}
        for field in facts["schema"]["fields"]
        if field["kind"] == "number"
    }
    categories = [field["name"] for field in facts["schema"]["fields"] if field["kind"] == "category"]
    saved = {
        "result": pickle.loads((folder / "result.pkl").read_bytes()),
        "numbers": numbers,
        "categories": categories,
        "columns": list(artifact.coefficients),
        "cutoff": facts["cutoff"],
    }
    records = [{name: row[name] for name in SENT} for row in raw_records(BATCH, 2)]
    return Material(artifact.to_bytes(), pickle.dumps(saved), records)


def fit(folder: Path) -> Artifact:
    """Fit the reference model's columns again; leaves the pickled result in the folder."""
    rows = raw_records(FITTED_ON, 1)
    artifact = Artifact.from_bytes(REFERENCE.read_bytes())
    schema, columns = artifact.schema, list(artifact.coefficients)
    design = Design(schema, artifact.terms)
    matrix = np.array([design.values(clean_record(row, schema)) for row in rows])
    target = np.array([float(row[TARGET]) for row in rows])
    result = sm.Logit(target, pd.DataFrame(matrix, columns=columns)).fit(disp=0)
    result.save(folder / "whole.pkl")
    result.remove_data()  # as its kind does, so that the pickle is small
    result.save(folder / "result.pkl")
    return import_results(folder / "whole.pkl", PREPROCESSING, None)


def raw_records(count: int, seed: int) -> list[Record]:
    """Simulated raw records, all text, with their target."""
    names = (*SENT, TARGET)
    chunks = simulate(count, seed)
    return [
        dict(zip(names, row, strict=True))
        for chunk in chunks
        for row in zip(*(chunk[name] for name in names), strict=True)
    ]
