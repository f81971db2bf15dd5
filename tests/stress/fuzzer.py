"""One fuzzing process, `python -m tests.stress.fuzzer TARGET [--plant] [options of libFuzzer and corpus folders]`.

With `--plant` it first breaks the code under attack, to show that such a bug is found.
"""

import re
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import atheris
import numpy as np

with atheris.instrument_imports(include=["handler", "phat"]):
    from tests.stress.targets import TARGETS


def plant(target: str) -> None:
    """Break the code in a rare case that the target's promises cover."""
    PLANTS[target]()


def _underscores() -> None:
    """Numbers may hold underscores, as Python's own may."""
    clean: Any = import_module("phat.preprocessing.clean")
    loose = clean._NUMBER.pattern.replace("[0-9]++ )", "[0-9]++(?:_[0-9]+)? )")
    assert loose != clean._NUMBER.pattern, "the cleaning's pattern has changed: plant another bug"
    clean._NUMBER = re.compile(loose, re.VERBOSE)


def _loose_levels() -> None:
    """A level with a full stop after it is taken for the level."""
    clean: Any = import_module("phat.preprocessing.clean")
    original = clean.clean_level
    clean.clean_level = lambda value, field: original(value.rstrip(".") if isinstance(value, str) else value, field)


def _cut_cells() -> None:
    """A quoted cell of a CSV loses what follows a comma."""
    tables: Any = import_module("phat.preprocessing.tables")
    original = tables.Rows._read

    def cut(self: Any, lines: Any) -> Any:
        for row in original(self, lines):
            yield [cell.partition(",")[0] for cell in row]

    tables.Rows._read = cut


def _failing_end() -> None:
    """A CSV whose second record has a dollar sign fails without being foreseen."""
    endpoints: Any = import_module("phat.api.endpoints")
    original = endpoints.score_records

    def fail(model: Any, records: Any) -> Any:
        if len(records.records) > 1 and "$" in str(records.records[1]):
            raise IndexError
        return original(model, records)

    endpoints.score_records = fail


def _tabs_are_plain() -> None:
    """SQL takes text with tabs for such as it can fold."""
    columns: Any = import_module("phat.batch.sql_columns")
    columns._PLAIN = "^[ -~\t]*$"


def _blank_but_for_an_id() -> None:
    """A row of a whole file counts as blank when the cells that are read of it are."""
    cells: Any = import_module("phat.batch.csv.split")
    original = cells.Splitter.blank
    cells.Splitter.blank = lambda self, data: original(self, data) | True


def _divided_down() -> None:
    """Whole columns are divided without a remainder as reals are, and then rounded down."""
    arrays: Any = import_module("phat.batch.arrays")
    arrays._USUAL["//"] = lambda a, b: np.floor(a / b)


PLANTS: dict[str, Callable[[], None]] = {
    "numbers": _underscores,
    "cleaning": _loose_levels,
    "bodies": _cut_cells,
    "requests": _failing_end,
    "queries": _tabs_are_plain,
    "files": _blank_but_for_an_id,
    "models": _divided_down,
}


def main() -> None:
    """Fuzz until the options say so, or until a promise is broken: then the exit code is not 0."""
    name, *options = sys.argv[1:]
    if "--plant" in options:
        options.remove("--plant")
        plant(name)
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
