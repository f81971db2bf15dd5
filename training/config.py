"""How a model is to be fitted: a frozen value, to and from TOML."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from dataclasses import field as made_by
from math import inf, isfinite
from pathlib import Path
from typing import Any, Literal, get_args

from phat.model.errors import ArtifactError
from phat.model.texts import ANSWER, BY_OUTCOME, CARD, Texts
from phat.model.validation import check_name
from phat.preprocessing.schema import NumberField, SchemaError, Unknown
from phat.training.dates import names_of
from phat.training.errors import ConfigError

Kind = Literal["number", "category"]
Estimator = Literal["logit", "probit", "glm-logit", "glm-probit", "glm-cloglog"]
ModelKind = Literal["binary", "ols", "poisson", "gamma", "multinomial"]
GapPolicy = Literal["level", "reference", "other", "zero", "refuse"]
FILLS = ("mean", "median", "refuse")
_NOTHING: tuple[Any, ...] = (None, "", (), False)


@dataclass(frozen=True)
class FieldConfig:
    """One raw field.

    A number's gaps count as `fill`: mean, median or a number; "refuse" allows none. A category has a `reference`, the
    most frequent level without one; its gaps are a level of their own, or as `gap` says: the "reference", the level
    "other", columns that are all 0 ("zero"), or "refuse". `unknown` says what a level is that the data do not have: an
    "error", "missing", or the level "other". With `levels` these alone stand for themselves, and `unknown` says what
    all others are. `missing` are the spellings of a gap, in place of the usual ones; blank text is always one.
    """

    name: str
    kind: Kind
    fill: str | float = "mean"
    standardise: bool = True
    reference: str | None = None
    levels: tuple[str, ...] | None = None
    gap: GapPolicy = "level"
    unknown: Unknown = "error"
    missing: tuple[str, ...] | None = None
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        self._check_choice("kind", get_args(Kind))
        self._check_choice("gap", get_args(GapPolicy))
        self._check_choice("unknown", get_args(Unknown))
        if isinstance(self.fill, str) and self.fill not in FILLS:
            raise ConfigError(f"field {self.name}: fill: got {self.fill!r}, expected mean, median, refuse or a number")
        if isinstance(self.fill, float) and not isfinite(self.fill):
            raise ConfigError(f"field {self.name}: fill: got {self.fill}, expected a finite number")
        if self.kind == "number" and self.missing:
            self._check_words(self.missing)

    def _check_choice(self, key: str, choices: tuple[str, ...]) -> None:
        if getattr(self, key) not in choices:
            raise ConfigError(
                f"field {self.name}: {key}: got {getattr(self, key)!r}, expected one of {', '.join(choices)}"
            )

    def _check_words(self, words: tuple[str, ...]) -> None:
        try:
            NumberField(self.name, 0.0, missing=words)
        except SchemaError as error:
            raise ConfigError(f"{error}, and would be read as one; make those cells of the data blank") from None


@dataclass(frozen=True)
class Config:
    """Everything that decides what `fit` makes of a table.

    `kind` is what is predicted: two outcomes, amounts (ols, gamma), counts (poisson, with the column of an `exposure`,
    if there is one) or classes. A `formula` (patsy's) says what the columns are made of, in place of the fields' own.
    `event` is the target's text that is the event; 1, true, yes, y and t need not be named. `columns` are the model's,
    or else all are but those that `drop` lists, and of these the L1 screen keeps `screen`; without either there is a
    screen only where there are fewer than 10 events a column. Columns of dates to `derive` make the fields of their
    year, month and days (see `phat.training.dates`). What is `strict` is refused where it would be repaired. The
    `cutoff` is a number, or calls a share of the rows (`cutoff_share`), or what pays at the costs of a miss and of a
    false alarm; else as many are called as events happen. `split` are the shares of training, validation and test
    rows: fills and scales are learned on the first. `outcomes`, `actions`, `good` and `answer_unit` are texts about the
    answer, `examples` raw records that everybody may see (see `phat.model.texts`).
    """

    target: str
    fields: tuple[FieldConfig, ...]
    name: str = "model"
    about: str = ""
    intended_use: str = ""
    limits: str = ""
    contact: str = ""
    window: str = ""
    outcomes: Mapping[str, str] = made_by(default_factory=dict)
    actions: Mapping[str, str] = made_by(default_factory=dict)
    good: str = ""
    answer_unit: str = ""
    examples: tuple[Mapping[str, Any], ...] = ()
    event: str | None = None
    event_label: str = "event"
    other_label: str = "not event"
    kind: ModelKind = "binary"
    formula: str = ""
    exposure: str | None = None
    estimator: Estimator = "logit"
    constant: bool = True
    screen: int | None = None
    columns: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    derive: tuple[str, ...] = ()
    strict: bool = False
    cutoff: float | None = None
    cutoff_share: float | None = None
    cost_of_miss: float | None = None
    cost_of_false_alarm: float | None = None
    split: tuple[float, ...] = (0.8, 0.1, 0.1)
    seed: int = 42

    def __post_init__(self) -> None:
        for key, choices in (("estimator", get_args(Estimator)), ("kind", get_args(ModelKind))):
            if getattr(self, key) not in choices:
                raise ConfigError(f"{key}: got {getattr(self, key)!r}, expected one of {', '.join(choices)}")
        self._check_kind()
        if len(self.split) != 3 or not (min(self.split) >= 0 and abs(sum(self.split) - 1) <= 1e-9):
            raise ConfigError(f"split: got {list(self.split)}, expected three shares that add up to 1")
        self._check_columns()
        if not self.split[0]:
            raise ConfigError("split: the first share, for training, is 0")
        self._check_cutoff()
        try:
            check_name(self.name)
        except ArtifactError as error:
            raise ConfigError(str(error)) from None
        if self.event_label == self.other_label:
            raise ConfigError(f"event_label and other_label are the same: {self.event_label!r}")
        if self.target in {field.name for field in self.fields}:
            raise ConfigError(f"the target {self.target} is among the fields")

    def _check_kind(self) -> None:
        """ConfigError for what such a model, or a formula, would leave unused."""
        if self.exposure is not None and self.kind != "poisson":
            raise ConfigError(f"exposure: a model of --kind {self.kind} has none, one of counts (poisson) may have")
        for_two = {"event": self.event, "cutoff": self.cutoff, "cutoff_share": self.cutoff_share,
                   "cost_of_miss": self.cost_of_miss, "estimator": self.estimator != "logit"}  # fmt: skip
        if self.kind != "binary" and (unused := [key for key, value in for_two.items() if value not in _NOTHING]):
            raise ConfigError(f"{unused[0]}: it is for two outcomes, and --kind {self.kind} has none; leave it out")
        by_itself = {"constant": not self.constant, "columns": self.columns, "screen": self.screen}
        if self.formula and (unused := [key for key, value in by_itself.items() if value not in _NOTHING]):
            raise ConfigError(f"{unused[0]}: the formula says itself what the columns are; leave it out")

    def _check_cutoff(self) -> None:
        for key, share in (("cutoff", self.cutoff), ("cutoff_share", self.cutoff_share)):
            if share is not None and not 0 <= share <= 1:
                raise ConfigError(f"{key}: got {share}, expected a number between 0 and 1")
        costs = {"cost_of_miss": self.cost_of_miss, "cost_of_false_alarm": self.cost_of_false_alarm}
        if wrong := [name for name, cost in costs.items() if cost is not None and not 0 < cost < inf]:
            raise ConfigError(f"{wrong[0]}: got {costs[wrong[0]]}, expected a number above 0")
        if None in costs.values() and any(cost is not None for cost in costs.values()):
            raise ConfigError("cost_of_miss and cost_of_false_alarm: got one of them, expected both")
        ways = [self.cutoff, self.cutoff_share, self.cost_of_miss]
        if sum(way is not None for way in ways) > 1:
            raise ConfigError(
                "cutoff, cutoff_share and costs: got more than one, expected one way to choose the cutoff"
            )

    def _check_columns(self) -> None:
        if self.seed < 0 or (self.screen is not None and self.screen < 1):
            raise ConfigError(f"seed and screen: got {self.seed} and {self.screen}, expected 0 or more, and 1 or more")
        for key, names in (("columns", self.columns), ("drop", self.drop)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ConfigError(f"{key}: {twice[0]} is there twice")

    @property
    def raw_fields(self) -> list[str]:
        """Names of the fields that are columns of the data, not made of dates."""
        made = {name for column in self.derive for name in names_of(column)}
        return [field.name for field in self.fields if field.name not in made]

    @property
    def texts(self) -> Texts:
        """What the model says of itself: about it, and the fields' labels and units."""
        labels = {field.name: field.label for field in self.fields if field.label}
        units = {field.name: field.unit for field in self.fields if field.unit}
        said = {key: getattr(self, key) for key in (*CARD, *ANSWER, *BY_OUTCOME, "examples")}
        return Texts(self.about, labels, units, **said)

    def to_toml(self) -> str:
        """TOML that `from_toml` reads back, a line a field; what is empty is left out."""
        plain = {
            key: value for key, value in asdict(self).items() if key != "fields" and value not in (None, "", (), {})
        }
        if not self.strict:
            del plain["strict"]
        top = [f"{key} = {toml_value(value)}" for key, value in plain.items()]
        rows = [f"{toml_key(field.name)} = {toml_value(_field_to_dict(field))}" for field in self.fields]
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
        settings = tuple(_field_from_dict(name, data) for name, data in named.items())
        return cls(**{key: _tuple(value) for key, value in plain.items()}, fields=settings)


_FIELD_KEYS: dict[str, tuple[str, ...]] = {
    "number": ("kind", "fill", "standardise", "missing", "label", "unit"),
    "category": ("kind", "reference", "levels", "gap", "unknown", "missing", "label", "unit"),
}
_UNLESS = {"gap": "level", "unknown": "error"}
"""What a field is without the key."""

_EMPTY: tuple[Any, ...] = (None, "")


def _field_to_dict(field: FieldConfig) -> dict[str, Any]:
    plain = {key: getattr(field, key) for key in _FIELD_KEYS[field.kind]}
    return {key: value for key, value in plain.items() if value not in _EMPTY and value != _UNLESS.get(key)}


def _field_from_dict(name: str, data: Any) -> FieldConfig:
    if not isinstance(data, dict) or "kind" not in data:
        raise ConfigError(f"field {name}: expected a table with kind = ...")
    _check_types(f"field {name}: ", data, FieldConfig)
    kind = data["kind"]
    if other := [key for key in data if key not in _FIELD_KEYS.get(kind, data)]:
        raise ConfigError(f"field {name}: a {kind} has no {other[0]}; it has {', '.join(_FIELD_KEYS[kind])}")
    return FieldConfig(name=name, **{key: _tuple(value) for key, value in data.items()})


_TYPES: dict[str, tuple[type, ...]] = {
    "fill": (str, float, int), "standardise": (bool,), "constant": (bool,), "screen": (int,), "seed": (int,),
    "columns": (list,), "derive": (list,), "drop": (list,), "levels": (list,), "missing": (list,),
    "split": (list,), "strict": (bool,), "outcomes": (dict,), "actions": (dict,), "examples": (list,),
    "cutoff": (float, int), "cutoff_share": (float, int),
    "cost_of_miss": (float, int), "cost_of_false_alarm": (float, int),
}  # fmt: skip
_ITEMS: dict[str, tuple[type, ...]] = {
    "columns": (str,), "derive": (str,), "drop": (str,), "levels": (str,), "missing": (str,), "split": (float, int),
    "examples": (dict,),
}  # fmt: skip


_NAMES: dict[type, str] = {
    str: "text", bool: "true or false", int: "a whole number", float: "a number", list: "a list", tuple: "a list",
    dict: "a table",
}  # fmt: skip


def _check_types(place: str, data: Mapping[str, Any], of: type[Config] | type[FieldConfig]) -> None:
    known = {field.name for field in fields(of)} - {"fields"}
    for key, value in data.items():
        if key not in known:
            raise ConfigError(f"{place}unknown key {key!r}; known are {', '.join(sorted(known))}")
        _check_type(f"{place}{key}", value, _TYPES.get(key, (str,)))
        for item in value if key in _ITEMS else ():
            _check_type(f"{place}{key}: an item", item, _ITEMS[key])
        for name, item in value.items() if isinstance(value, dict) else ():
            _check_type(f"{place}{key}: {name}", item, (str,))


def _check_type(place: str, value: Any, types: tuple[type, ...]) -> None:
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ConfigError(f"{place}: got {value!r}, expected {' or '.join(_NAMES[kind] for kind in types)}")


def toml_key(name: str) -> str:
    """A key as TOML writes it, in quotes if need be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def toml_value(value: Any) -> str:
    """A value as TOML writes it, which for text, numbers and booleans is how JSON does."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # a control character in TOML alone


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
