"""Where a model comes from, and how far it is proven: frozen values for people and audits."""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from phat.model.baseline import ScoreBins
from phat.model.errors import ArtifactError, ModelError
from phat.preprocessing.plain import NUMBER, Types, check_keys, check_list

ProofKind = Literal["rows", "expected", "none"]
ProofOn = Literal["given data", "the fit's own frame"]
_NONE = type(None)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Proof(NamedTuple):
    """How it was proven that raw records are served as the fit saw them.

    "rows": every row that the fit used went through the serving path and reproduced the fit's own columns and linear
    predictor; "expected": raw records with statsmodels' predictions were reproduced; "none": not proven. `records` were
    compared, `dropped` are rows of the data that the fit did not use.
    """

    kind: ProofKind = "none"
    on: ProofOn | None = None
    records: int = 0
    dropped: int = 0

    @property
    def text(self) -> str:
        """The proof in words."""
        if self.kind == "none":
            return "not proven on raw records"
        where = {"rows": f"on {self.on}, against the fit's own columns", "expected": "against expected predictions"}
        dropped = f"; {self.dropped:,} rows that the fit dropped" if self.dropped else ""
        return f"proven on {self.records:,} raw records, {where[self.kind]}{dropped}"

    def check(self, *, unproven: bool) -> None:
        """ModelError for what is not proven, unless it is to be published `unproven`."""
        if self.kind == "none" and not unproven:
            raise ModelError(
                f"the model is {self.text}: make it with its data or expected predictions, or publish it as it is "
                "(--unproven, unproven=True)"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {"kind": self.kind, "on": self.on, "records": self.records, "dropped": self.dropped}

    @classmethod
    def from_dict(cls, data: Any) -> "Proof":
        """Read a proof; ArtifactError names what is wrong."""
        keys: dict[str, Types] = {"kind": (str,), "on": (str, _NONE), "records": (int,), "dropped": (int,)}
        check_keys(data, "provenance.proof", keys, {}, ArtifactError)
        if data["kind"] not in get_args(ProofKind) or data["on"] not in (None, *get_args(ProofOn)):
            raise ArtifactError(f"provenance.proof: {data['kind']!r} on {data['on']!r} is not known")
        if data["records"] < 0 or data["dropped"] < 0:
            raise ArtifactError("provenance.proof: records and dropped are counts, expected 0 or more")
        if (data["kind"] == "none") != (data["records"] == 0) or (data["kind"] == "rows") != (data["on"] is not None):
            raise ArtifactError(
                f"provenance.proof: {data['kind']} does not go with {data['records']} records on {data['on']}"
            )
        return cls(**data)


QUANTILE = "quantile"
"""The figure of a fit that says which quantile of the outcome the model answers, where it is not the mean."""


class Evaluation(NamedTuple):
    """How the model does on records whose outcomes are known: on which `data`, figures by name, and score bins."""

    data: str
    figures: Mapping[str, float] = _NOTHING
    score_bins: ScoreBins | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        plain: dict[str, Any] = {"data": self.data, "figures": dict(self.figures)}
        return plain if self.score_bins is None else plain | {"score_bins": self.score_bins.to_dict()}

    @classmethod
    def from_dict(cls, data: Any) -> "Evaluation":
        """Read an evaluation; ArtifactError names what is wrong."""
        place = "provenance.evaluation"
        check_keys(data, place, {"data": (str,), "figures": (dict,)}, {"score_bins": (dict,)}, ArtifactError)
        bins = data.get("score_bins")
        figures = _figures(data["figures"], f"{place}.figures")
        return cls(data["data"], figures, None if bins is None else ScoreBins.from_dict(bins, f"{place}.score_bins"))


class Provenance(NamedTuple):
    """Who made the model, when, with what, of which data; figures of the fit; the proof; notices of its making.

    What is not known is None or empty. `target` names the data's column and the value that is the event, `cutoff` and
    `golden` say in words where these come from, `config` is the configuration of `fit` as TOML.
    """

    proof: Proof = Proof()
    notices: tuple[str, ...] = ()
    created_at: str | None = None
    created_by: str | None = None
    estimator: str | None = None
    libraries: Mapping[str, str] = _NOTHING
    training_records: int | None = None
    data: str | None = None
    data_sha256: str | None = None
    target: Mapping[str, str] | None = None
    fit: Mapping[str, float] = _NOTHING
    evaluation: Evaluation | None = None
    cutoff: str | None = None
    golden: str | None = None
    config: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; what is not known is left out."""
        plain: dict[str, Any] = {"proof": self.proof.to_dict(), "notices": list(self.notices)}
        plain |= {name: getattr(self, name) for name in _KEYS if name not in plain}
        plain |= {name: dict(plain[name]) for name in ("libraries", "fit", "target") if plain[name]}
        if self.evaluation is not None:
            plain["evaluation"] = self.evaluation.to_dict()
        return {name: value for name, value in plain.items() if value is not None and value != {}}

    @classmethod
    def from_dict(cls, data: Any) -> "Provenance":
        """Read a provenance; ArtifactError names a key that is missing, unknown or of another type."""
        check_keys(data, "provenance", {"proof": (dict,), "notices": (list,)}, _KEYS, ArtifactError)
        check_list(data["notices"], "provenance.notices", (str,), ArtifactError)
        if data.get("training_records", 0) < 0:
            raise ArtifactError(f"provenance.training_records: got {data['training_records']}, expected 0 or more")
        for key in ("libraries", "target"):
            texts = data.get(key, {})
            check_keys(texts, f"provenance.{key}", {}, dict.fromkeys(texts, (str,)), ArtifactError)
        read: dict[str, Any] = {
            key: MappingProxyType(value) if isinstance(value, dict) else value for key, value in data.items()
        }
        read |= {"proof": Proof.from_dict(data["proof"]), "notices": tuple(data["notices"])}
        read |= {"fit": _figures(data.get("fit", {}), "provenance.fit")}
        if "evaluation" in data:
            read["evaluation"] = Evaluation.from_dict(data["evaluation"])
        return cls(**read)


_TEXT: Types = (str,)
_KEYS: dict[str, Types] = {
    "proof": (dict,),
    "notices": (list,),
    "created_at": _TEXT,
    "created_by": _TEXT,
    "estimator": _TEXT,
    "libraries": (dict,),
    "training_records": (int,),
    "data": _TEXT,
    "data_sha256": _TEXT,
    "target": (dict,),
    "fit": (dict,),
    "evaluation": (dict,),
    "cutoff": _TEXT,
    "golden": _TEXT,
    "config": _TEXT,
}


def _figures(data: Mapping[str, Any], place: str) -> Mapping[str, float]:
    check_keys(data, place, {}, dict.fromkeys(data, NUMBER), ArtifactError)
    for name, value in data.items():
        if not isfinite(value):
            raise ArtifactError(f"{place}: {name} is not finite")
    return MappingProxyType(data)
