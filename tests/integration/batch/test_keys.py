"""Keys of S3 that are not as most are: named, read as they are spelt, or left out by name."""

import io
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest

from phat.batch.finding import everything, find
from phat.storage.errors import FileRefused
from phat.storage.writing import write_whole
from tests.commands import failure, run
from tests.conftest import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

ARTIFACT = REFERENCE / "segmentation.json"
UNREADABLE = ("p//x.csv", "p/../x.csv", "p/./x.csv", "p/x\x01.csv", "p//y.parquet")
READABLE = (
    "p/[1].csv", "p/1.csv", "p/a*.csv", "p/ab.csv", "p/q?.csv", "p/qa.csv", "p/ .csv", "p/%20.csv", "p/a#b.csv",
    "p/a+b.csv", "p/e\u0301\U0001f600.csv", "p/...csv", "p/x..y/z.csv", "p/[2].parquet", "p/a%2F*.parquet",
)  # fmt: skip


def put(s3: "S3Client", bucket: str, *keys: str) -> None:
    """Put a table of one record under each key, whose id is the key."""
    for key in keys:
        table, body = pl.DataFrame({"id": [key], "x12": ["1"]}), io.BytesIO()
        (table.write_parquet if key.endswith("parquet") else table.write_csv)(body)
        s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())


def scored(name: str, folder: "Path") -> tuple[list[str], str]:
    """Ids of the records that are scored, and what the command says, in one line."""
    output = folder / "out.parquet"
    said = run("score", name, "-o", output, "--model", ARTIFACT, "--keep", "id").output
    return pl.read_parquet(output)["id"].to_list(), said.replace("\n", " ")


def refusal(*words: object) -> str:
    """What the command says, which must fail, in one line."""
    return failure("score", *words, "--model", ARTIFACT).replace("\n", " ")


@pytest.mark.parametrize("source", ["p/", "p/*", ""])
def test_odd_keys_are_left_out_by_name(s3: "S3Client", bucket: str, tmp_path: "Path", source: str) -> None:
    """Keys that cannot be read are named, and all others of their prefix or pattern are scored."""
    put(s3, bucket, *UNREADABLE, *READABLE)
    ids, said = scored(f"s3://{bucket}/{source}", tmp_path)
    assert ids == sorted(READABLE)
    for key in UNREADABLE:
        assert f"s3://{bucket}/{key}".replace("\x01", "\\x01") in said
    assert said.count("left out") == 2


def test_odd_keys_that_are_named_are_refused(s3: "S3Client", bucket: str, tmp_path: "Path") -> None:
    """A key that cannot be read is refused by name, as input and as output, and taken for no other."""
    put(s3, bucket, *UNREADABLE, "p/x.csv", "x.csv", "out.csv")
    for key in ("p//x.csv", "p/../x.csv", "p/./x.csv"):
        assert f"s3://{bucket}/{key}: between slashes its key has nothing" in refusal(
            f"s3://{bucket}/{key}", "-o", tmp_path / "out.csv"
        )
        output = f"s3://{bucket}/{key.replace('x.csv', 'out.csv')}"
        assert f"{output}: between slashes its key has nothing" in refusal(f"s3://{bucket}/x.csv", "-o", output)
    assert "there is nothing to score; left out" in refusal(f"s3://{bucket}/p//*", "-o", tmp_path / "out.csv")


@pytest.mark.parametrize("key", READABLE)
def test_a_key_is_read_as_it_is_spelt(s3: "S3Client", bucket: str, tmp_path: "Path", key: str) -> None:
    """A key that exists is that object, whatever a pattern of the same spelling would match."""
    put(s3, bucket, *READABLE)
    assert scored(f"s3://{bucket}/{key}", tmp_path)[0] == [key]


def test_patterns(s3: "S3Client", bucket: str, tmp_path: "Path") -> None:
    """A key that does not exist is a pattern."""
    put(s3, bucket, *READABLE)
    for pattern, expected in (("[0-9].csv", ["p/1.csv"]), ("q[[a?].csv", ["p/q?.csv", "p/qa.csv"])):
        assert scored(f"s3://{bucket}/p/{pattern}", tmp_path)[0] == expected


def test_keys_that_begin_with_a_slash(s3: "S3Client", bucket: str, tmp_path: "Path") -> None:
    """A key that begins with a slash is another one than the same without it, in and out."""
    put(s3, bucket, "/a.csv", "a.csv", "/b.parquet", "b.parquet", "/c/d.csv", "//e.csv")
    for key in ("/a.csv", "a.csv", "/b.parquet", "b.parquet", "/c/d.csv"):
        assert scored(f"s3://{bucket}/{key}", tmp_path)[0] == [key]
    ids, said = scored(f"s3://{bucket}//", tmp_path)
    assert ids == ["/a.csv", "/b.parquet", "/c/d.csv"]
    assert f"left out s3://{bucket}///e.csv" in said
    assert scored(f"s3://{bucket}/", tmp_path)[0] == ["/a.csv", "/b.parquet", "/c/d.csv", "a.csv", "b.parquet"]
    run("score", f"s3://{bucket}/a.csv", "-o", f"s3://{bucket}//a.parquet", "--model", ARTIFACT)
    assert "no such file" in refusal(f"s3://{bucket}/a.parquet", "-o", tmp_path / "out.csv")
    assert s3.get_object(Bucket=bucket, Key="/a.parquet")["Body"].read().startswith(b"PAR1")
    assert "would overwrite" in refusal(f"s3://{bucket}//a.csv", "-o", f"s3://{bucket}//a.csv")


def test_more_keys_than_a_page_lists(s3: "S3Client", bucket: str) -> None:
    """A listing goes on after a thousand keys."""
    for number in range(1_005):
        s3.put_object(Bucket=bucket, Key=f"p/{number:04}.csv", Body=b"x12\n")
    assert len(find([f"s3://{bucket}/p/"])) == 1_005


def test_captures_with_odd_keys(s3: "S3Client", bucket: str) -> None:
    """Where all objects are looked at, one that cannot be is refused by name, not passed over."""
    put(s3, bucket, "p/a.csv", "p//x.csv", "pp/b.csv")
    found = everything(f"s3://{bucket}/p")
    assert [place.name for place in found] == [f"s3://{bucket}/p//x.csv", f"s3://{bucket}/p/a.csv"]
    with pytest.raises(FileRefused, match=re.escape(f"s3://{bucket}/p//x.csv: between slashes")):
        found[0].read(0, 10)
    assert found[1].read(0, 2) == b"id"
    assert everything(f"s3://{bucket}/none/") == everything(f"s3://{bucket}/none") == []


def test_an_object_that_changes(s3: "S3Client", bucket: str) -> None:
    """An object that was replaced, or is gone, since it was found is not read as if it were the same."""
    for key in ("a.csv", "b.csv"):
        write_whole(f"s3://{bucket}/{key}", b"x12\n1\n")
    first, second = find([f"s3://{bucket}/"])
    first.check()
    write_whole(first.name, b"x12\n2\n")
    s3.delete_object(Bucket=bucket, Key="b.csv")
    with pytest.raises(Exception, match=r"a\.csv: it has changed since it was found"):
        first.check()
    with pytest.raises(FileRefused, match=r"b\.csv: it is not there any more"):
        second.read(0, 10)
