"""Plain data (as JSON gives it) checked before it becomes a frozen value."""

from collections.abc import Mapping

Types = tuple[type, ...]

NUMBER: Types = (float, int)


def check_keys(
    data: object, place: str, required: Mapping[str, Types], optional: Mapping[str, Types], error: type[Exception]
) -> None:
    """Refuse what is no object, lacks a required key, or has a key that is unknown or of another type.

    `error` is raised with a message that names `place` and all such keys.
    """
    if not isinstance(data, Mapping):
        raise error(f"{place} is not an object")
    known = {**required, **optional}
    missing = [key for key in required if key not in data]
    unknown = sorted(str(key) for key in data.keys() - known.keys())
    wrong = [f"keys missing: {', '.join(missing)}"] if missing else []
    wrong += [f"keys unknown: {', '.join(unknown)}"] if unknown else []
    for key, value in data.items():
        if key in known and type(value) not in known[key]:
            wrong.append(f"{key} is of the wrong type, expected {_expected(known[key])}")
    if wrong:
        raise error(f"{place}: {'; '.join(wrong)}")


def _expected(kinds: Types) -> str:
    """Types in words; where there may be any number, integers go without saying."""
    return " or ".join(_NAMES[kind] for kind in kinds if kind is not int or float not in kinds)


_NAMES = {
    dict: "an object", list: "a list", str: "text", float: "a number", int: "an integer", bool: "true or false",
    type(None): "null",
}  # fmt: skip


def check_list(value: object, place: str, kinds: Types, error: type[Exception]) -> None:
    """Refuse what is no list of values of these types."""
    if not isinstance(value, list) or not all(type(item) in kinds for item in value):
        raise error(f"{place}: expected a list, each item {_expected(kinds)}")
