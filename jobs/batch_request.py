"""What a run over a prefix is started with, checked: the input of the state machine."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from phat.batch.kept import check_kept
from phat.batch.s3.prefix_run import RUNS
from phat.storage.errors import FilesError
from phat.storage.objects import S3, flaw

SCORES = "scores/"


class RunRefused(Exception):
    """A run that was asked for wrongly; the message says where, got and expected."""


class BatchRequest(NamedTuple):
    """Which objects to score, and how: `input` is a prefix that ends with a slash, or a key; `output` is a prefix.

    `keep` are columns to copy, `level` is of intervals (None: none), to which `prediction_interval` adds those of a new
    observation, and with `on_error` "skip" bad records are listed where "fail" ends the run.
    """

    input: str
    output: str
    keep: tuple[str, ...] = ()
    level: float | None = None
    prediction_interval: bool = False
    on_error: str = "skip"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "BatchRequest":
        """Read a request, what is not given by its default; RunRefused names what is wrong."""
        if foreign := sorted(data.keys() - {*cls._fields}):
            raise RunRefused(f"got {foreign[0]!r}, expected {', '.join(cls._fields)}")
        source, output = _prefixes(data)
        keep, level, on_error = data.get("keep", []), data.get("level"), data.get("on_error", "skip")
        if not isinstance(keep, list) or not all(isinstance(name, str) for name in keep):
            raise RunRefused(f"keep: got {keep!r}, expected a list of columns")
        if level is not None and not (isinstance(level, float) and 0 < level < 1):
            raise RunRefused(f"level: got {level!r}, expected a number between 0 and 1, or null")
        observations = data.get("prediction_interval", False)
        if not isinstance(observations, bool) or (observations and level is None):
            raise RunRefused(
                f"prediction_interval: got {observations!r}, expected true or false, and true with a level"
            )
        if on_error not in {"skip", "fail"}:
            raise RunRefused(f"on_error: got {on_error!r}, expected skip or fail")
        try:
            check_kept(keep)
        except FilesError as error:
            raise RunRefused(f"keep: {error}") from None
        return cls(source, output, tuple(keep), level, observations, on_error)


def _prefixes(data: Mapping[str, Any]) -> tuple[str, str]:
    """Input and output."""
    source = data.get("input")
    if not isinstance(source, str) or not source.strip("/") or source.startswith(S3):
        raise RunRefused(
            f"input: got {source!r}, expected a prefix that ends with a slash, or a key, in the data bucket"
        )
    if (reason := flaw(source.removesuffix("/"))) is not None:
        raise RunRefused(f"input: got {source!r}; {reason}")
    if "output" not in data and source.startswith(SCORES):
        raise RunRefused(f"input: got {source}, where answers are, so they would be scored again; name an output too")
    parent = source if source.endswith("/") else f"{source.rpartition('/')[0]}/"
    output = data.get("output", f"{SCORES}{parent.lstrip('/')}")
    if not isinstance(output, str) or not _is_prefix(output) or output.startswith(RUNS):
        raise RunRefused(f"output: got {output!r}, expected a prefix that ends with a slash, outside {RUNS}")
    if output.startswith(source) or source.startswith((output, RUNS)):
        raise RunRefused(f"output {output} and input {source} lie within each other, so answers would be scored again")
    return source, output


def _is_prefix(key: str) -> bool:
    return key.endswith("/") and not key.startswith("/") and flaw(key[:-1]) is None
