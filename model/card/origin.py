"""Where a model comes from: its data, and by what it was made and proven."""

from collections.abc import Iterable

from phat.model.artifact import Artifact
from phat.model.card.parts import Section, Table
from phat.model.model import Model


def data_section(artifact: Artifact) -> Section:
    """Which data the model was fitted on, of when, and how many of their rows."""
    provenance, target = artifact.provenance, artifact.provenance.target or {}
    records = provenance.training_records
    facts = [
        ("file", provenance.data),
        ("SHA-256 of the file", provenance.data_sha256),
        ("time that the data are of", artifact.texts.window),
        ("rows that the fit used", None if records is None else f"{records:,}"),
        ("rows that the fit dropped", f"{provenance.proof.dropped:,}" if provenance.proof.kind == "rows" else None),
        ("outcome", target.get("column")),
        ("value that is the event", target.get("event")),
        ("fitted at", provenance.created_at),
        ("training ranges and shares are of", artifact.baseline.source if artifact.baseline else None),
    ]
    unsaid = () if artifact.texts.window else ("The model does not say of what time its data are.",)
    return Section("Data", unsaid, table=_table(facts))


def origin_section(model: Model) -> Section:
    """Version, checksum, proof, estimator and libraries."""
    artifact, provenance = model.artifact, model.artifact.provenance
    facts = [
        ("version", model.version),
        ("sha256", model.sha256),
        ("proof", provenance.proof.text),
        ("estimator", provenance.estimator),
        ("link", artifact.link),
        ("constant", artifact.constant or "none"),
        ("thresholds", ", ".join(f"{each:.6g}" for each in getattr(artifact.answer, "thresholds", ()))),
        ("degrees of freedom", None if artifact.degrees_of_freedom is None else f"{artifact.degrees_of_freedom:.6g}"),
        (
            "standard deviation",
            None if artifact.scale is None else f"{artifact.scale**0.5:.6g} of an observation around its mean",
        ),
        ("made by", provenance.created_by),
        *((f"library {name}", version) for name, version in provenance.libraries.items()),
        ("golden records", f"{len(artifact.golden)}" + (f": {provenance.golden}" if provenance.golden else "")),
        ("configuration", "in the file, as TOML (provenance.config)" if provenance.config else None),
    ]
    return Section("Origin and proof", table=_table(facts))


def _table(facts: Iterable[tuple[str, str | None]]) -> Table:
    return Table(("what", "value"), tuple((what, text) for what, text in facts if text))
