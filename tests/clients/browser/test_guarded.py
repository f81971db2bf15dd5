"""The form below guarded stages: a key that every request needs, and signatures."""

import json
import re

from playwright.sync_api import Page, expect

from tests.clients.browser.form import box, fill_example, open_rows
from tests.clients.stage import KEY


def test_key_is_sent(page: Page, keyed: str) -> None:
    """Below a stage's path the page works; without the key it says what may be wrong, with it it scores."""
    page.goto(keyed)
    fill_example(page, "Score")
    expect(page.get_by_role("alert")).to_contain_text("Is the API key right?")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Score", exact=True).click()
    expect(page.locator(".phat")).to_be_visible()
    assert page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie") == "{}{}"


def test_signed_command_is_shown(page: Page, signed: str) -> None:
    """Where requests are signed nothing is sent: the page shows the curl command that would."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(signed)
    page.get_by_label("API key").fill("it's")
    fill_example(page, "Show the command")
    line = page.locator("#command").inner_text()
    assert f"curl '{signed}/predict?include=" in line
    assert "--aws-sigv4 aws:amz:us-east-1:execute-api" in line
    assert "-H 'X-Api-Key: it'\\''s'" in line
    record = json.loads(re.findall(r"-d '(.*)'$", line)[0])
    assert record["x5"] == box(page, "x5").input_value()
    assert set(sent) == {"GET"}


def test_a_guarded_answer_waits_for_its_button(page: Page, keyed: str) -> None:
    """With a key, a change dims the answer and says so, and nothing is sent until the button is pressed."""
    page.goto(keyed)
    page.get_by_label("API key").fill(KEY)
    fill_example(page, "Score")
    expect(page.locator(".phat")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    box(page, "x91").fill("0.9")
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#found")).to_have_class("stale")
    page.wait_for_timeout(600)
    assert sent == []
    page.get_by_role("button", name="Score", exact=True).click()
    expect(page.locator("#stale")).to_be_hidden()
    page.get_by_text("What if one field changes").click()
    assert page.locator("#drawn svg").count() == 0
    page.get_by_role("button", name="Draw").click()
    expect(page.locator("#drawn svg")).to_be_visible()


def test_rows_and_card_need_the_key(page: Page, keyed: str) -> None:
    """Rows of a file and the card are asked for with the key; without it the page says what may be wrong."""
    open_rows(page, keyed)
    page.get_by_label("Rows with a header").fill("x12\tx5\n1\tmonday")
    page.get_by_role("button", name="Score rows").click()
    expect(page.get_by_role("alert")).to_contain_text("Is the API key right?")
    page.get_by_role("link", name="About the model").click()
    expect(page.get_by_role("alert")).to_contain_text("Is the API key right?")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Score rows").click()
    expect(page.locator(".picks tbody tr")).to_have_count(1)
    page.get_by_role("link", name="About the model").click()
    expect(page.get_by_role("heading", name="Coefficients")).to_be_visible()


def test_a_file_where_requests_are_signed(page: Page, signed: str) -> None:
    """For rows, too, the page shows the command that sends the file; the card is not offered."""
    open_rows(page, signed)
    expect(page.get_by_role("link", name="About the model")).to_be_hidden()
    page.locator("#rows").get_by_role("button", name="Show the command").click()
    expect(page.locator("#command")).to_contain_text("--data-binary @rows.csv")
