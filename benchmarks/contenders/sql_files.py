"""The query of `phat sql` over a file, run by DuckDB.

Arguments: the CSV or Parquet, the Parquet to write, the query's file.
"""

import sys
from pathlib import Path

import duckdb


def main(source: str, output: str, query: str) -> None:
    """Score the file."""
    read = f"read_csv('{source}', all_varchar=true)" if source.endswith(".csv") else f"'{source}'"
    with duckdb.connect() as connection:
        connection.sql("SET preserve_insertion_order = true")
        connection.sql(f"CREATE VIEW records AS FROM {read}")
        connection.sql(f"COPY ({Path(query).read_text()}) TO '{output}'")


if __name__ == "__main__":
    main(*sys.argv[1:])
