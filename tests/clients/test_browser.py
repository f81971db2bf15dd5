"""The pages in a real browser: the form, pasted rows, errors, the key, the signed command, a phone, the reference."""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
import statsmodels.formula.api as smf
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

import phat
from benchmarks.kinds.cases import POISSON, frame
from tests.clients.programs import need
from tests.clients.stage import KEY
from tests.local import running

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
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


def fill_example(page: Page, name: str) -> None:
    """Fill in the page's own example, and score it."""
    page.get_by_role("button", name="Fill in an example").click()
    page.get_by_role("button", name=name, exact=True).click()


def test_form_scores_one_record(page: Page, address: str) -> None:
    """The form shows phat, the decision, the interval and each field's contribution, as the API answers them."""
    page.goto(address)
    expect(page.locator("h1")).to_contain_text("segmentation")
    fill_example(page, "Score")
    expect(page.locator(".phat")).to_have_text(re.compile(r"^[0-9]+\.[0-9] %$"))
    sent = {box.get_attribute("name"): box.input_value() for box in page.locator("#fields [name]").all()}
    response = page.request.post(f"{address}/predict?include=interval,contributions", data=sent)
    [found] = response.json()["predictions"]
    assert page.locator(".phat").inner_text() == f"{100 * found['phat']:.1f} %"
    assert page.locator(".badge").inner_text() == found["business_outcome"]
    assert page.locator(".words").inner_text() == f"{100 * found['phat']:.0f} in 100 such records: event."
    assert f"{100 * found['interval']['lower']:.1f} %" in page.locator(".says").first.inner_text()
    assert f"cutoff {100 * 0.712:.1f} %" in (page.get_by_role("img").get_attribute("aria-label") or "")
    _, *rows, last = page.locator("tbody tr").all()
    told = {row.locator("th").evaluate("th => th.firstChild.textContent"): row for row in rows}
    for item in found["contributions"]["fields"]:
        log_odds = told[item["field"]].locator("td.figures").first.text_content() or ""
        assert float(log_odds.replace("\u2212", "-")) == pytest.approx(item["relative_contribution"], rel=5e-3)
    steps = [row.locator("td.number").first.inner_text().replace("\u2212", "-") for row in told.values()]
    average = response.json()["explanation"]["average"]["phat"]
    total = sum(float(step.removesuffix(" points")) for step in steps)
    assert total == pytest.approx(100 * (found["phat"] - average), abs=0.6)
    assert last.locator("td.number").first.inner_text() == f"{100 * found['phat']:.1f} %"
    assert f"{sent['x12']}, typically" in told["x12"].locator("small").inner_text()
    expect(page.locator("td.figures").first).to_be_hidden()
    page.get_by_label("show figures").check()
    expect(page.locator("td.figures").nth(2)).to_be_visible()


PROGRAMS = {
    "curl": ["bash", "-c"], "Python": [sys.executable, "-c"], "JavaScript": ["node", "--input-type=module", "-e"],
    "R": ["Rscript", "-e"],
}  # fmt: skip
"""What runs a program that the page shows."""


@pytest.mark.parametrize("language", PROGRAMS)
def test_use_from_code(page: Page, address: str, language: str) -> None:
    """The program that the page shows for a record, run as it is, gives the page's own answer."""
    page.goto(address)
    page.get_by_label("x12").fill("$3,709.93")
    page.get_by_label("x5", exact=True).select_option("sunday")
    page.get_by_role("button", name="Score", exact=True).click()
    page.get_by_text("Use from code").click()
    page.get_by_label("Language").select_option(language)
    text = page.locator("#program").inner_text()
    printed = subprocess.run([*PROGRAMS[language], text], capture_output=True, text=True, check=True, timeout=60).stdout
    record = {"x12": "$3,709.93", "x5": "sunday"}
    [answer] = page.request.post(f"{address}/predict?include=none", data=record).json()["predictions"]
    assert f"{answer['phat']:.6f}"[:-1] in printed
    assert answer["business_outcome"] in printed


