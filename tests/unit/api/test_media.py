"""What a body says it is, and how it was packed."""

import gzip
import os
import subprocess
import sys
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.api.errors import MalformedBody, TooLarge, UnsupportedMediaType
from phat.api.media import LINES, UNNAMED, decoded, form_of
from phat.api.negotiate import CSV, JSON
from phat.api.request import MAX_BODY
from tests.gateway import ROOT

FORMS = {
    JSON: ["application/json", "text/json", "application/vnd.api+json", "application/ld+json", "Application/JSON"],
    LINES: ["application/x-ndjson", "application/jsonl", "application/jsonlines"],
    CSV: ["text/csv", "application/csv", "text/x-csv", "application/vnd.ms-excel", "TEXT/CSV"],
    UNNAMED: ["text/plain"],
}


@pytest.mark.parametrize(("form", "name"), [(form, name) for form, names in FORMS.items() for name in names])
def test_forms(form: str, name: str) -> None:
    """Each media type that is read means one form, in any letter case and with parameters."""
    assert form_of(name) == form_of(f' {name} ; header=present;charset="UTF-8"') == form


@pytest.mark.parametrize("content_type", [None, "", "  "])
def test_no_type(content_type: str | None) -> None:
    """Without a type the body itself must say what it is."""
    assert form_of(content_type) == UNNAMED


@pytest.mark.parametrize(
    "content_type",
    [
        "application/xml", "application/x-www-form-urlencoded", "text/csv, text/csv", "json", "+xml", ";",
        "; charset=x",
        "application/json; charset=utf-16", "text/csv;charset=iso-8859-1", "text/plain; charset=latin-1",
    ],
)  # fmt: skip
def test_other_types(content_type: str) -> None:
    """Another type, or another character set than UTF-8, is refused with what was received and what is read."""
    with pytest.raises(UnsupportedMediaType) as caught:
        form_of(content_type)
    assert f"got Content-Type '{content_type}', expected application/json" in str(caught.value)


def test_long_types_are_cut() -> None:
    """No more than 40 characters of a type are quoted."""
    with pytest.raises(UnsupportedMediaType, match="'" + "x" * 40 + r"'\.\.\., expected"):
        form_of("x" * 41)


@pytest.mark.parametrize(
    "coding", [None, "", " ", "identity", "Identity", "identity, identity", "gzip", "x-gzip", " GZIP"]
)
def test_plain_bodies(coding: str | None) -> None:
    """A body that is not packed is itself, also where the gateway unpacked it and left the header."""
    assert decoded(b'{"x12": 1}', coding) == b'{"x12": 1}'


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.sampled_from(["gzip", "X-GZip", "identity, gzip"]))
def test_packed_bodies(parts: list[bytes], coding: str) -> None:
    """What was packed comes back, in one member or several as RFC 1952 allows."""
    assert decoded(b"".join(map(gzip.compress, parts)), coding) == b"".join(parts)


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "gzip;q=1", "*"])
def test_other_codings(coding: str) -> None:
    """Another coding, or one upon another, is refused with what was received."""
    with pytest.raises(UnsupportedMediaType) as caught:
        decoded(gzip.compress(b"{}"), coding)
    assert str(caught.value) == f"got Content-Encoding '{coding}', expected gzip or identity"


def test_limit_is_exact() -> None:
    """A body may have the limit's bytes when it is unpacked, and not one more, in several members too."""
    assert len(decoded(gzip.compress(b" " * MAX_BODY), "gzip")) == MAX_BODY
    for packed in (gzip.compress(b" " * (MAX_BODY + 1)), gzip.compress(b" " * MAX_BODY) + gzip.compress(b" ")):
        with pytest.raises(TooLarge, match="unpacked"):
            decoded(packed, "gzip")


@pytest.mark.slow
def test_bombs_are_not_unpacked() -> None:
    """Of a body that unpacks to 400 MB no more than the limit is unpacked, so that memory stays low."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(400)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decoded(bomb, "gzip")
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BODY
    finally:
        tracemalloc.stop()


def test_many_members_are_refused() -> None:
    """A body of thousands of empty members, each of which costs a copy of the rest, is refused at once."""
    with pytest.raises(MalformedBody, match="more than 100 members"):
        decoded(gzip.compress(b"") * 200_000, "gzip")


PACKED = gzip.compress(b'{"x12": 1}' * 20, mtime=0)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (PACKED[:-1], "cut short"),
        (PACKED[:12], "cut short"),
        (PACKED[:2], "cut short"),
        (PACKED + PACKED[:5], "cut short"),
        (PACKED[:-8] + bytes(8), "broken"),
        (PACKED[:10] + b"\xff" * 20, "broken"),
        (PACKED + b"more", "broken"),
        (PACKED[:3] + b"\xff" + PACKED[4:], "broken"),
    ],
)
def test_broken_gzip(packed: bytes, reason: str) -> None:
    """Gzip that is cut short, changed on its way, or followed by something else is refused in words."""
    with pytest.raises(MalformedBody, match=f"the gzip body is {reason}"):
        decoded(packed, "gzip")


def test_ordinary_bodies_need_no_unpacker() -> None:
    """What unpacks gzip is imported for the first packed body, and not at a cold start."""
    code = (
        "import sys, phat.api.endpoints; from phat.api.media import decoded; "
        "decoded(b'{}', 'gzip'); print('zlib' in sys.modules)"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=plain, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n", done.stderr
