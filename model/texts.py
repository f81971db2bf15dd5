"""What a model says of itself to people; all of it optional."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from phat.model.errors import ArtifactError
from phat.preprocessing.plain import check_keys

CARD = ("intended_use", "limits", "contact", "window")
"""Texts of the card alone."""
_NAMED = ("labels", "units")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Texts(NamedTuple):
    """`about` the model; `labels` and `units` of its fields, by name; and what its card says besides.

    `intended_use` says for whom and what it is, `limits` what it must not be used for, `contact` whom to ask, `window`
    from when to when the data are.
    """

    about: str = ""
    labels: Mapping[str, str] = _NOTHING
    units: Mapping[str, str] = _NOTHING
    intended_use: str = ""
    limits: str = ""
    contact: str = ""
    window: str = ""

    def label(self, name: str) -> str:
        """The label of a field, empty without one."""
        return self.labels.get(name, "")

    def unit(self, name: str) -> str:
        """The unit of a field, empty without one."""
        return self.units.get(name, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; what the card says besides is left out if there is none."""
        plain: dict[str, Any] = {"about": self.about, "labels": dict(self.labels), "units": dict(self.units)}
        return plain | {key: getattr(self, key) for key in CARD if getattr(self, key)}

    @classmethod
    def from_dict(cls, data: Any) -> "Texts":
        """Read texts; ArtifactError names a key that is unknown or of another type."""
        keys = {"about": (str,), "labels": (dict,), "units": (dict,), **dict.fromkeys(CARD, (str,))}
        check_keys(data, "texts", {}, keys, ArtifactError)
        for key in _NAMED:
            named = data.get(key, {})
            check_keys(named, f"texts.{key}", {}, dict.fromkeys(named, (str,)), ArtifactError)
        read: dict[str, Any] = {key: MappingProxyType(value) if key in _NAMED else value for key, value in data.items()}
        return cls(**read)
