"""The usual script that scores a file by a formula fit: pandas reads, statsmodels predicts, pandas writes Parquet.

Arguments: the CSV or Parquet, the Parquet to write, the pickled fit. It does without phat.
"""

import pickle
import sys
from pathlib import Path

import pandas as pd


def main(source: str, output: str, pickled: str) -> None:
    """Score the file."""
    results = pickle.loads(Path(pickled).read_bytes())  # the usual way
    records = pd.read_csv(source) if source.endswith(".csv") else pd.read_parquet(source)
    pd.DataFrame({"phat": results.predict(records)}).to_parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
