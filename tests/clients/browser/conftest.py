"""A real browser for the pages, and where their pictures are kept."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.clients.programs import need
from tests.gateway import ROOT


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the machine's own."""
    program = need("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as player:
        started = player.chromium.launch(executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that tolerates no error of its own and nothing from elsewhere."""
    opened = browser.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    opened.on(
        "request",
        lambda sent: wrong.append(sent.url) if not re.match(r"(http://127\.0\.0\.1:|data:)", sent.url) else None,
    )
    yield opened
    opened.close()
    assert wrong == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the pictures of a run are kept: SCREENSHOTS, else a folder of this checkout that git ignores."""
    folder = Path(os.environ.get("SCREENSHOTS") or ROOT / ".screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
