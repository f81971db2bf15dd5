"""The floor: the file read by polars, and statsmodels' fit, or a product, of the matrix that is made of it."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import statsmodels.api as sm
from sklearn.metrics import log_loss, roc_auc_score


def main(what: str, data: Path, matrix: Path, model: Path) -> None:
    """Fit, or judge by the coefficients of a fit."""
    pl.read_csv(data, infer_schema=False)
    made = np.load(matrix)
    x, target = made[:, :-1], made[:, -1]
    if what == "fit":
        np.save(model, sm.Logit(target, x).fit(disp=0).params)
        return
    answers = 1 / (1 + np.exp(-(x @ np.load(model))))
    print(roc_auc_score(target, answers), log_loss(target, answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
