"""What a model says of itself to people; all of it optional."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from phat.model.errors import ArtifactError
from phat.preprocessing.plain import Types, check_keys, check_list

CARD = ("intended_use", "limits", "contact", "window")
"""Texts of the card alone."""
ANSWER = ("good", "answer_unit")
"""Texts about the answer, besides those by outcome."""
BY_OUTCOME = ("outcomes", "actions")
_NAMED = ("labels", "units", *BY_OUTCOME)
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Texts(NamedTuple):
    """`about` the model; `labels` and `units` of its fields, by name; and what its card says besides.

    `intended_use` says for whom and what it is, `limits` what it must not be used for, `contact` whom to ask, `window`
    from when to when the data are. Of outcomes, by their label, `outcomes` say what one means ("buys") and `actions`
    what to do then ("call them"); `good` is the label of the one that is good; `answer_unit` is the unit of a mean.
    `examples` are raw records to show to everybody: they are nobody's, or may be seen.
    """

    about: str = ""
    labels: Mapping[str, str] = _NOTHING
    units: Mapping[str, str] = _NOTHING
    intended_use: str = ""
    limits: str = ""
    contact: str = ""
    window: str = ""
    outcomes: Mapping[str, str] = _NOTHING
    actions: Mapping[str, str] = _NOTHING
    good: str = ""
    answer_unit: str = ""
    examples: Sequence[Mapping[str, Any]] = ()

    def label(self, name: str) -> str:
        """The label of a field, empty without one."""
        return self.labels.get(name, "")

    def unit(self, name: str) -> str:
        """The unit of a field, empty without one."""
        return self.units.get(name, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; what the card says besides is left out if there is none."""
        plain: dict[str, Any] = {"about": self.about, "labels": dict(self.labels), "units": dict(self.units)}
        plain |= {key: dict(getattr(self, key)) for key in BY_OUTCOME if getattr(self, key)}
        plain |= {"examples": [dict(record) for record in self.examples]} if self.examples else {}
        return plain | {key: getattr(self, key) for key in (*CARD, *ANSWER) if getattr(self, key)}

    @classmethod
    def from_dict(cls, data: Any) -> "Texts":
        """Read texts; ArtifactError names a key that is unknown or of another type."""
        keys: dict[str, Types] = {
            "about": (str,),
            "labels": (dict,),
            "units": (dict,),
            **dict.fromkeys((*CARD, *ANSWER), (str,)),
        }
        keys |= dict.fromkeys(BY_OUTCOME, (dict,)) | {"examples": (list,)}
        check_keys(data, "texts", {}, keys, ArtifactError)
        for key in _NAMED:
            named = data.get(key, {})
            check_keys(named, f"texts.{key}", {}, dict.fromkeys(named, (str,)), ArtifactError)
        check_list(data.get("examples", []), "texts.examples", (dict,), ArtifactError)
        read: dict[str, Any] = {key: MappingProxyType(value) if key in _NAMED else value for key, value in data.items()}
        return cls(**read | ({"examples": tuple(data["examples"])} if "examples" in data else {}))
