"""Raw records of pandas' data frames, as clients would send them, and what statsmodels answered to them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from phat.model.answer import Answer
from phat.preprocessing.cells import frame_columns
from phat.preprocessing.schema import Schema
from phat.training.errors import DataError
from phat.training.proof import Expected
from phat.training.raw import Raw, check_expected, expected_rows, records_of

if TYPE_CHECKING:
    import pandas as pd

Column = list[object]


def raw_of(frame: "pd.DataFrame", schema: Schema) -> Raw:
    """The raw records of a data frame; DataError names what it lacks, or that it is none."""
    columns = columns_of(frame, "data")
    if not len(frame):
        raise DataError("data: there are no rows")
    return Raw(records_of(columns, schema, "data"), _Texts(columns), frame.index.to_numpy().tolist())


def expected_of(frame: "pd.DataFrame", schema: Schema, answer: Answer) -> list[Expected]:
    """Raw records with statsmodels' predictions: raw columns and the answer's figures, such as `phat`.

    DataError says what is wrong in which row.
    """
    columns = columns_of(frame, "expected")
    if lacking := [name for name in answer.figures if name not in columns]:
        raise DataError(f"expected: there is no column {lacking[0]}, which holds statsmodels' predictions")
    places = (f"expected, index {label}" for label in frame.index)
    rows = expected_rows(records_of(columns, schema, "expected"), columns, places, answer)
    return check_expected([*rows], "expected", answer)


def columns_of(frame: "pd.DataFrame", place: str) -> dict[str, Column]:
    """The cells (n) of a data frame by column; DataError if it is none, or two columns have one name."""
    if not (hasattr(frame, "columns") and hasattr(frame, "index")):
        raise DataError(f"{place}: got a value of type {type(frame).__name__}, expected a pandas DataFrame")
    try:
        return frame_columns(frame)
    except ValueError as error:
        raise DataError(f"{place}: {error}") from None


class _Texts(Mapping[str, Sequence[str]]):
    """The cells of columns as texts, made when they are needed; a gap is blank."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def __getitem__(self, name: str) -> Sequence[str]:
        return ["" if cell is None else str(cell) for cell in self._columns[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
