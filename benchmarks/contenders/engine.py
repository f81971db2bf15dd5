"""The columnar engine alone: it reads columns of a file as text, and does nothing with them.

Arguments: the CSV or Parquet, then the columns. It sees as many bytes at a time as it likes.
"""

import sys

import polars as pl


def main(source: str, columns: list[str]) -> None:
    """Read the columns."""
    table = pl.scan_csv(source, infer_schema=False) if source.endswith(".csv") else pl.scan_parquet(source)
    print(table.select(columns).collect().height)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