def test_link_carries_the_record(page: Page, address: str) -> None:
    """A link fills the form in again, and an empty form is not scored."""
    page.goto(address)
    page.get_by_role("button", name="Score", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is filled in")
    page.get_by_label("x12").fill("$3,709.93")
    page.get_by_role("button", name="Score", exact=True).click()
    page.get_by_text("Use from code").click()
    link = page.locator("#link").get_attribute("href") or ""
    page.goto("about:blank")
    page.goto(f"{address}/{link}")
    expect(page.get_by_label("x12")).to_have_value("$3,709.93")


def test_empty_fields_are_missing(page: Page, address: str) -> None:
    """What is left empty counts as missing, and the chart says so."""
    page.goto(address)
    page.get_by_label("x12").fill("$3,709.93")
    page.get_by_role("button", name="Score", exact=True).click()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="x44")).to_contain_text("not given, counts as")
    expect(rows.filter(has_text="x12")).to_contain_text("$3,709.93, typically")


def test_errors_stand_at_their_fields(page: Page, address: str) -> None:
    """A refused value is told at its field, which gets the focus; the next good answer clears it."""
    page.goto(address)
    page.get_by_label("x12").fill("12,34")
    page.get_by_role("button", name="Score", exact=True).click()
    box = page.get_by_label("x12")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_be_focused()
    expect(page.locator("#field-x12-error")).to_have_text("got '12,34', expected a number")
    expect(page.get_by_role("alert")).to_contain_text("nothing was scored")
    box.fill("12.34")
    box.press("Enter")
    expect(page.locator(".phat")).to_be_visible()
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_rows_of_a_spreadsheet(page: Page, address: str) -> None:
    """Rows copied from a spreadsheet are scored by column name, with their ids; each can be explained."""
    page.goto(address)
    page.get_by_role("tab", name="Rows of a spreadsheet").click()
    rows = [["id", "note", "x5", "x12"], ["A-1", "a\tb", "sunday", '"$3,709.93"'], ["A-2", "", "MONDAY", ""]]
    text = "\n".join("\t".join(f'"{cell}"' if "\t" in cell else cell for cell in row) for row in rows)
    page.get_by_label("Rows with a header").fill(text)
    page.get_by_role("button", name="Score rows").click()
    expect(page.locator(".picks tbody tr")).to_have_count(2)
    response = page.request.post(f"{address}/predict", data=[{"x5": "sunday", "x12": "$3,709.93"}, {"x5": "MONDAY"}])
    expected = [f"{100 * found['phat']:.1f} %" for found in response.json()["predictions"]]
    assert [row.locator("td").nth(3).inner_text() for row in page.locator(".picks tbody tr").all()] == expected
    page.locator(".picks tbody tr").nth(1).press("Enter")
    expect(page.locator("#details h3").first).to_have_text("Row 2")


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("x12\tx5", "at least one row"),
        ("a\tb\n1\t2", "none of the model"),
        ("x12\tx12\n1\t2", "x12 is there twice"),
        ("x12\n1\t2", "Row 1 has 2 cells"),
        ("x12\tx5\n1\tfunday\nabc\tmonday", "row 1, x5: got 'funday'"),
    ],
)
def test_bad_rows_are_told(page: Page, address: str, pasted: str, told: str) -> None:
    """Rows that cannot be read or scored are told with their place."""
    page.goto(address)
    page.get_by_role("tab", name="Rows of a spreadsheet").click()
    page.get_by_label("Rows with a header").fill(pasted)
    page.get_by_role("button", name="Score rows").click()
    expect(page.get_by_role("alert")).to_contain_text(told)


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
    assert record["x5"] == page.get_by_label("x5", exact=True).input_value()
    assert set(sent) == {"GET"}


def test_phone_and_keyboard(browser: Browser, address: str, tmp_path: Path) -> None:
    """On a phone nothing is cut off sideways; the form works by keyboard alone."""
    page = browser.new_page(viewport=PHONE)
    page.goto(address)
    page.get_by_label("x12").focus()
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page.locator(".phat")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("tab", name="One record").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Rows with a header")).to_be_visible()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    """Text and ground differ in luminance by a factor of 4.5 (WCAG 2.2, 1.4.3), and every box has a label."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(address)
    fill_example(page, "Score")
    expect(page.locator(".phat")).to_be_visible()
    low = page.evaluate(CONTRAST)
    assert low == []
    unlabelled = page.evaluate(
        "[...document.querySelectorAll('input,select,textarea')].filter(b => !b.labels.length).length"
    )
    assert unlabelled == 0
    page.close()


