"""The one table of routes, and what else names paths."""

import re

from phat.api.endpoints import ROUTES
from tests.gateway import ROOT

PLACEHOLDER = re.compile(r"\\{\w+\\}")


def test_the_template_opens_what_is_public() -> None:
    """The paths that the stack shows without a key are the public routes, no more and no less."""
    template = (ROOT / "template.yaml").read_text()
    opened = ["/", *re.findall(r"^ +(/\S*): \*page$", template, re.MULTILINE)]
    assert re.search(r"^ +/: &page|^ +/:$", template, re.MULTILINE)
    patterns = [PLACEHOLDER.sub("[^/]+", re.escape(path)) for path in opened]
    shown = {path for path in ROUTES for pattern in patterns if re.fullmatch(pattern, path)}
    assert shown == {path for path, route in ROUTES.items() if route.public}
    assert all(any(re.fullmatch(pattern, path) for path in ROUTES) for pattern in patterns)


def test_names_are_unique() -> None:
    """Each route has a name of its own, which clients generated from the contract call it by."""
    assert len({route.name for route in ROUTES.values()}) == len(ROUTES)


def test_methods() -> None:
    """Where there is GET there is HEAD, and a POST is nothing else."""
    assert {path: (*route.methods,) for path, route in ROUTES.items() if route.method == "POST"} == {
        "/predict": ("POST",), "/invocations": ("POST",), "/preview": ("POST",)
    }  # fmt: skip
    assert {(*route.methods,) for route in ROUTES.values()} == {("POST",), ("GET", "HEAD")}
