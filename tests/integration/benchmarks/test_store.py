"""The benchmark's S3 over https: what the real clients of both contenders make of it."""

from pathlib import Path

import boto3
import pytest

from benchmarks.store import ROOTS, Trust, make_trust, serving
from phat.model.artifact import checksum
from phat.model.errors import StoreFailure
from phat.model.pin import Pin
from phat.model.reading import Reading

PIN = Pin("bucket", "models/m/0123456789ab/model.json", checksum(b"model"))
OBJECTS = {f"bucket/{PIN.key}": b"model"}


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """An authority, and a certificate by it."""
    return make_trust(tmp_path_factory.mktemp("trust"))


def use(trust: Trust, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read from this address, and trust these roots alone."""
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    for name, value in trust.variables().items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("delay", [0.0, 0.03])
def test_both_clients_read_over_https(trust: Trust, monkeypatch: pytest.MonkeyPatch, delay: float) -> None:
    """Obstore and boto3 read an object over TLS, at once or late, with or without its version."""
    with serving(OBJECTS, trust, delay) as address:
        assert address.startswith("https://")
        use(trust, address, monkeypatch)
        assert Reading(PIN).data() == Reading(PIN._replace(version_id="1")).data() == b"model"
        assert boto3.client("s3").get_object(Bucket="bucket", Key=PIN.key)["Body"].read() == b"model"


def test_certificates_are_verified(trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose authority is not in the bundle is refused: what is measured is TLS with its checks."""
    with serving(OBJECTS, trust) as address:
        use(make_trust(tmp_path), address, monkeypatch)
        with pytest.raises(StoreFailure) as caught:
            Reading(PIN).data()
        assert caught.value.public == "the model's store did not answer as it should"
        use(trust, address, monkeypatch)
        assert Reading(PIN).data() == b"model"


def test_bundle_is_one_file_of_many_roots(trust: Trust) -> None:
    """The bundle has as many roots as it says, so that reading it takes as long as on Lambda."""
    assert trust.bundle.read_text().count("-----BEGIN CERTIFICATE-----") == ROOTS


def test_missing_object(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there is not found."""
    with serving({}, trust) as address:
        use(trust, address, monkeypatch)
        with pytest.raises(StoreFailure) as caught:
            Reading(PIN).data()
    assert caught.value.public == "the model was not found in its store"
