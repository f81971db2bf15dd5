"""Outcomes by id, as people and data frames spell them."""

import shutil
import tempfile
from itertools import groupby
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.model.answer import Binary, Labels
from phat.monitoring.errors import OutcomesRefused
from phat.monitoring.labels import KnownOutcomes, read_labels
from tests.conftest import REFERENCE

TWO = Binary(0.5, Labels("yes", "no"))


def write(folder: Path, **files: str) -> str:
    """A folder with CSV files of these texts."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return str(folder)


def test_labels(tmp_path: Path) -> None:
    """Labels are read by id: repeated ones once, contradictory ones not at all, blanks are none."""
    text = "id,bought\n1,yes\n2,no\n2,no\n3,yes\n3,no\n4,\n ,yes\n5,nan\n 6 ,yes \n"
    found = read_labels(write(tmp_path, a=text), TWO, "id", "bought")
    assert found == ({"1": 1.0, "2": 0.0, "6": 1.0}, 1, 1, ())


@pytest.mark.parametrize(
    "pair", [("1", "0"), ("1.0", "0.0"), ("true", "false"), ("True", "False"), ("yes", "no"), ("Y", "N")]
)
@pytest.mark.parametrize("event", [None, "1"])
def test_spellings_of_an_event(tmp_path: Path, pair: tuple[str, str], event: str | None) -> None:
    """What `fit` understands as an event is one here."""
    place = write(tmp_path, a=f"id,outcome\na,{pair[0]}\nb,{pair[1]}\n", b=f"id,outcome\nc,{pair[0]}\nd,{pair[0]}\n")
    assert read_labels(place, TWO, event=event).by_id == {"a": 1.0, "b": 0.0, "c": 1.0, "d": 1.0}


def test_types_of_parquet(tmp_path: Path) -> None:
    """Booleans and floats of a data frame are outcomes, and its float ids are the integers that they were."""
    ids, outcomes = [1.0, 2.0, None, 9007199254740991.0], [True, False, True, None]
    pl.DataFrame({"id": ids, "outcome": outcomes}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"id": [3.0, 12345678.0], "outcome": [1.0, 0.0]}).write_parquet(tmp_path / "b.parquet")
    assert read_labels(str(tmp_path), TWO).by_id == {"1": 1.0, "2": 0.0, "3": 1.0, "12345678": 0.0}


def test_ids_as_captures_spell_them(tmp_path: Path) -> None:
    """1.0 is 1, 1.5 and 01 are themselves, and letters are composed."""
    place = write(tmp_path, a="id,outcome\n1.0,1\n1.5,0\n01,1\nJo\u0308rg,0\n-2.00,1\n")
    assert read_labels(place, TWO).by_id == {"1": 1.0, "1.5": 0.0, "01": 1.0, "J\u00f6rg": 0.0, "-2": 1.0}


@pytest.mark.parametrize(
    ("text", "event", "told"),
    [
        ("id,other\n1,1\n", None, "there is no column outcome; it has id, other"),
        ("id,outcome\n1,a\n2,b\n3,c\n", "a", "is not binary: it has 3 values"),
        ("", None, "a.csv: "),
        ("id,outcome\n1,won\n2,lost\n", None, "it is not known which is the event"),
        ("id,outcome\n1,won\n2,lost\n", "1", "none is the event '1'"),
        ("id,outcome\n1,won\n2,won\n", None, "got the outcome 'won' alone, expected '1' or '0'"),
        ("id,outcome\n1,0\n2,0\n", None, "no outcome is the event: got '0' in 2 labels, expected some 1, true or yes"),
        ("id,outcome\n1,\n", None, "no outcome is the event: got none"),
        ("id,outcome\n1,1\n2,1\n", "0", "no outcome is the event: got '1' in 2 labels, expected some '0'"),
        ("id,outcome\n1,yes\n2,yes\n", "0", "got the outcome 'yes' alone, expected '0' or '1'"),
        ("id,outcome,outcome\n1,1,0\n2,0,1\n", None, "a.csv: got 2 columns outcome, expected one"),
        ("id,id,outcome\n1,2,1\n", None, "a.csv: got 2 columns id, expected one"),
    ],
)
def test_labels_that_are_refused(tmp_path: Path, text: str, event: str | None, told: str) -> None:
    """A file that cannot be outcomes, or has no event, is refused with what it has and what was expected."""
    with pytest.raises(OutcomesRefused) as refused:
        read_labels(write(tmp_path, a=text), TWO, event=event)
    assert told in str(refused.value)


def test_one_odd_file(tmp_path: Path) -> None:
    """A file that cannot be read is named and left out; one of a single outcome is read as the others are."""
    place = write(
        tmp_path, a="id,outcome\n1,won\n2,lost\n", b="id;outcome\n3;won\n", c="id,outcome\n4,lost\n5,lost\n",
        d="id,outcome\n6,perhaps\n",
    )  # fmt: skip
    found = read_labels(place, TWO, event="won")
    assert found.by_id == {"1": 1.0, "2": 0.0, "4": 0.0, "5": 0.0}
    assert [sentence.partition(": ")[0] for sentence in found.unread] == [f"{tmp_path}/b.csv", f"{tmp_path}/d.csv"]


def test_a_parquet_file_on_which_the_engine_panics(tmp_path: Path) -> None:
    """A file with a flipped byte, on which the engine panics, is named and left out, and the others are read."""
    shutil.copy(REFERENCE.parents[1] / "tests" / "cases" / "panic.parquet", tmp_path / "b.parquet")
    found = read_labels(write(tmp_path, a="id,outcome\n1,1\n2,0\n"), TWO)
    assert found.by_id == {"1": 1.0, "2": 0.0}
    [sentence] = found.unread
    assert sentence.startswith(f"{tmp_path}/b.parquet: ")


def test_other_columns_may_be_alike(tmp_path: Path) -> None:
    """Names that are there twice, and are not asked for, hide nothing."""
    assert read_labels(write(tmp_path, a="id,note,note,outcome\n1,a,b,1\n2,a,b,0\n"), TWO).by_id == {"1": 1.0, "2": 0.0}


EVENTS = ["0", "0.0", "1", "1.0", "no", "No", "yes", "f", "t", "true", "False", "n", "won", None]
PAIRS = [("1", "0"), ("1.0", "0.0"), ("yes", "no"), ("T", "F"), ("true", "false"), ("y", "n"), ("won", "lost")]


def labels(folder: Path, event: str | None, *files: list[str]) -> KnownOutcomes | None:
    """Labels of files with these outcomes, by the number of the row; None if they are refused."""
    rows = iter(range(1_000))
    for number, outcomes in enumerate(files):
        text = "".join(f"{next(rows)},{outcome}\n" for outcome in outcomes)
        (folder / f"{number}.csv").write_text(f"id,outcome\n{text}")
    try:
        return read_labels(str(folder), TWO, event=event)
    except OutcomesRefused:
        return None


@given(
    st.sampled_from(EVENTS),
    st.sampled_from(PAIRS).flatmap(lambda pair: st.lists(st.sampled_from(pair), min_size=1, max_size=6)),
)
@settings(deadline=None, max_examples=300)
def test_files_of_one_outcome_alone(event: str | None, outcomes: list[str]) -> None:
    """Cut into files of one outcome each, outcomes mean what they do in one file, or are refused: never the reverse."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        whole = labels(Path(one), event, outcomes)
        apart = labels(Path(many), event, *(list(run) for _, run in groupby(outcomes)))
    if len(set(outcomes)) < 2:
        assert whole == apart
    elif whole is None:
        assert apart is None
    elif event not in {"won", "lost"}:
        assert apart is not None
        assert apart.by_id == whole.by_id
    else:  # that lost is the other one is said by no file
        assert apart is not None
        assert apart.by_id.items() <= whole.by_id.items()


@pytest.mark.parametrize(
    ("event", "ones"), [("0", 0.0), ("1", 1.0), (None, 1.0), ("yes", 1.0), ("no", None), ("f", None), ("won", None)]
)
def test_named_events_of_single_files(tmp_path: Path, event: str | None, ones: float | None) -> None:
    """Files of ones alone and of noughts alone are read by the named event, or refused where it is of others."""
    found = labels(tmp_path, event, ["1", "1.0"], ["0", "0"])
    if ones is None:
        assert found is None
    else:
        assert found is not None
        assert found.by_id == {"0": ones, "1": ones, "2": 1 - ones, "3": 1 - ones}
