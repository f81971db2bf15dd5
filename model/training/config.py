"""How a model is to be fitted: a frozen value, to and from TOML."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from model.texts import Texts
from model.training.errors import ConfigError
from preprocessing.schema import Kind

Estimator = Literal["logit", "probit", "glm-logit", "glm-probit", "glm-cloglog"]
FILLS = ("mean", "median", "refuse")


@dataclass(frozen=True)
class FieldConfig:
    """One raw field: `fill` is mean, median, refuse (no gaps are allowed) or a number; a category has a `reference`."""

    name: str
    kind: Kind
    fill: str | float = "mean"
    standardise: bool = True
    reference: str | None = None
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ConfigError(f"field {self.name}: kind: got {self.kind!r}, expected number or category")
        if isinstance(self.fill, str) and self.fill not in FILLS:
            raise ConfigError(f"field {self.name}: fill: got {self.fill!r}, expected mean, median, refuse or a number")


@dataclass(frozen=True)
class Config:
    """Everything that decides what `fit` makes of a table.

    `event` is the target's text that is the event. `screen` is how many columns the L1 screen keeps, unless `columns`
    lists them. The cutoff is a number, or else the quantile `cutoff_quantile` of the fitted probabilities. `split`
    are the shares of training, validation and test rows: fills and scales are learned on the first.
    """

    target: str
    fields: tuple[FieldConfig, ...]
    name: str = "model"
    about: str = ""
    event: str = "1"
    event_label: str = "event"
    other_label: str = "not event"
    estimator: Estimator = "logit"
    constant: bool = False
    screen: int = 25
    columns: tuple[str, ...] = ()
    cutoff: float | None = None
    cutoff_quantile: float = 0.75
    split: tuple[float, ...] = (0.8, 0.1, 0.1)
    seed: int = 42

    def __post_init__(self) -> None:
        if self.estimator not in get_args(Estimator):
            raise ConfigError(f"estimator: got {self.estimator!r}, expected one of {', '.join(get_args(Estimator))}")
        if len(self.split) != 3 or any(share < 0 for share in self.split) or abs(sum(self.split) - 1) > 1e-9:
            raise ConfigError(f"split: got {list(self.split)}, expected three shares that add up to 1")
        if not self.split[0]:
            raise ConfigError("split: the first share, for training, is 0")
        if not 0 < self.cutoff_quantile < 1 or (self.cutoff is not None and not 0 <= self.cutoff <= 1):
            raise ConfigError("cutoff and cutoff_quantile: expected numbers between 0 and 1")
        if self.target in {field.name for field in self.fields}:
            raise ConfigError(f"the target {self.target} is among the fields")

    @property
    def texts(self) -> Texts:
        """What the model says of itself: about it, and the fields' labels and units."""
        labels = {field.name: field.label for field in self.fields if field.label}
        return Texts(self.about, labels, {field.name: field.unit for field in self.fields if field.unit})

    def to_toml(self) -> str:
        """TOML that `from_toml` reads back, a line a field; what is empty is left out."""
        plain = {key: value for key, value in asdict(self).items() if key != "fields" and value not in (None, "", ())}
        top = [f"{key} = {_toml(value)}" for key, value in plain.items()]
        rows = [f"{_key(field.name)} = {_toml(_field_to_dict(field))}" for field in self.fields]
        return "\n".join([*top, "", "[fields]", *rows, ""])

    @classmethod
    def from_toml(cls, path: Path) -> "Config":
        """Read a configuration; ConfigError names the key that is wrong."""
        try:
            plain = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not TOML: {error}") from None
        named = plain.pop("fields", {})
        _check_types("", plain, cls)
        if "target" not in plain or not isinstance(named, dict) or not named:
            raise ConfigError(f"{path}: expected target = ... and a table [fields.NAME] for each field")
        found = tuple(_field_from_dict(name, data) for name, data in named.items())
        return cls(**{key: _tuple(value) for key, value in plain.items()}, fields=found)


def _field_to_dict(field: FieldConfig) -> dict[str, Any]:
    keys = (
        ("kind", "reference", "label") if field.kind == "category" else ("kind", "fill", "standardise", "label", "unit")
    )
    if field.kind == "category" and field.fill == "refuse":
        keys = (*keys, "fill")
    return {key: getattr(field, key) for key in keys if getattr(field, key) not in (None, "")}


def _field_from_dict(name: str, data: Any) -> FieldConfig:
    if not isinstance(data, dict) or "kind" not in data:
        raise ConfigError(f"field {name}: expected a table with kind = ...")
    _check_types(f"field {name}: ", data, FieldConfig)
    return FieldConfig(name=name, **data)


_TYPES: dict[str, tuple[type, ...]] = {
    "fill": (str, float, int), "standardise": (bool,), "constant": (bool,), "screen": (int,), "seed": (int,),
    "columns": (list,), "split": (list,), "cutoff": (float, int), "cutoff_quantile": (float, int),
}  # fmt: skip


def _check_types(place: str, data: Mapping[str, Any], of: type[Config] | type[FieldConfig]) -> None:
    known = {field.name for field in fields(of)} - {"fields"}
    for key, value in data.items():
        if key not in known:
            raise ConfigError(f"{place}unknown key {key!r}; known are {', '.join(sorted(known))}")
        types = _TYPES.get(key, (str,))
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ConfigError(f"{place}{key}: got {value!r}, expected {' or '.join(t.__name__ for t in types)}")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: Any) -> str:
    """A value as TOML writes it, which for text, numbers, booleans and lists is how JSON does."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
