"""The usual script that scores a file: pandas reads its columns as text, statsmodels predicts, pandas writes Parquet.

Arguments: the CSV or Parquet, the Parquet to write, the pickle.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks.contenders.usual import Scorer


def main(source: str, output: str, pickled: str) -> None:
    """Score the file."""
    scorer = Scorer(Path(pickled).read_bytes())
    columns = scorer.fields
    if source.endswith(".csv"):
        raw_records = pd.read_csv(source, dtype=str, usecols=columns)
    else:
        raw_records = pd.read_parquet(source, columns=columns)
    phat = scorer.predict(raw_records)
    pd.DataFrame({"business_outcome": scorer.outcome(phat), "phat": phat}).to_parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
