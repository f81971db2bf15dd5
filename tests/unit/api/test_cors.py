"""Which pages may read an answer."""

import pytest

from phat.api.cors import cors_headers

ORIGINS = "https://a.example,https://b.example:8443"


@pytest.mark.parametrize("origin", ["https://a.example", "https://b.example:8443"])
def test_named_origin_may_read(origin: str) -> None:
    """A page of a named origin may read answers and our headers; caches must tell origins apart."""
    headers = cors_headers(ORIGINS, origin, ())
    assert headers["Access-Control-Allow-Origin"] == origin
    assert "X-Request-Id" in headers["Access-Control-Expose-Headers"]
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Methods" not in headers


def test_preflight_names_methods_and_headers() -> None:
    """A preflight is told the path's methods, and the headers of key and signature."""
    headers = cors_headers(ORIGINS, "https://a.example", ("POST", "OPTIONS"))
    assert headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert {"Authorization", "X-Api-Key", "Content-Type"} <= set(headers["Access-Control-Allow-Headers"].split(", "))


@pytest.mark.parametrize(
    "origin",
    [None, "", "https://a.example.evil", "http://a.example", "null", "https://a.example,https://b.example:8443"],
)
def test_other_origins_may_not(origin: str | None) -> None:
    """Whatever is not exactly a named origin gets no permission."""
    assert cors_headers(ORIGINS, origin, ("POST",)) == {"Vary": "Origin"}


def test_off_without_origins() -> None:
    """Where no origin is named there is no trace of it."""
    assert cors_headers("", "https://a.example", ("POST",)) == {}
