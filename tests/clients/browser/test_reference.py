"""The API reference in a real browser: Swagger UI, and what is ours of it."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clients.browser.axe import violations
from tests.clients.stage import KEY


def test_reference_works_below_a_stage(page: Page, keyed: str) -> None:
    """Swagger UI shows the operations, takes the key, and tries out a prediction."""
    page.goto(f"{keyed}/docs")
    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(KEY)
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()
    page.locator("#operations-score-predict .opblock-summary-control").click()
    page.locator("#operations-score-predict").get_by_role("button", name="Execute").click()
    expect(page.locator("#operations-score-predict .responses-table.live-responses-table")).to_contain_text(
        "phat", timeout=10_000
    )


def test_no_key_is_asked_for_where_none_is_needed(page: Page, address: str) -> None:
    """On an open API there is no button to authorize, and the page leads back to the form."""
    page.goto(f"{address}/docs")
    expect(page.locator("#operations-score-predict")).to_be_visible()
    expect(page.locator(".authorize")).to_be_hidden()
    page.get_by_role("link", name="Try the model on its page").click()
    expect(page.get_by_role("button", name="Score", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 768, 390])
def test_reference_looks_right(
    browser: Browser, address: str, pictures: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    """With an operation opened and tried out, axe finds nothing in Swagger UI, in both schemes; a picture is kept."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{address}/docs")
    page.locator("#operations-score-predict .opblock-summary-control").click()
    page.locator("#operations-score-predict").get_by_role("button", name="Execute").click()
    expect(page.locator("#operations-score-predict .live-responses-table").first).to_be_visible()
    assert violations(page) == {}
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    page.screenshot(path=pictures / f"docs-{width}-{scheme}.png", full_page=True)
    page.close()


def test_problems_do_not_repeat_their_headers(page: Page, address: str) -> None:
    """An operation shows its answer's headers once, not again with each problem."""
    page.goto(f"{address}/docs")
    page.locator("#operations-score-predict .opblock-summary-control").click()
    expect(page.locator("#operations-score-predict .responses-inner")).to_be_visible()
    assert page.locator("#operations-score-predict .header-col", has_text="X-Request-Id").count() <= 1
