"""The definitions of a fit's fields: those that a person gives, or those that the fit tells itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from phat.preprocessing.schema import SchemaError
from phat.takeover.definitions import ON_TOP, Definitions, define, with_takeover
from phat.takeover.export import plain_fields
from phat.takeover.fitted import Fitted
from phat.takeover.formulas.compile import compile_formula, frame_of, used_rows
from phat.takeover.recognition.raw_columns import RawRows, read_columns
from phat.takeover.recognition.recognise import offset_of, recognise
from phat.takeover.takeover import Takeover
from phat.training.errors import ConfigError
from phat.training.naming import exact_names

Said = Mapping[str, Mapping[str, Any]]
"""What a person says of fields, by name."""

Columns = Mapping[str, Sequence[object]]
"""The cells of the raw rows, by column."""

_NAME = "model"
"""What a model without a name is called."""


def define_plain(fit: Fitted, said: Said | None, plain: Mapping[str, Any], others: Iterable[str] = ()) -> Definitions:
    """The definitions that a person gives; without any, each column of the fit but the constant is a number.

    Other columns of the data that are spelt like a field's name make it be spelt exactly.
    """
    fields = [{"name": field, **definition} for field, definition in (said or plain_fields(fit)).items()]
    definitions = define({**plain, "schema": {"fields": fields}}, _NAME)
    means_field = {*definitions.schema.naming.match([*others]).keys.values()} - definitions.schema.names
    exact = exact_names(definitions.schema.fields, [other for other in others if other not in means_field])
    return define({**plain, "schema": {"fields": fields, "exact_names": list(exact)}}, _NAME)


def define_complete(fit: Fitted, said: Said, plain: Mapping[str, Any], columns: Columns) -> Definitions | None:
    """The definitions that a person gives, if they say what the fields are; None if that must be recognised."""
    if fit.offset is not None or all(definition.keys() <= ON_TOP.keys() for definition in said.values()):
        return None
    return define_plain(fit, said, plain, columns)


def define_recognised(fit: Fitted, said: Said, plain: Mapping[str, Any], rows: RawRows) -> Definitions:
    """What the columns of the fit and of the data tell."""
    with _names_to_change():
        takeover = recognise(fit, rows, said)
    return with_takeover(plain, _NAME, takeover, rows.columns, said)


@contextmanager
def _names_to_change() -> Iterator[None]:
    """ConfigError for columns of the data whose names no field can have."""
    try:
        yield
    except SchemaError as error:
        raise ConfigError(f"{error}; rename it in the data and fit again") from None


def define_formula(fit: Fitted, said: Said, plain: Mapping[str, Any], columns: Columns | None) -> Definitions:
    """The definitions of a formula's fit, whose fields and columns are its own; `columns` are those of the data."""
    if "columns" in plain:
        raise ConfigError("columns: the fit was made by a formula, which names its columns: leave them out")
    with _names_to_change():
        takeover = compile_formula(fit.results)
        if fit.offset is not None:
            takeover = _with_offset(takeover, fit)
    names = [name for name in frame_of(fit.results).columns if isinstance(name, str)] if columns is None else columns
    return with_takeover(plain, _NAME, takeover, names, said)


def _with_offset(takeover: Takeover, fit: Fitted) -> Takeover:
    """The same with the offset, which is looked for in the rows that the formula was given."""
    frame = frame_of(fit.results)
    whole = read_columns({name: frame[name].tolist() for name in frame.columns if isinstance(name, str)})
    rows = used_rows(fit.results, frame)
    return takeover.with_offset(offset_of(fit, [raw.take(rows) for raw in whole], whole), list(frame.columns))
