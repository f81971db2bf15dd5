"""The reference artifact is what its generator makes of the facts."""

import json
from typing import Any

from phat.model.model import Model
from phat.preprocessing.schema import CategoryField, levels_of
from phat.training import reference


def test_generator_gives_the_committed_file(artifact_bytes: bytes) -> None:
    """The committed artifact is the generator's, byte for byte."""
    assert reference.build().to_bytes() == artifact_bytes


def test_says_what_it_is(model: Model, facts: dict[str, Any]) -> None:
    """Coefficients, covariance and cutoff are the published ones, with all their bits."""
    artifact = model.artifact
    assert list(artifact.coefficients) == facts["columns_in_fit_order"]
    assert list(artifact.coefficients.values()) == facts["params"]
    assert [list(row) for row in artifact.known_covariance] == facts["cov_params"]
    assert (artifact.cutoff, artifact.constant, artifact.link) == (facts["cutoff"], None, "logit")


def test_golden_records_meet_everything(model: Model) -> None:
    """The golden records of the artifact meet every level, a number and a gap in every field."""
    from phat.preprocessing.clean import clean_record

    schema = model.artifact.schema
    cleaned = [clean_record(dict(golden.record), schema) for golden in model.artifact.golden]
    for field in schema.fields:
        met = {record[field.name] for record in cleaned}
        assert None in met
        assert set(levels_of(field)) <= met
        assert isinstance(field, CategoryField) or any(isinstance(value, float) for value in met)


def test_main_writes_and_names_the_artifact(
    model: Model, artifact_bytes: bytes, tmp_path: Any, monkeypatch: Any, capsys: Any
) -> None:
    """Run as a program it writes the file and prints name, version and checksum."""
    monkeypatch.setattr(reference, "ARTIFACT", tmp_path / "model.json")
    committed = reference.PREPROCESSING.read_bytes()
    monkeypatch.setattr(reference, "PREPROCESSING", tmp_path / "preprocessing.json")
    reference.main()
    assert (tmp_path / "model.json").read_bytes() == artifact_bytes
    assert (tmp_path / "preprocessing.json").read_bytes() == committed
    assert json.loads(capsys.readouterr().out) == {
        "name": "segmentation",
        "version": model.version,
        "sha256": model.sha256,
    }
