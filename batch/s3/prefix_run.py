"""A run over a prefix in S3: what all its files have in common, and the names of what it writes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phat.batch.inputs import lists_errors
from phat.batch.s3.file_spans import FilePart
from phat.batch.score_files import ScoreOptions
from phat.model.store import Pin
from phat.preprocessing.plain import Types, check_keys
from phat.storage.errors import FilesError
from phat.storage.files import is_table
from phat.storage.objects import flaw

RUNS = "runs/"


@dataclass(frozen=True)
class Run:
    """What all files of a run have in common."""

    name: str
    bucket: str
    input: str
    """A prefix that ends with a slash, or one object's key."""
    output: str
    model: Mapping[str, str | None]
    keep: tuple[str, ...]
    level: float | None
    prediction_interval: bool
    on_error: str
    split_bytes: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Run":
        """The run as `prepare` gave it; FilesError names a key that is missing, unknown or of another type."""
        check_keys(data, "run", _KEYS, {}, FilesError)
        return cls(**{**data, "keep": tuple(data["keep"])})

    @property
    def folder(self) -> str:
        """Where the run's own files are."""
        return f"{RUNS}{self.name}/"

    @property
    def pin(self) -> Pin:
        """The model."""
        named = self.model
        return Pin(str(named["bucket"]), str(named["key"]), str(named["sha256"]), named["version_id"])

    def options(self, part: FilePart | None) -> ScoreOptions:
        """What is asked of one file, or of a part of it."""
        return ScoreOptions(
            self.keep,
            self.level,
            self.prediction_interval,
            "skip" if self.on_error == "skip" else "fail",
            None if part is None else part.span,
        )

    def takes(self, key: str) -> bool:
        """Whether an object of the prefix is a table of this run."""
        return is_table(key) and (self.input.endswith("/") or key == self.input)

    def passes_over(self, key: str) -> str | None:
        """Why a table of the prefix is not scored, None if it is; one that the run names is."""
        if key == self.input:
            return None
        return "it lists errors" if lists_errors(key) else flaw(key)

    def stem(self, key: str) -> str:
        """What the names of a file's answers begin with."""
        return self.output + (key.removeprefix(self.input) if self.input.endswith("/") else key.rpartition("/")[2])

    def answers(self, key: str, part: FilePart | None) -> str:
        """The object of a file's answers, or of a part's."""
        return f"{self.stem(key)}{_suffix(part)}.parquet"

    def receipt(self, key: str, part: FilePart | None) -> str:
        """The object that says what became of a file, or of a part."""
        return f"{self.receipts(key)}{_suffix(part)}.json"

    def receipts(self, key: str) -> str:
        """What the names of a file's receipts begin with."""
        return f"{self.folder}receipts/{hashlib.sha256(key.encode()).hexdigest()[:32]}"


_KEYS: dict[str, Types] = {
    "name": (str,), "bucket": (str,), "input": (str,), "output": (str,), "model": (dict,), "keep": (list, tuple),
    "level": (float, type(None)), "prediction_interval": (bool,), "on_error": (str,), "split_bytes": (int,),
}  # fmt: skip


def _suffix(part: FilePart | None) -> str:
    return "" if part is None else f".part-{part.number:05}-of-{part.of:05}"
