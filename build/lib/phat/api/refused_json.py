"""JSON that orjson refuses: numbers that are too large for a float are kept, all else is told with its place."""

import json
import re
from typing import Any

import orjson

from phat.api.errors import MalformedBody
from phat.preprocessing.errors import BeyondFloats

_NOT_JSON_NUMBER = re.compile(r"-?(?:NaN|Infinity)")
_TOO_LARGE = "number is infinity"
"""What orjson says of a number beyond 64-bit floats."""

_BITS = 64
"""Integers of more bits are read as floats, as orjson reads them."""


def read_refused(body: bytes, error: orjson.JSONDecodeError, before: int) -> Any:
    """The value of a JSON text that was refused for `error`; MalformedBody says where it cannot be read.

    `before` lines of the body precede the text.

    A number that is too large for a 64-bit float becomes BeyondFloats, so that the cleaning can name its field.
    """
    if str(error).startswith(_TOO_LARGE) and (value := _with_large_numbers(body)) is not None:
        return value
    raise MalformedBody(_what_is_wrong(body, error, before))


def _with_large_numbers(body: bytes) -> Any:
    """The value with its large numbers kept; None if they are not all that is wrong."""
    try:
        value = json.loads(body, parse_float=_float, parse_int=_integer, parse_constant=_refuse)
        orjson.dumps(value, default=lambda _: None)  # lone surrogates, which json reads, and too many levels
    except (ValueError, TypeError, RecursionError):
        return None
    return value


def _float(text: str) -> Any:
    number = float(text)
    return BeyondFloats(text) if number in (float("inf"), float("-inf")) else number


def _integer(text: str) -> Any:
    number = int(text) if len(text) <= 1 + _BITS // 3 else None
    return number if number is not None and number.bit_length() <= _BITS else _float(text)


def _refuse(text: str) -> None:
    raise ValueError(text)


def _what_is_wrong(body: bytes, error: orjson.JSONDecodeError, before: int) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as wrong:
        line = f" of line {before + 1}" if before else ""
        return f"the body is not UTF-8 at byte {wrong.start + 1}{line}"
    place = f"line {before + error.lineno}, column {error.colno}"
    start = max(error.pos - 1, 0)  # a minus sign is not part of what orjson points at
    if match := _NOT_JSON_NUMBER.match(text, start) or _NOT_JSON_NUMBER.match(text, error.pos):
        return f"{match[0]} at {place} is not JSON; send null for a missing value"
    return f"the JSON cannot be read at {place}"
