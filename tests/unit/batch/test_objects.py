"""Which keys of S3 can be reached."""

import obstore
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from obstore.exceptions import BaseError
from obstore.store import MemoryStore

from phat.storage.errors import StoreUnavailable
from phat.storage.files import object_at
from phat.storage.objects import flaw


def reached(key: str) -> bool:
    """Whether obstore puts an object under exactly this key."""
    store = MemoryStore()
    try:
        obstore.put(store, key, b"")
        return [item["path"] for item in obstore.list(store).collect()] == [key]
    except (BaseError, ValueError):
        return False


@given(st.text(st.sampled_from("a./%[*\x00\x1f\x7f\x80 \u00e9\U0001f600\\"), min_size=1, max_size=8))
@example("p//x.csv")
@example("p/../x.csv")
@example("p/./x.csv")
@example("p/x.csv/")
@example("p/...csv")
def test_keys_that_cannot_be_reached(key: str) -> None:
    """A key has a flaw if the client refuses it or takes it for another; a slash at its beginning is taken care of."""
    assert (flaw(key) is None) == reached(key.removeprefix("/"))


@pytest.mark.parametrize(
    ("key", "reason"),
    [("p//x", "nothing, '.' or '..'"), ("p/..", "nothing, '.' or '..'"), ("p\n", "a control character")],
)
def test_reasons(key: str, reason: str) -> None:
    """The reason says what is wrong with a key, and what to do."""
    found = flaw(key)
    assert found is not None
    assert reason in found
    assert found.endswith("copy it to another key")


def test_an_endpoint_on_which_the_client_panics(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint on which the client panics is a store that is not available, with the object's name."""
    settings = {"ENDPOINT_URL": "http://a b", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "eu-west-1"}
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with pytest.raises(StoreUnavailable, match="s3://bucket/a: a library panicked: "):
        object_at("bucket", "a")
