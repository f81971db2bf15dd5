"""What the fuzzer scores as a whole file: any bytes, in blocks of any size, next to the API's reading of the same."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import polars as pl

from phat.batch.csv import reader as csv_files
from phat.batch.csv.reader import CsvFile
from phat.batch.error_tables import described
from phat.batch.finding import find
from phat.batch.headers import Chooser
from phat.batch.pipeline import in_order
from phat.batch.scoring import Scored, Scorer
from phat.model.model import Model
from phat.preprocessing.names import ID
from phat.storage.errors import FileRefused
from tests.gateway import ROOT
from tests.unit.batch.policies import policies_model
from tests.unit.batch.rows import assert_same, read_cells, read_records, refusals, score_rows

_BLOCKS = (1, 7, 20, 50, 1_000)
"""Bytes in a block."""
_CAREFUL = 2
"""Rows in a table of those that are read carefully."""


@cache
def _models() -> tuple[Model, ...]:
    reference = Model.from_bytes((ROOT / "model" / "reference" / "segmentation.json").read_bytes())
    return reference, policies_model(required=False), policies_model(required=True)


def files(data: bytes) -> None:
    """A whole file has the answers, errors, rows and lines that the API has for it as a body, or is refused as there.

    The first byte is the model, the second the size of a block.
    """
    first, second = data[:2].ljust(2, b"\0")
    model = _models()[first % len(_models())]
    with tempfile.TemporaryDirectory() as folder, _blocks_of(_BLOCKS[second % len(_BLOCKS)]):
        source = Path(folder) / "in.csv"
        source.write_bytes(data[2:])
        reasons = refusals(model, source)
        try:
            parts = list(_scored(model, source))
        except FileRefused as error:
            assert reasons, error  # noqa: PT017  # no test: any input
            assert "not UTF-8" in reasons or any(reason in str(error) for reason in reasons), (reasons, error)  # noqa: PT017
            return
        assert not reasons, reasons
        _compare(model, source, parts)


def _compare(model: Model, source: Path, parts: list[Scored]) -> None:
    records, cells = read_records(source, model.artifact.schema), read_cells(source)
    errors = [error for part in parts for error in described(part.errors).iter_rows(named=True)]
    told = [(error["row"], error["field"], error["code"], error["detail"]) for error in errors]
    assert_same(model, pl.concat([part.answers for part in parts]), told, score_rows(model, records.records))
    lines = records.lines or ()
    assert [error["line"] for error in errors] == [lines[error["row"] - 1] for error in errors]
    assert sum(part.rows for part in parts) == len(records.records)
    assert sum(part.skipped for part in parts) == cells.skipped


@contextmanager
def _blocks_of(size: int) -> Iterator[None]:
    before = csv_files.BLOCK, csv_files._CAREFUL
    csv_files.BLOCK, csv_files._CAREFUL = size, _CAREFUL
    try:
        yield
    finally:
        csv_files.BLOCK, csv_files._CAREFUL = before


def _scored(model: Model, source: Path) -> Iterator[Scored]:
    """The scored parts of a file; two columns that are the id refuse it, as they refuse a body."""
    [place] = find([str(source)])
    file = CsvFile(place, Chooser(model.artifact.schema, (ID,)))
    return (scored for _, scored in in_order(file, Scorer(model)))
