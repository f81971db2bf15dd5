"""The object of a pickle, from whatever file a person may hand over."""

import bz2
import gzip
import io
import lzma
import pickle
import re
import warnings
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import joblib
import statsmodels.api as sm

from phat.preprocessing.errors import quote
from phat.takeover.formulas.reloading import load_formula
from phat.training.errors import NotServable

_BLOCK = 1 << 20
_JOBLIB = b"joblib.numpy_pickle"
_FORMULA = (b"restore_model_spec", b"restore_design_info")
"""What statsmodels 0.15, and those before it, write into the pickle of a formula's fit."""

_VERSIONED = ("numpy", "pandas", "scipy", "statsmodels")
_DAMAGED = (EOFError, MemoryError, OSError, OverflowError, zlib.error, lzma.LZMAError, pickle.UnpicklingError)
_NOTEBOOK = re.compile(r"'(\w+)' on <module '[\w.]*__main__'")
_UNDEFINED = re.compile(r"name '(\w+)' is not (?:defined|present)|[`'](\w+)[`'] is not present")
_LONGEST_SHOWN = 200

SAVE_AGAIN = (
    'where it was saved, run results.save("again.pkl", remove_data=True) and write raw records with their '
    "results.predict to a file; then import again.pkl with --expected FILE"
)
FORMULA = (
    "statsmodels evaluates a formula again while it loads a pickle: export the live results where they were made, "
    'phat.export(results, name="...")'
)


def load_pickle(path: Path) -> Any:
    """The object in a pickle, plain, written by joblib, or compressed by gzip, bz2, xz or zlib.

    Loading runs the code that the pickle names. Statsmodels evaluates the formula of a fit again while it loads it: the
    engine is that of the fit, and numpy and pandas have their usual names. Raises NotServable, in one sentence, if it
    cannot be loaded.
    """
    with path.open("rb") as file:
        head = file.read(6)
    opened = next((way for magic, way in _COMPRESSED.items() if head.startswith(magic)), _plain)
    try:
        by_joblib, has_formula = check_content(opened, path)
        if has_formula:
            return load_formula(lambda: _load(opened, path, by_joblib))
        return _load(opened, path, by_joblib)
    except NotServable:
        raise
    except Exception as error:  # the pickle's own code may raise anything
        raise NotServable(f"{path}: {_reason(error)}") from None


def _load(opened: "Callable[[Path], Opened]", path: Path, by_joblib: bool) -> Any:
    with opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return joblib.load(file) if by_joblib else sm.load_pickle(file)


Opened = AbstractContextManager[IO[bytes]]


def _plain(path: Path) -> Opened:
    return path.open("rb")


def _inflated(path: Path) -> Opened:
    return io.BytesIO(zlib.decompress(path.read_bytes()))


_COMPRESSED: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open,
    **dict.fromkeys((b"x\x01", b"x^", b"x\x9c", b"x\xda"), _inflated),
}  # fmt: skip
"""How a file is opened, by its first bytes."""


def check_content(opened: Callable[[Path], Opened], path: Path) -> tuple[bool, bool]:
    """Whether joblib wrote a pickle, and whether it is of a formula's fit; what is none is refused before it runs."""
    by_joblib, has_formula = False, False
    with opened(path) as file:
        block = file.read(_BLOCK)
        if not block:
            raise NotServable(f"{path}: the file is empty")
        if not block.startswith(b"\x80"):
            text = quote(block[:_LONGEST_SHOWN].decode("latin-1"))
            raise NotServable(f'{path}: no pickle: it begins with {text}; save the fit with results.save("fit.pkl")')
        tail = b""
        while block:
            seam = tail + block
            by_joblib, has_formula = by_joblib or _JOBLIB in seam, has_formula or any(mark in seam for mark in _FORMULA)
            tail, block = seam[-len(_JOBLIB) :], file.read(_BLOCK)
    return by_joblib, has_formula


def _reason(error: Exception) -> str:
    """Why a pickle could not be loaded, and what to do."""
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] not in _VERSIONED:
        return f"the pickle needs the module {error.name}, which is not installed here; {SAVE_AGAIN}"
    if match := _NOTEBOOK.search(str(error)):
        return (
            f"the pickle needs {match[1]}, which the notebook or script that saved it had defined (__main__.{match[1]})"
            "; save the results of a fit without it"
        )
    if match := _UNDEFINED.search(str(error)):
        return f"the formula uses {match[1]}, which the notebook or script that fitted it had defined; {FORMULA}"
    first_line = next(iter(str(error).splitlines()), "")[:_LONGEST_SHOWN]
    what = f"{type(error).__name__}: {first_line}"
    if isinstance(error, _DAMAGED):
        return f"the file is damaged, incomplete, or no pickle ({what})"
    installed = ", ".join(f"{name} {version(name)}" for name in _VERSIONED)
    return f"the pickle cannot be loaded with {installed} ({what}): other versions wrote it; {SAVE_AGAIN}"
