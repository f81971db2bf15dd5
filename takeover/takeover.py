"""What a fit itself says of its columns: the raw fields, and what each column is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from phat.preprocessing.expressions import fields_of
from phat.preprocessing.schema import Field, NumberField
from phat.preprocessing.terms import Factor, Terms
from phat.training.alignment import Alignment


@dataclass(frozen=True)
class Takeover:
    """The fields in the order of the data's columns, the terms in the order of the fit, and what must be reported.

    `alignment` says which raw row each row of the fit was made of, if that is known.
    """

    fields: tuple[Field, ...]
    terms: Terms
    notices: tuple[str, ...] = ()
    alignment: Alignment | None = None

    def with_offset(self, offset: Factor, order: Sequence[Any]) -> "Takeover":
        """The same with an offset, whose fields are numbers without gaps; `order` is that of the data's columns."""
        more = tuple(NumberField(name) for name in dict.fromkeys(fields_of(offset.of)) if name not in self.names)
        fields = sorted((*self.fields, *more), key=lambda field: order.index(field.name))
        return replace(self, fields=tuple(fields), terms=replace(self.terms, offset=offset))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(field.name for field in self.fields)
