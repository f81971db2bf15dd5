"""Plain data (as JSON gives it) checked before it becomes a frozen value."""

from collections.abc import Mapping

Types = tuple[type, ...]

NUMBER: Types = (float, int)


def check_keys(
    data: object, place: str, required: Mapping[str, Types], optional: Mapping[str, Types], error: type[Exception]
) -> None:
    """Refuse what is no object, lacks a required key, or has a key that is unknown or of another type.

    `error` is raised with a message that names `place` and key.
    """
    if not isinstance(data, Mapping):
        raise error(f"{place} is not an object")
    if missing := [key for key in required if key not in data]:
        raise error(f"{place}: keys missing: {', '.join(missing)}")
    known = {**required, **optional}
    if unknown := sorted(str(key) for key in data.keys() - known.keys()):
        raise error(f"{place}: keys unknown: {', '.join(unknown)}")
    for key, value in data.items():
        if type(value) not in known[key]:
            expected = " or ".join(_NAMES.get(kind, kind.__name__) for kind in known[key])
            raise error(f"{place}: {key} is of the wrong type, expected {expected}")


_NAMES = {dict: "an object", list: "a list", str: "text", float: "a number", int: "an integer", type(None): "null"}


def check_list(value: object, place: str, kinds: Types, error: type[Exception]) -> None:
    """Refuse what is no list of values of these types."""
    if not isinstance(value, list) or not all(type(item) in kinds for item in value):
        expected = " or ".join(_NAMES.get(kind, kind.__name__) for kind in kinds)
        raise error(f"{place}: expected a list, each item {expected}")
