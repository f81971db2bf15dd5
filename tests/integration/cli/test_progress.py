"""What moves while a command works: stages by name in a terminal, and nothing in a pipe."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from phat.training.fit import STAGES
from tests.conftest import REFERENCE
from tests.gateway import ROOT
from tests.integration.model.test_terminal import drained

ARTIFACT = REFERENCE / "segmentation.json"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records to fit and to score."""
    path = tmp_path_factory.mktemp("data") / "data.csv"
    random = np.random.default_rng(1)
    ages = random.integers(18, 80, 300)
    rows = [f"{age},{int(random.random() < 0.2 + 0.5 * (age > 50))}" for age in ages]
    path.write_text("\n".join(["x12,y", *rows]))
    return path


def commands(data: Path) -> dict[str, list[str]]:
    """Commands that take their time, by name."""
    folder = data.parent
    return {
        "fit": ["fit", str(data), "--target", "y", "-o", str(folder / "model.json")],
        "score": ["score", str(data), "--model", str(ARTIFACT), "-o", str(folder / "scores.csv")],
        "simulate": ["simulate", "--rows", "50", "-o", str(folder / "simulated.csv")],
    }


def in_terminal(words: list[str]) -> str:
    """What a command draws on stderr where that is a terminal."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    command = [sys.executable, "-m", "phat.cli", *words]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        drawn = drained(ours)
        assert process.wait() == 0, drawn
    return drawn


def test_stages_of_a_fit_are_named(data: Path) -> None:
    """Each stage of a fit is named as it begins, with its number."""
    drawn = in_terminal(commands(data)["fit"])
    places = [drawn.find(stage) for stage in ("reading", *STAGES)]
    assert -1 not in places
    assert places == sorted(places)
    assert f"6 of {len(STAGES) + 1}" in drawn


@pytest.mark.parametrize(("name", "stage"), [("score", "scoring"), ("simulate", "simulating")])
def test_bars_are_named(name: str, stage: str, data: Path) -> None:
    """A bar says what it shows."""
    assert stage in in_terminal(commands(data)[name])


@pytest.mark.parametrize("name", ["fit", "score", "simulate"])
def test_nothing_is_drawn_into_a_pipe(name: str, data: Path) -> None:
    """In a pipe stderr has notices alone, even where colours are asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "phat.cli", *commands(data)[name]], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"FORCE_COLOR": "1"},
    )  # fmt: skip
    assert all(line.startswith("note: ") for line in done.stderr.splitlines()), done.stderr
