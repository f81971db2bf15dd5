"""What a model says of itself to people; all of it optional."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from phat.model.errors import ArtifactError
from phat.preprocessing.plain import check_keys

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Texts(NamedTuple):
    """`about` the model; `labels` and `units` of its fields, by name."""

    about: str = ""
    labels: Mapping[str, str] = _NOTHING
    units: Mapping[str, str] = _NOTHING

    def label(self, name: str) -> str:
        """The label of a field, empty without one."""
        return self.labels.get(name, "")

    def unit(self, name: str) -> str:
        """The unit of a field, empty without one."""
        return self.units.get(name, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {"about": self.about, "labels": dict(self.labels), "units": dict(self.units)}

    @classmethod
    def from_dict(cls, data: Any) -> "Texts":
        """Read texts; ArtifactError names a key that is unknown or of another type."""
        keys = {"about": (str,), "labels": (dict,), "units": (dict,)}
        check_keys(data, "texts", {}, keys, ArtifactError)
        for key in ("labels", "units"):
            named = data.get(key, {})
            check_keys(named, f"texts.{key}", {}, dict.fromkeys(named, (str,)), ArtifactError)
        named = {key: MappingProxyType(value) for key, value in data.items() if key != "about"}
        return cls(data.get("about", ""), **named)
