"""docs/notebook.ipynb runs as it stands, and shows what it prints."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.phat.notebook import code_cells, read, run

_VARIES = re.compile(r"\b[0-9a-f]{12,64}\b|127\.0\.0\.1:\d+")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")


def texts(outputs: list[list[dict[str, Any]]]) -> Iterator[str]:
    """What cells print and the values that they show as text, without versions and ports."""
    for shown in outputs:
        for output in shown:
            yield _VARIES.sub("*", "".join(output.get("text") or output["data"]["text/plain"]))


def test_the_notebook_shows_what_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit, export, predict, explain, save, serve and post: each cell gives what the notebook shows."""
    monkeypatch.chdir(tmp_path)
    notebook = read()
    got, expected = run(notebook), [cell["outputs"] for cell in code_cells(notebook)]
    words = [[_NUMBER.sub("#", text).split() for text in texts(each)] for each in (got, expected)]
    assert words[0] == words[1]
    numbers = [[float(number) for text in texts(each) for number in _NUMBER.findall(text)] for each in (got, expected)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-4, abs=2e-4)
    kinds = [[list(output.get("data", ())) for shown in each for output in shown] for each in (got, expected)]
    assert kinds[0] == kinds[1]
    assert (tmp_path / "churn.json").is_file()
