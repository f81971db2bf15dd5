"""The usual script: pandas reads, cleans and makes columns; statsmodels fits; scikit-learn judges."""

import pickle
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import statsmodels.api as sm
from sklearn.metrics import log_loss, roc_auc_score


def columns(data: pd.DataFrame, learned: dict[str, Any] | None) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The columns of records, and what was learned of them."""
    learned = learned or {}
    made = {}
    for name in data.columns.drop("y"):
        if name.startswith("x"):
            values = pd.to_numeric(data[name].astype(str).str.replace(r"[$,%]", "", regex=True), errors="coerce")
            fill, centre, scale = learned.setdefault(name, (values.mean(), values.mean(), values.std(ddof=0)))
            made[name] = (values.fillna(fill) - centre) / scale
        else:
            dummies = pd.get_dummies(data[name].str.lower(), prefix=name, drop_first=True, dtype=float)
            made |= {str(column): dummies[column] for column in dummies}
    return pd.DataFrame(made).assign(const=1.0), learned


def main(what: str, data: Path, model: Path) -> None:
    """Fit and pickle, or load and judge."""
    raw = pd.read_csv(data)
    target = (raw["y"] == "yes").astype(float)
    if what == "fit":
        x, learned = columns(raw, None)
        results = sm.Logit(target, x).fit(disp=0)
        results.remove_data()
        model.write_bytes(pickle.dumps((results, learned)))
        return
    results, learned = pickle.loads(model.read_bytes())
    answers = results.predict(columns(raw, learned)[0])
    print(roc_auc_score(target, answers), log_loss(target, answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
