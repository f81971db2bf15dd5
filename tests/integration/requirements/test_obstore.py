"""The obstore that is installed starts fast: why it is kept below 0.11 (docs/decisions/0010)."""

from importlib.metadata import files, version
from pathlib import Path

JITTER = b"jent_"
"""What all functions of the jitter entropy collector's are called by, and their names are in the compiled library."""


def test_tls_gathers_no_jitter_entropy() -> None:
    """Obstore's compiled part has no collector of jitter entropy, which takes 40 to 55 ms of each cold start."""
    libraries = [Path(str(file.locate())) for file in files("obstore") or [] if file.suffix in (".so", ".pyd")]
    assert libraries, "obstore has no compiled part: where does it do TLS?"
    guilty = [library.name for library in libraries if JITTER in library.read_bytes()]
    assert not guilty, f"obstore {version('obstore')} gathers jitter entropy: {guilty}; see docs/decisions/0010"
