"""What the page on monitoring says of settings is so: its parameters are the templates', with their defaults."""

import re
from collections.abc import Iterator
from itertools import takewhile

import pytest

from phat.monitoring.monitor import METRICS
from tests.conftest import REFERENCE

ROOT = REFERENCE.parents[1]
PAGE = (ROOT / "docs" / "monitor.md").read_text()
OF_TABLE = {"parameter of the endpoint": "template.yaml", "parameter of monitoring": "template-monitoring.yaml"}
SAM = re.compile(r"^sam deploy(?P<words>.*--parameter-overrides.*)$", re.MULTILINE)


def parameters(template: str) -> dict[str, str]:
    """A template's parameters with their defaults."""
    text = (ROOT / template).read_text()
    [section] = re.findall(r"^Parameters:\n(.*?)^(?=\w)", text, re.MULTILINE | re.DOTALL)
    found: dict[str, str] = {}
    for name, body in re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", section, re.MULTILINE):
        [default] = re.findall(r"^    Default: (.*?)(?: +#.*)?$", body, re.MULTILINE)
        found[name] = default.strip('"')
    return found


def rows(heading: str) -> Iterator[tuple[str, str]]:
    """Names and defaults of the page's table with this heading."""
    lines = PAGE.partition(f"| {heading} |")[2].splitlines()[2:]
    for line in takewhile(lambda line: line.startswith("|"), lines):
        name, default = (cell.strip(" `") for cell in line.split("|")[1:3])
        yield name, default.replace("empty", "")


@pytest.mark.parametrize(("heading", "template"), OF_TABLE.items())
def test_tables_of_parameters(heading: str, template: str) -> None:
    """Each parameter in a table is the template's, and has the default that the table says."""
    table = dict(rows(heading))
    assert table
    assert table.items() <= parameters(template).items()


def test_no_parameter_of_monitoring_is_missing() -> None:
    """The tables have all parameters of capture, and all of monitoring but those that each stack has."""
    usual = {"Architecture", "BaseImage", "LogRetentionDays", "KmsKeyArn"}
    assert dict(rows("parameter of monitoring")).keys() == parameters("template-monitoring.yaml").keys() - usual
    capture = {name for name in parameters("template.yaml") if name.startswith("Capture")}
    assert dict(rows("parameter of the endpoint")).keys() == capture


def test_names_in_the_text() -> None:
    """Whatever else the page names as a parameter is one, or a metric or output that it says it is."""
    known = {name for template in OF_TABLE.values() for name in parameters(template)} | {"CaptureBucket", *METRICS}
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z0-9]+)+)", PAGE))
    assert named - known == set()
    [words] = SAM.findall(PAGE)
    overrides = re.findall(r"(\w+)=", words)
    assert overrides
    assert set(overrides) <= parameters("template.yaml").keys()


def test_signs_of_names() -> None:
    """The signs that the page allows in the names of hidden fields are those of the template."""
    [signs] = re.findall(r"A-Z a-z 0-9 and `([^`]+)`", PAGE)
    for pattern in re.findall(
        r"  Capture(?:LeaveOut|Hash):\n.*\n.*\n    AllowedPattern: (.*)\n", (ROOT / "template.yaml").read_text()
    ):
        assert all(re.fullmatch(pattern, sign) for sign in signs.split())
        assert not any(re.fullmatch(pattern, sign) for sign in " +()%\u00e9'\"@!*;$[]{}|\\")
