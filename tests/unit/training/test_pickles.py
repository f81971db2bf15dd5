"""Any file that a person may hand over is loaded, or refused in a sentence."""

import bz2
import gzip
import io
import lzma
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import pytest
import statsmodels.formula.api as smf

from phat.takeover.pickles import check_content, load_pickle
from phat.training.errors import NotServable
from tests.unit.takeover.imports import logit, raw_rows

RAW = raw_rows()
RESULTS = logit(RAW)
PICKLE = pickle.dumps(RESULTS)


def in_joblib(compress: Any) -> bytes:
    """The results as joblib writes them."""
    file = io.BytesIO()
    joblib.dump(RESULTS, file, compress=compress)
    return file.getvalue()


LOADED: dict[str, Callable[[], bytes]] = {
    "plain": lambda: PICKLE,
    "oldest binary protocol": lambda: pickle.dumps(RESULTS, protocol=2),
    "gzip": lambda: gzip.compress(PICKLE),
    "bz2": lambda: bz2.compress(PICKLE),
    "xz": lambda: lzma.compress(PICKLE),
    "zlib": lambda: zlib.compress(PICKLE),
    "joblib": lambda: in_joblib(0),
    "joblib in zlib": lambda: in_joblib(3),
    "joblib in gzip": lambda: in_joblib(("gzip", 3)),
}


@pytest.mark.parametrize("kind", LOADED)
def test_pickles_of_all_kinds_are_loaded(kind: str, tmp_path: Path) -> None:
    """Plain pickles, those of joblib and compressed ones hold the results that were saved."""
    path = tmp_path / "fit"
    path.write_bytes(LOADED[kind]())
    assert load_pickle(path).params.to_dict() == RESULTS.params.to_dict()


def test_a_pickle_of_statsmodels_before_its_modules_moved(tmp_path: Path) -> None:
    """Modules that statsmodels has renamed since are found."""
    path = tmp_path / "fit"
    path.write_bytes(named("statsmodels.tools.decorators", "cache_readonly"))
    assert load_pickle(path).__name__ == "cache_readonly"


def named(module: str, name: str) -> bytes:
    """A pickle of what a module holds by this name."""
    return f"\x80\x02c{module}\n{name}\n.".encode("latin-1")


def raising(error: str) -> bytes:
    """A pickle that raises while it is loaded."""
    return pickle.dumps(Raising(error))


class Raising:
    """What raises an error when it is loaded."""

    def __init__(self, error: str) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        return exec, (f"raise {self.error}",)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "the file is empty"),
    "empty in gzip": (lambda: gzip.compress(b""), "the file is empty"),
    "text": (lambda: b"x,g,y\n1,a,0\n", "no pickle: it begins with 'x,g,y"),
    "text that is code of protocol 0": (lambda: b"cos\nsystem\n(S'true'\ntR.", "no pickle: it begins with 'cos"),
    "JSON": (lambda: b'{"a": 1}', "no pickle"),
    "cut off": (lambda: PICKLE[:-100], "damaged, incomplete"),
    "cut off in gzip": (lambda: gzip.compress(PICKLE)[:-100], "damaged, incomplete"),
    "cut off in zlib": (lambda: zlib.compress(PICKLE)[:-100], "damaged, incomplete"),
    "huge": (lambda: b"\x80\x04\x8e" + (10**15).to_bytes(8, "little"), "damaged, incomplete"),
    "larger than addresses": (lambda: b"\x80\x04\x8e" + b"\xff" * 8, "damaged, incomplete"),
    "nothing but a header": (lambda: b"\x80\x04", "damaged, incomplete"),
    "dill": (lambda: named("dill._dill", "_create_type"), "needs the module dill"),
    "another pandas": (
        lambda: named("pandas.core.indexes.numeric", "Int64Index"),
        r"\(ModuleNotFoundError: No module named 'pandas.core.indexes.numeric'\): other versions wrote it; where it "
        r"was saved, run results.save\(\"again.pkl\", remove_data=True\)",
    ),
    "a notebook's class": (lambda: named("__main__", "MyLink"), r"needs MyLink, .* \(__main__.MyLink\)"),
    "any error": (lambda: raising("ZeroDivisionError('a\\nb')"), r"cannot be loaded with .*ZeroDivisionError: a\)"),
    "endless": (lambda: raising("RecursionError('deep')"), "RecursionError: deep"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_other_files_are_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    """What cannot be loaded is refused by file and reason, on one line."""
    make, reason = REFUSED[kind]
    path = tmp_path / "fit"
    path.write_bytes(make())
    with pytest.raises(NotServable, match=reason) as caught:
        load_pickle(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("before", range((1 << 20) - 40, (1 << 20) + 40))
def test_marks_are_found_wherever_they_stand(before: int, tmp_path: Path) -> None:
    """What joblib and formulas leave in a file is found also where two blocks of it meet."""
    for mark, expected in ((b"restore_design_info", (False, True)), (b"joblib.numpy_pickle", (True, False))):
        path = tmp_path / "fit"
        path.write_bytes(b"\x80\x04" + b"x" * before + mark)
        assert check_content(lambda path: path.open("rb"), path) == expected


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_formulas_are_loaded(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """The fit of a formula is loaded like others."""
    path = tmp_path / "fit"
    results = smf.logit("y ~ age", RAW).fit(disp=0)
    path.write_bytes(compress(pickle.dumps(results)))
    assert load_pickle(path).params.to_dict() == results.params.to_dict()
