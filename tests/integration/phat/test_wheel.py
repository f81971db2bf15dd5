"""The wheel: one importable name, in a folder whose own modules have the names of phat's folders."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from phat.cli.__main__ import COMMANDS
from tests.gateway import ROOT

SOURCES = ("LICENSE", "README.md", "handler.py", "pyproject.toml", "setup.py")
OWN = ("api", "handler", "model", "preprocessing", "server", "training")
"""Modules of the user's own, which nothing of phat may import."""

PROGRAM = """
import json
import urllib.request

import numpy as np
import pandas as pd
import statsmodels.api as sm

import phat

random = np.random.default_rng(1)
train = pd.DataFrame({"tenure": random.integers(0, 60, 400), "spend": random.normal(50, 10, 400).round(2)})
y = (random.random(400) < 1 / (1 + np.exp(train.tenure / 20 - 1))).astype(int)
model = phat.export(sm.Logit(y, sm.add_constant(train)).fit(disp=0), data=train, name="churn")
model.save("churn.json")
records = train.head(3).to_dict("records")
with phat.load("churn.json").serve(port=0) as server:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(server.address + "/predict?include=none", json.dumps(records).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["predictions"] == model.predict(records)
assert model.predict(train).index.equals(train.index)
print(phat.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for folder in {path.partition("/")[0] for path in setuptools["package-dir"].values()}:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    pip("wheel", source, "--no-build-isolation", "--wheel-dir", output)
    [path] = output.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content and its command."""
    target = tmp_path_factory.mktemp("installed")
    pip("install", wheel, "--target", target)
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a user, with modules that must not be imported."""
    for name in OWN:
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name} of the user was imported')\n")
    return tmp_path


def pip(*words: object) -> None:
    """Call pip without a network."""
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run(installed: Path, folder: Path, *words: object) -> str:
    """What a Python with this environment's packages and the wheel, but not the checkout, prints in a folder."""
    kept = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and Path(path) != ROOT]
    uncovered = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment = uncovered | {"PYTHONPATH": os.pathsep.join([str(installed), *kept])}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_one_name(wheel: Path) -> None:
    """Everything is in phat, the handler and all modules, pages and records that the code reads included."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"phat", "phat-0.1.0.dist-info"}
    packages = [path for path in sorted(ROOT.iterdir()) if (path / "__init__.py").is_file()]
    packages = [path for path in packages if path.name not in ("benchmarks", "release", "tests", "phat")]
    files = [
        file for path in packages for file in path.rglob("*") if file.suffix not in (".pyc", "") and file.is_file()
    ]
    expected = {f"phat/{file.relative_to(ROOT)}" for file in files}
    own = {f"phat/{file.name}" for file in (ROOT / "phat").glob("*.py")}
    assert {name for name in names if name.startswith("phat/")} == expected | own | {"phat/handler.py"}


def test_the_library_works_among_the_users_own_modules(installed: Path, folder: Path) -> None:
    """Fit, export, save, load, serve and predict run where modules of the user have the names of phat's folders."""
    (folder / "main.py").write_text(PROGRAM)
    assert run(installed, folder, "main.py").splitlines() == [str(installed / "phat" / "__init__.py")]


def test_the_command_works_among_the_users_own_modules(installed: Path, folder: Path) -> None:
    """The installed command shows a model."""
    shutil.copy(ROOT / "model" / "reference" / "segmentation.json", folder / "model.json")
    assert "segmentation" in run(installed, folder, installed / "bin" / "phat", "show", "model.json")


OF_THE_REPOSITORY = (
    "api/test_endpoints.py",
    "benchmarks",
    "monitoring/test_docs.py",
    "test_architecture.py",
    "test_licences.py",
)
"""Unit tests that read the repository's other files: templates, documents, folders, and the benchmarks' programs."""

LONG = ("batch", "monitoring", "takeover/formulas", "takeover/recognition")
"""Unit tests that take more than a minute together; what they test is imported from the wheel here."""

EVERY_MODULE = """
import pkgutil
from importlib import import_module

import phat

names = [each.name for each in pkgutil.walk_packages(phat.__path__, "phat.") if not each.name.endswith("__main__")]
print(len([import_module(name) for name in names if not name.startswith("phat.jobs")]))
"""


EXTRA = {"pandas", "numpy", "polars", "statsmodels", "scipy", "sklearn", "sqlglot", "jinja2", "uvicorn"}
"""What the base does not install."""

WITHOUT_EXTRAS = f"""
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {EXTRA}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
from phat.cli.__main__ import main
main(prog_name="phat")
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_without_the_extras(installed: Path, folder: Path, command: str) -> None:
    """Each command has its help in the base; one whose packages are missing says which extra brings them."""
    printed = run(installed, folder, "-c", WITHOUT_EXTRAS, command, "--help")
    assert COMMANDS[command].sentence.split(",")[0] in " ".join(printed.split())
    if COMMANDS[command].extra == "batch":
        assert "pip install 'phat[batch]'" in " ".join(printed.split())


def test_a_missing_extra_is_named(installed: Path, folder: Path) -> None:
    """Called without its packages, a command ends with one sentence and no traceback."""
    words = [sys.executable, "-c", WITHOUT_EXTRAS, "score", "in.csv", "-o", "out.csv", "--model", "m.json"]
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "which is not installed: pip install 'phat[batch]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_records_are_simulated_with_the_wheel(installed: Path, folder: Path) -> None:
    """The installed command writes records like those of the reference model."""
    run(installed, folder, installed / "bin" / "phat", "simulate", "--rows", "3", "-o", "records.csv")
    assert len((folder / "records.csv").read_text().splitlines()) == 4


def test_every_module_is_imported_from_the_wheel(installed: Path, folder: Path) -> None:
    """Nothing that a module imports is missing in the wheel."""
    assert int(run(installed, folder, "-W", "ignore", "-c", EVERY_MODULE).splitlines()[-1]) > 150


def test_unit_tests_pass_with_the_wheel(installed: Path, folder: Path) -> None:
    """The quick unit tests pass on the installed files; the slow ones are the same code's on many random inputs."""
    for name in ("tests", "benchmarks", "events"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "model" / "reference", folder / "model" / "reference")
    options = (
        "-q",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        "-o",
        "pythonpath=.",
        "--rootdir=.",
        "-W",
        "ignore",
    )
    paths = ("tests/unit", "-m", "not slow", *(f"--ignore=tests/unit/{name}" for name in (*OF_THE_REPOSITORY, *LONG)))
    code = "import phat, pytest, sys; print(phat.__file__); sys.exit(pytest.main(sys.argv[1:]))"
    printed = run(installed, folder, "-c", code, *options, *paths)
    assert printed.splitlines()[0] == str(installed / "phat" / "__init__.py")
    assert " passed" in printed
