"""The usual way to score: a pickled statsmodels result, pandas, `get_dummies` and `reindex`.

As well written as its kind can be: vectorised over the records of a request, aligned by name, numbers imputed and
scaled with the statistics of training. It reads the spellings of the benchmark's records, not all that phat reads,
and takes an unknown level for the reference level, as its kind does.
"""

import pickle
from io import StringIO
from typing import Any

import pandas as pd

Answer = dict[str, Any]


class Scorer:
    """A pickle of result, statistics, levels and cutoff, ready to score."""

    def __init__(self, pickled: bytes) -> None:
        saved = pickle.loads(pickled)
        self._result = saved["result"]
        self._numbers: dict[str, dict[str, float]] = saved["numbers"]
        self._categories: list[str] = saved["categories"]
        self._columns: list[str] = saved["columns"]
        self._cutoff: float = saved["cutoff"]
        numbers = pd.DataFrame(self._numbers)
        self._fill, self._centre, self._scale = numbers.loc["fill"], numbers.loc["centre"], numbers.loc["scale"]

    def score(self, raw_records: pd.DataFrame) -> list[Answer]:
        """Outcome, phat and the model's variables of each record."""
        columns = self._design(raw_records)
        phat = self._result.predict(columns)
        outcome = self.outcome(phat)
        variables = columns[sorted(self._columns)].to_dict("records")
        rows = zip(outcome, phat, variables, strict=True)
        return [{"business_outcome": o, "phat": p, "variables": v} for o, p, v in rows]

    @property
    def fields(self) -> list[str]:
        """The raw columns that are needed."""
        return [*self._numbers, *self._categories]

    def predict(self, raw_records: pd.DataFrame) -> "pd.Series[float]":
        """`phat` of each record."""
        phat: pd.Series[float] = self._result.predict(self._design(raw_records))
        return phat

    def outcome(self, phat: "pd.Series[float]") -> "pd.Series[str]":
        """The decision on each."""
        return (phat >= self._cutoff).map({True: "event", False: "not event"})

    def _design(self, raw_records: pd.DataFrame) -> pd.DataFrame:
        numbers = raw_records.reindex(columns=list(self._numbers)).apply(clean_numbers)
        numbers = (numbers.fillna(self._fill) - self._centre) / self._scale
        categories = raw_records.reindex(columns=self._categories).apply(lambda levels: levels.str.strip())
        dummies = pd.get_dummies(categories, dtype=float)
        return pd.concat([numbers, dummies], axis=1).reindex(columns=self._columns, fill_value=0.0)


def clean_numbers(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers of raw texts; what is missing is NaN."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    text = values.astype("string").str.strip()
    text = text.str.replace(r"^\((.*)\)$", r"-\1", regex=True).str.replace(r"[$,%]", "", regex=True)
    return pd.to_numeric(text.mask(text.isin(["", "nan"]))).astype(float)


def read_csv(text: str) -> pd.DataFrame:
    """A CSV body, all text."""
    return pd.read_csv(StringIO(text), dtype=str)
