"""Parts in work at once, and what becomes of them when a run ends early."""

from pathlib import Path
from threading import Event

import polars as pl
import pytest

from phat.batch import pipeline
from phat.batch.blocks import Block
from phat.batch.csv import reader as csv_files
from phat.batch.errors import RecordsRefused
from phat.batch.finding import find
from phat.batch.records import Records
from phat.batch.score_files import ScoreOptions, score_files
from phat.batch.scoring import Scored, Scorer
from phat.model.model import Model

ROWS = 200


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV with a block for each row, the first of them bad."""
    monkeypatch.setattr(csv_files, "BLOCK", 1)
    path = tmp_path / "in.csv"
    path.write_text("x12,x5\nbad,monday\n" + "1,monday\n" * ROWS)
    return path


def test_blocks_after_a_bad_one_are_left(
    model: Model, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no bad records are allowed, nothing is scored once one is known, and of what is in work nothing more."""
    scored: list[pl.DataFrame] = []
    read, call = Block.records, Scorer.__call__
    ended = Event()

    def slow(block: Block) -> Records:
        if block.offset > len("x12,x5\n"):
            assert ended.wait(60), "the run did not end"
        return read(block)

    def noted(scorer: Scorer, rows: pl.DataFrame) -> Scored:
        scored.append(rows)
        return call(scorer, rows)

    monkeypatch.setattr(pipeline, "Event", lambda: ended)
    monkeypatch.setattr(Block, "records", slow)
    monkeypatch.setattr(Scorer, "__call__", noted)
    with pytest.raises(RecordsRefused, match="row 1, line 2, x12: got 'bad', expected a number"):
        score_files(model, find([str(file)]), str(tmp_path / "out.csv"), ScoreOptions())
    assert [rows["x12"].to_list() for rows in scored] == [["bad"]]


def test_first_errors_of_the_first_bad_block(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is the first errors by row and field, and how many bad records there are at least."""
    monkeypatch.setattr(csv_files, "BLOCK", 60)
    path = tmp_path / "in.csv"
    path.write_text(
        "x5,x44,x12\n" + "monday,1,1\n" * 20 + "monday,1,a\nfunday,b,1\nmonday,c,d\n,e,f\n" + "g,h,i\n" * 20
    )
    with pytest.raises(RecordsRefused) as refused:
        score_files(model, find([str(path)]), str(tmp_path / "out.csv"), ScoreOptions())
    head, *shown, cure = str(refused.value).splitlines()
    assert [line.strip().partition(", expected")[0] for line in shown] == [
        "row 21, line 22, x12: got 'a'",
        "row 22, line 23, x44: got 'b'",
        "row 22, line 23, x5: got 'funday'",
        "row 23, line 24, x12: got 'd'",
        "row 23, line 24, x44: got 'c'",
    ]
    assert 3 <= int(head.partition("at least ")[2].partition(";")[0]) <= 24
    assert "--on-error skip" in cure
