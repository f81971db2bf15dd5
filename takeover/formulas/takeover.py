"""What a fit itself says of its columns: the raw fields, and what each column is made of."""

from dataclasses import dataclass

from phat.preprocessing.schema import Field
from phat.preprocessing.terms import Terms


@dataclass(frozen=True)
class Takeover:
    """The fields in the order of the data's columns, the terms in the order of the fit, and what must be reported."""

    fields: tuple[Field, ...]
    terms: Terms
    notices: tuple[str, ...] = ()
