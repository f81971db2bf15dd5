"""What the model is and how it is: the answers of `GET /model` and `GET /health`."""

from typing import Any

from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError, ModelUnavailable
from phat.model.model import Model


def describe_model(model: Model) -> dict[str, Any]:
    """Name, version, schema, what it answers, how far it is proven, and the figures of fit and evaluation."""
    artifact = model.artifact
    return {
        "name": artifact.name,
        "version": model.version,
        "sha256": model.sha256,
        "texts": artifact.texts.to_dict(),
        "link": artifact.link,
        **artifact.answer.to_dict(),
        "offset": artifact.terms.offset_formula,
        "schema": artifact.schema.to_dict(),
        "columns": _columns(artifact),
        "proof": artifact.provenance.proof.text,
        "provenance": artifact.provenance.to_dict(),
    }


def _columns(artifact: Artifact) -> list[str]:
    return sorted(name for name in artifact.columns if name != artifact.constant)


def check_health(model: Model) -> dict[str, Any]:
    """Score the golden records once more; ModelUnavailable if one is off."""
    try:
        scored = model.check_golden()
    except ArtifactError as error:
        raise ModelUnavailable("the model's golden records do not score as published", str(error)) from error
    return {"status": "ok", "model": model.artifact.name, "version": model.version, "golden_records": scored}