CONTRAST = """() => {
  const rgb = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = rgb(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("script,style,noscript,.skip")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push([element.tagName, element.className, element.textContent.trim()]);
  }
  return low;
}"""


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


OTHER_KINDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "mean": lambda d: smf.ols("amount ~ spend + age * region", d).fit(),
    "mean of counts": lambda d: smf.glm("claims ~ age + region", d, family=POISSON(), exposure=d["exposure"]).fit(),
    "mean without intervals": lambda d: smf.ols("amount ~ spend + region", d).fit_regularized(alpha=0.1),
    "classes": lambda d: smf.mnlogit("way ~ spend + age + region", d).fit(disp=0),
}


@pytest.fixture(scope="module", params=OTHER_KINDS)
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The page of a model of another kind: which one, and its address."""
    path = tmp_path_factory.mktemp("model") / "model.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        phat.export(OTHER_KINDS[request.param](frame(1, 500)), name="other").save(path)
    with running(MODEL=str(path)) as server:
        yield request.param, f"http://127.0.0.1:{server.port}"


def test_pages_of_other_kinds(page: Page, other: tuple[str, str]) -> None:
    """The form shows a mean with its intervals, or each class with its probability, and says nothing of a cutoff."""
    kind, address = other
    page.goto(address)
    fill_example(page, "Score")
    expect(page.locator(".phat")).to_be_visible()
    sent = {box.get_attribute("name"): box.input_value() for box in page.locator("#fields [name]").all()}
    [answer] = page.request.post(f"{address}/predict?include=none", data=sent).json()["predictions"]
    told = page.locator("#found").inner_text()
    assert "cutoff" not in told
    assert "undefined" not in told
    assert "NaN" not in told
    if kind == "classes":
        for label, share in answer["probabilities"].items():
            assert label in told
            assert f"{100 * share:.1f} %" in told
        assert page.locator(".badge").inner_text() == answer["business_outcome"]
    else:
        assert float(page.locator(".phat").inner_text().replace(",", "")) == pytest.approx(
            answer["prediction"], rel=1e-4
        )
        assert ("The mean of such records lies between" in told) == (kind != "mean without intervals")
        assert ("One such record lies between" in told) == (kind == "mean")
        assert ("\u00d7 " in (page.locator("#found").text_content() or "")) == (kind == "mean of counts")
    page.get_by_role("tab", name="Rows of a spreadsheet").click()
    page.get_by_role("button", name="Fill in an example").last.click()
    page.get_by_role("button", name="Score rows").click()
    expect(page.locator(".picks tbody tr")).to_have_count(3)
    assert "undefined" not in page.locator("#found").inner_text()


def test_the_answer_in_the_model_s_words(page: Page, tmp_path: Path) -> None:
    """What an outcome means and what to do then stand in the answer; colours judge only where the model does."""
    path = tmp_path / "model.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = smf.logit("left ~ spend + age", frame(1, 500)).fit(disp=0)
        said: dict[str, Any] = {
            "labels": {"event": "leaves", "other": "stays"}, "outcomes": {"leaves": "cancels within a year"},
            "actions": {"leaves": "call them", "stays": "do nothing"}, "good": "stays",
        }  # fmt: skip
        phat.export(results, name="words", cutoff=0.01, **said).save(path)
    with running(MODEL=str(path)) as server:
        page.goto(f"http://127.0.0.1:{server.port}")
        fill_example(page, "Score")
        expect(page.locator(".words")).to_contain_text("in 100 such records: cancels within a year.")
        expect(page.locator(".says").first).to_contain_text("the cutoff of 1.0 %: call them.")
        expect(page.locator(".badge")).to_have_class("badge bad")


def test_a_unit_of_the_answer(page: Page, tmp_path: Path) -> None:
    """An amount stands with its unit, in its bounds too."""
    path = tmp_path / "model.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        phat.export(smf.ols("amount ~ spend", frame(1, 500)).fit(), name="unit", answer_unit="EUR").save(path)
    with running(MODEL=str(path)) as server:
        page.goto(f"http://127.0.0.1:{server.port}")
        fill_example(page, "Score")
        expect(page.locator(".unit")).to_have_text("EUR")
        assert page.locator(".says").first.inner_text().count(" EUR") == 2
