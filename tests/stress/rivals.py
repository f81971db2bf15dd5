"""Two usual ways to a model of two outcomes, as a person writes them: statsmodels with dummies, and scikit-learn."""

import warnings
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Vector = NDArray[np.float64]

SMALLEST = 1e-12
"""A probability is no closer to 0 or 1, so that the log loss of a certain answer that is wrong stays finite."""
_MOST_LEVELS = 100


class Split(NamedTuple):
    """The fields of the training and test rows whose outcome is known, and their outcomes, 1 for an event."""

    train: pd.DataFrame
    test: pd.DataFrame
    outcomes: Vector
    truth: Vector

    def without(self, names: Collection[str]) -> "Split":
        """Without some of the fields."""
        keep = [name for name in self.train.columns if name not in names]
        return self._replace(train=self.train[keep], test=self.test[keep])


def split_of(train: pd.DataFrame, test: pd.DataFrame, target: str, event: str) -> Split:
    """Fields and outcomes; without what R's row names have become, and texts with more than 100 values."""
    texts = [name for name in train.columns if not pd.api.types.is_numeric_dtype(train[name])]
    names = [name for name in train.columns if name in texts and train[name].nunique() > _MOST_LEVELS]
    fields = [name for name in train.columns if name not in {target, "rownames", *names}]
    event = event.removesuffix(".0")
    outcomes, truth = (np.array(_spelt(frame[target]) == event, dtype=np.float64) for frame in (train, test))
    return Split(train[fields], test[fields], outcomes, truth)


def _spelt(cells: "pd.Series[str]") -> "pd.Series[str]":
    return cells.astype(str).str.strip().str.removesuffix(".0")


def plain(split: Split) -> Vector | None:
    """The answers of statsmodels' Logit with dummies, and means for gaps; None if it cannot fit."""
    both = pd.get_dummies(pd.concat([split.train, split.test]), drop_first=True, dtype=float).select_dtypes("number")
    rows = len(split.train)
    both = both.fillna(both.iloc[:rows].mean())
    x = sm.add_constant(both.loc[:, both.iloc[:rows].std() > 0], has_constant="add").to_numpy(dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answers = np.asarray(sm.Logit(split.outcomes, x[:rows]).fit(disp=0, maxiter=100).predict(x[rows:]))
        except Exception:  # of a singular matrix, or perfect separation
            return None
    return answers if np.isfinite(answers).all() else None


def learned(split: Split, penalty: float = 1.0) -> Vector:
    """The answers of scikit-learn's logistic regression with the default penalty: imputed, scaled, one-hot encoded."""
    numbers = list(split.train.select_dtypes("number").columns)
    texts = [name for name in split.train.columns if name not in numbers]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), texts),
    )
    pipeline = make_pipeline(columns, LogisticRegression(C=1 / penalty, max_iter=2_000))
    as_text = dict.fromkeys(texts, str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(split.train.astype(as_text), split.outcomes)
    answers: Vector = pipeline.predict_proba(split.test.astype(as_text))[:, 1]
    return answers


WAYS: dict[str, Callable[[Split], Vector | None]] = {"statsmodels": plain, "scikit-learn": learned}


def losses(answers: Vector, truth: Vector) -> Vector:
    """The log loss of each row."""
    near = np.clip(answers, SMALLEST, 1 - SMALLEST)
    each: Vector = -np.log(np.where(truth == 1, near, 1 - near))
    return each
