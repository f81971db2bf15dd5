"""The reports in a real browser: pictures, sorting, the choice of a cutoff, three widths, both schemes, and print."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from phat.monitoring.report import write_report as write_monitor_report
from phat.training.data import Table
from phat.training.evaluate import Asked, Evaluation, evaluate_model
from phat.training.report import write_report
from phat.training.simulate import simulate
from tests.clients.browser.axe import violations
from tests.clients.browser.test_look import CONTRAST, WIDTHS, Scheme
from tests.unit.monitoring.test_monitor import changed, labels_of, look
from tests.unit.monitoring.traffic import reference, window


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """The reference model's on simulated records, by a group."""
    columns = next(iter(simulate(5000, seed=9)))
    return evaluate_model(reference(), Table.of(columns), "y", "1", Asked(by=("x31",)))


@pytest.fixture(scope="module")
def reports(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of reports: evaluation, and a window of traffic that has moved."""
    folder = tmp_path_factory.mktemp("reports")
    records, outcomes = window(6, changed)
    looked = look(records, labels=labels_of(records, outcomes), shadow=reference())
    texts = {
        "evaluation": write_report(reference(), evaluation, "records.csv"),
        "monitor": write_monitor_report(looked),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    """A page that tolerates no error, and no request but the report's own file."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("request", lambda sent: wrong.append(sent.url) if not sent.url.startswith("file:") else None)
    yield page
    page.close()
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["evaluation", "monitor"])
def test_reports_look_right(
    browser: Browser, reports: dict[str, str], pictures: Path, name: str, width: int, scheme: Scheme
) -> None:
    """No picture is missing or without words, nothing is wrong to axe, has low contrast, or is cut off sideways."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(reports[name])
    assert page.locator("[data-chart]").count() == page.locator("[data-chart] svg[aria-label]").count() > 5
    assert violations(page) == {}
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(244, 245, 247)") == (scheme == "light")
    page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png", full_page=True)
    page.screenshot(path=pictures / f"{name}-{width}-{scheme}-top.png")
    page.close()


def test_what_each_cutoff_earns(opened: Page, reports: dict[str, str], evaluation: Evaluation) -> None:
    """The cutoff is moved by keyboard; what it earns is that of the records, and so is the best."""
    opened.goto(reports["evaluation"])
    opened.get_by_label("A right call earns").fill("50")
    opened.get_by_label("A wrong call costs").fill("20")
    opened.get_by_label("A missed event costs").fill("1")
    [model] = [each for each in evaluation.choices if each["cutoff"] == pytest.approx(0.712)]
    expect(opened.locator("#earned")).to_contain_text(f"It earns {round(earned(evaluation, model)):,},")
    best = max(earned(evaluation, each) for each in evaluation.choices)
    expect(opened.locator("#earned")).to_contain_text(f": {round(best):,}.")
    slider = opened.get_by_label("Cutoff:")
    slider.focus()
    opened.keyboard.press("Home")
    expect(opened.locator("#told")).to_contain_text(f"{evaluation.rows:,} of {evaluation.rows:,} records called")
    opened.keyboard.press("ArrowRight")
    second = evaluation.choices[1]
    expect(opened.locator("#earned")).to_contain_text(f"It earns {round(earned(evaluation, second)):,},")


def earned(evaluation: Evaluation, choice: dict[str, Any]) -> float:
    """What a cutoff earns at these values."""
    missed = evaluation.events - choice["hits"]
    return float(50 * choice["hits"] - 20 * choice["false_alarms"] - missed)


def test_coefficients_sort(opened: Page, reports: dict[str, str], evaluation: Evaluation) -> None:
    """A head sorts its table by number, up and then down, and says so to a screen reader."""
    opened.goto(reports["evaluation"])
    region = opened.get_by_role("region", name="Coefficients")
    head = region.get_by_role("columnheader", name="coefficient", exact=True)
    for order, reverse in (("ascending", False), ("descending", True)):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        values = [float(row.locator("td").first.inner_text()) for row in region.locator("tbody tr").all()]
        assert values == sorted(values, reverse=reverse)
        assert len(values) == len(evaluation.coefficients)


def test_what_moved_comes_first(opened: Page, reports: dict[str, str]) -> None:
    """Flagged fields come first, months and weekdays in their order, gaps with a bar, and each field has its table."""
    opened.goto(reports["monitor"])
    order = [each.get_attribute("data-chart") for each in opened.locator("[data-chart^='field:']").all()]
    assert set(order[:2]) == {"field:x31", "field:x44"}
    assert order[2] == "field:score" or "field:score" in order
    assert opened.locator(".picture.off").count() == 2
    days = opened.locator("[data-chart='field:x5'] svg text").all_text_contents()
    named = [text for text in days if text.endswith("day")]
    assert named == ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert "missing" in opened.locator("[data-chart='field:x44'] svg text").all_text_contents()
    table = opened.get_by_role("region", name="x31, then and now")
    expect(table).to_be_visible()
    expect(table.get_by_role("row", name="japan")).to_contain_text("0.0 %")
    hidden = opened.get_by_role("region", name="x81, then and now")
    expect(hidden).to_be_hidden()
    opened.locator("summary", has_text="x81").click()
    expect(hidden).to_be_visible()
    expect(opened.get_by_text("Scores: not moved")).to_be_visible()
    expect(opened.get_by_text("Accuracy: moved")).to_be_visible()


@pytest.mark.parametrize("name", ["evaluation", "monitor"])
def test_reports_print(opened: Page, reports: dict[str, str], name: Literal["evaluation", "monitor"]) -> None:
    """On paper the report is dark on white, and what can only be moved on a screen is left out."""
    opened.goto(reports[name])
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    if name == "evaluation":
        expect(opened.get_by_role("heading", name="Choose a cutoff")).to_be_hidden()


def test_reports_without_a_script(browser: Browser, reports: dict[str, str]) -> None:
    """Where no script runs, the tables have the figures, and each picture says so."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports["evaluation"])
    expect(page.get_by_text("its figures are in the tables").first).to_be_visible()
    expect(page.get_by_role("region", name="Lift and gain").locator("tbody tr")).to_have_count(20)
    context.close()
