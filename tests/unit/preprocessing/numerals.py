"""The rules for numbers written a second time, character by character, for the tests to compare with."""

from math import isinf

MISSING = ("", "nan", "na", "n/a", "null", "none")
DIGITS = "0123456789"


def spell(raw: str) -> float | str | None:
    """The number a text means, None for a missing value, or the code of the error."""
    text = raw.strip()
    if text.lower() in MISSING:
        return None
    try:
        number = _value(text)
    except ValueError:
        return "not_a_number"
    return "out_of_range" if isinf(number) else number


def _value(text: str) -> float:
    if text.startswith("("):
        return -_unsigned(_without_dollar(_within_parentheses(text)))
    if text.startswith("$") and _without_dollar(text).startswith("("):
        return -_unsigned(_within_parentheses(_without_dollar(text)))
    sign, rest = _sign(text)
    if rest.startswith("$"):
        rest = _without_dollar(rest)
        inner, rest = _sign(rest)
        if sign and inner:
            raise ValueError
        sign = sign or inner
        if inner and rest[:1].isspace():
            raise ValueError
    number = _unsigned(rest)
    return -number if sign == "-" else number


def _sign(text: str) -> tuple[str, str]:
    return (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)


def _within_parentheses(text: str) -> str:
    if not text.endswith(")"):
        raise ValueError
    return text[1:-1]


def _without_dollar(text: str) -> str:
    return text[1:].lstrip() if text.startswith("$") else text


def _unsigned(text: str) -> float:
    if text.endswith("%"):
        text = text[:-1].rstrip()
    mantissa, mark, exponent = text.replace("E", "e").partition("e")
    if mark:
        _digits(_sign(exponent)[1])
    whole, point, decimals = mantissa.partition(".")
    if decimals:
        _digits(decimals)
    if whole:
        _whole(whole)
    elif not (point and decimals):
        raise ValueError
    return float(mantissa.replace(",", "") + (f"e{exponent}" if mark else ""))


def _whole(text: str) -> None:
    first, *groups = text.split(",")
    _digits(first)
    for group in groups:
        _digits(group)
        if len(group) != 3:
            raise ValueError
    if groups and (len(first) > 3 or first.startswith("0")):
        raise ValueError


def _digits(text: str) -> None:
    if not text or any(character not in DIGITS for character in text):
        raise ValueError
