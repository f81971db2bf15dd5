"""Which file is the model, as the environment says it."""

from collections.abc import Mapping
from typing import NamedTuple

from phat.model.errors import NotConfigured

MAX_BYTES = 8 * 1024 * 1024
"""Largest file that is read: about 600 columns with their covariance."""

_DIGITS, _HEXADECIMAL = 64, frozenset("0123456789abcdef")


class Pin(NamedTuple):
    """Which object is the model: bucket, key, checksum and, where given, the object's version."""

    bucket: str
    key: str
    sha256: str
    version_id: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Pin":
        """Read MODEL_BUCKET, MODEL_KEY, MODEL_SHA256 and MODEL_VERSION_ID; NotConfigured if they do not name one."""
        names = ("MODEL_BUCKET", "MODEL_KEY", "MODEL_SHA256")
        bucket, key, sha256 = (environment.get(name, "") for name in names)
        missing = [name for name in names if not environment.get(name)]
        if missing:
            raise NotConfigured("no model configured", f"not set: {', '.join(missing)}")
        if len(sha256) != _DIGITS or not _HEXADECIMAL.issuperset(sha256):
            detail = f"MODEL_SHA256: got {sha256[:80]!r}, expected 64 lower-case hexadecimal digits"
            raise NotConfigured("the model is configured wrongly", detail)
        return cls(bucket, key, sha256, environment.get("MODEL_VERSION_ID") or None)
