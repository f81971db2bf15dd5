"""Every command of README and docs/ is run as it stands there, or says why not.

A comment before a block of commands says `not run: WHY`, `answers TEXT` (its output has that text) or `writes FILE`; a
block of JSON right after it is what it prints.
"""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from phat.model.model import Model
from phat.training.simulate import write_csv
from tests.clients.programs import need
from tests.clients.stage import KEY, PARTNER, REGION
from tests.gateway import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<language>sh|python|js|r)\n(?P<text>.*?)\n```"
    r"(?:\n+```json\n(?P<json>.*?)\n```)?",
    re.DOTALL,
)
LAPTOP = "http://127.0.0.1:1313"
RECORDS = 700


@dataclass(frozen=True)
class Block:
    """Commands of a page."""

    page: Path
    line: int
    note: str
    language: str
    text: str
    answer: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def not_run(self) -> bool:
        """Whether the page says why they are not run."""
        return self.note.startswith("not run: ")

    def expected(self, kind: str) -> str | None:
        """What the page says they answer or write."""
        return self.note.removeprefix(f"{kind} ") if self.note.startswith(f"{kind} ") else None


def blocks() -> Iterator[Block]:
    """All blocks of commands."""
    for page in PAGES:
        text = page.read_text()
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start("text"))
            yield Block(page, line, found["note"] or "", found["language"], found["text"], found["json"])


BLOCKS = list(blocks())


def program(language: str) -> list[str]:
    """What runs a block given on its standard input."""
    return {
        "sh": [need("bash"), "-eu"],
        "python": [sys.executable, "-W", "error", "-"],
        "js": [need("node", "nodejs") if language == "js" else "", "--input-type=module", "-"],
        "r": [need("Rscript") if language == "r" else "", "-"],
    }[language]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """What gives each page a folder that looks like the repository's, and takes what its commands write."""

    @cache
    def folder(page: Path) -> Path:
        made = tmp_path_factory.mktemp(page.stem)
        for entry in ROOT.iterdir():
            (made / entry.name).symlink_to(entry)
        with (made / "records.csv").open("w", newline="") as file:
            for _ in write_csv(RECORDS, 3, file):
                pass
        return made

    return folder


@pytest.fixture(scope="module")
def environment(keyed: str) -> Mapping[str, str]:
    """What a partner has in the environment."""
    return os.environ | {
        "URL": keyed,
        "API_KEY": KEY,
        "AWS_ACCESS_KEY_ID": str(PARTNER.access_key),
        "AWS_SECRET_ACCESS_KEY": str(PARTNER.secret_key),
        "AWS_REGION": REGION,
    }


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block.not_run], ids=str)
def test_commands_do_what_the_page_says(
    block: Block, folders: Callable[[Path], Path], environment: Mapping[str, str], address: str, signed: str
) -> None:
    """The block runs without an error, prints the JSON below it, answers or writes what the page says."""
    folder = folders(block.page)
    variables = dict(environment) | ({"URL": signed} if re.search("sigv4", block.text, re.IGNORECASE) else {})
    text = block.text.replace(LAPTOP, address)
    command = program(block.language)
    done = subprocess.run(
        command, input=text, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    if block.answer is not None:
        assert json.loads(done.stdout) == json.loads(block.answer)
    if answer := block.expected("answers"):
        assert answer in done.stdout
    if file := block.expected("writes"):
        check_scores(folder / "records.csv", folder / file)


def check_scores(raw_records: Path, scored: Path) -> None:
    """The written file has the right `phat` for each record."""
    model = Model.from_bytes((ROOT / "model" / "reference" / "segmentation.json").read_bytes())
    with raw_records.open(newline="") as file:
        expected = [found.answer for found in model.predictor.predict(list(csv.DictReader(file)))]
    with scored.open(newline="") as file:
        got = [float(row["phat"]) for row in csv.DictReader(file)]
    assert len(got) == RECORDS
    assert got == expected
    scored.unlink()


def test_every_block_is_run_or_says_why() -> None:
    """Notes are of the known kinds, and every language and page has blocks that run."""
    kinds = ("not run: ", "answers ", "writes ")
    assert [str(block) for block in BLOCKS if block.note and not block.note.startswith(kinds)] == []
    run = [block for block in BLOCKS if not block.not_run]
    assert {block.language for block in run} == {"sh", "python", "js", "r"}
    assert {"README.md", "clients.md", "http.md", "cleaning.md", "training.md", "artifact.md"} <= {
        block.page.name for block in run
    }


def test_links_lead_somewhere() -> None:
    """Links of the pages to files of the repository lead to files that are there."""
    broken: list[Any] = []
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", *(ROOT / "docs" / "decisions").glob("*.md")]:
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", page.read_text())
        broken += [(page.name, target) for target in targets if not (page.parent / target).exists()]
    assert broken == []


@pytest.mark.parametrize("change", ["key", "secret", "body"])
def test_signature_is_looked_at(change: str, signed: str) -> None:
    """The stage that the signed examples are run against refuses a wrong key, another's signature, a changed body."""
    credentials = Credentials("PARTNER", "another") if change == "secret" else PARTNER
    headers = {"X-Api-Key": "another" if change == "key" else KEY, "Content-Type": "application/json"}
    request = AWSRequest("POST", f"{signed}/predict", headers, b'{"x12": 1}')
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    body = b'{"x12": 2}' if change == "body" else request.data
    assert requests.post(str(request.url), body, headers=dict(request.headers), timeout=30).status_code == 403
