"""The form for one record, in a real browser: answers, reasons, what if, many fields, use from code."""

import re
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from playwright.sync_api import Page, Route, expect

import phat
from tests.clients.browser.form import box, fill_example
from tests.local import Server, running


def test_form_scores_one_record(page: Page, address: str) -> None:
    """The form shows phat, the decision, the interval and each field's contribution, as the API answers them."""
    page.goto(address)
    expect(page.locator("h1")).to_contain_text("segmentation")
    fill_example(page, "Score")
    expect(page.locator(".phat")).to_have_text(re.compile(r"^[0-9]+\.[0-9] %$"))
    sent = {each.get_attribute("name"): each.input_value() for each in page.locator("#fields [name]").all()}
    response = page.request.post(f"{address}/predict?include=interval,contributions", data=sent)
    [found] = response.json()["predictions"]
    assert page.locator(".phat").inner_text() == f"{100 * found['phat']:.1f} %"
    assert page.locator(".badge").inner_text() == found["business_outcome"]
    assert page.locator(".words").inner_text() == f"{100 * found['phat']:.0f} in 100 such records: event."
    assert f"{100 * found['interval']['lower']:.1f} %" in page.locator(".says").first.inner_text()
    assert f"cutoff {100 * 0.712:.1f} %" in (page.locator(".scale").get_attribute("aria-label") or "")
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
    assert f"{sent['x12']} USD, as is typical" in told["x12"].locator("small").inner_text()
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
    box(page, "x12").fill("$3,709.93")
    box(page, "x5").select_option("sunday")
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
    box(page, "x12").fill("$3,709.93")
    page.get_by_role("button", name="Score", exact=True).click()
    page.get_by_text("Use from code").click()
    link = page.locator("#link").get_attribute("href") or ""
    page.goto("about:blank")
    page.goto(f"{address}/{link}")
    expect(box(page, "x12")).to_have_value("$3,709.93")


def test_empty_fields_are_missing(page: Page, address: str) -> None:
    """What is left empty counts as missing, and the chart says so."""
    page.goto(address)
    box(page, "x12").fill("$3,709.93")
    page.get_by_role("button", name="Score", exact=True).click()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="x44")).to_contain_text("not given, counts as")
    expect(rows.filter(has_text="x12")).to_contain_text("$3,709.93, typically")


def test_errors_stand_at_their_fields(page: Page, address: str) -> None:
    """A refused value is told at its field, which gets the focus; the next good answer clears it."""
    page.goto(address)
    box(page, "x12").fill("12,34")
    page.get_by_role("button", name="Score", exact=True).click()
    x12 = box(page, "x12")
    expect(x12).to_have_attribute("aria-invalid", "true")
    expect(x12).to_be_focused()
    expect(page.locator("#field-x12-error")).to_have_text("got '12,34', expected a number")
    expect(page.get_by_role("alert")).to_contain_text("nothing was scored")
    x12.fill("12.34")
    x12.press("Enter")
    expect(page.locator(".phat")).to_be_visible()
    expect(x12).not_to_have_attribute("aria-invalid", "true")


def test_the_answer_follows_the_fields(page: Page, address: str) -> None:
    """Once a record is scored, each change is scored by itself, by previews alone; Clear empties the answer."""
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if sent.method == "POST" else None)
    page.goto(address)
    fill_example(page, "Score")
    before = page.locator(".phat").inner_text()
    box(page, "x91").fill("0.9")
    expect(page.locator(".phat")).not_to_have_text(before)
    [answer] = page.request.post(f"{address}/predict?include=none", data=values(page)).json()["predictions"]
    expect(page.locator(".phat")).to_have_text(f"{100 * answer['phat']:.1f} %")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".phat")).to_have_count(0)
    expect(page.locator("#found")).to_contain_text("press Score")
    assert {url.removeprefix(address).split("?")[0] for url in asked} == {"/preview"}


def values(page: Page) -> dict[str, str]:
    """What stands in the boxes of the form."""
    return {each.get_attribute("name") or "": each.input_value() for each in page.locator("#one [name]").all()}


def test_an_old_answer_never_replaces_a_new_one(page: Page, address: str) -> None:
    """Of two previews on their way, the one of the newer record is shown, also when it comes first."""
    page.goto(address)
    fill_example(page, "Score")
    expect(page.locator(".phat")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/preview*", hold)
    box(page, "x91").fill("0.1")
    page.wait_for_timeout(600)
    box(page, "x91").fill("0.9")
    page.wait_for_timeout(600)
    assert len(held) == 2
    held[1].continue_()
    [answer] = page.request.post(f"{address}/predict?include=none", data=values(page)).json()["predictions"]
    expect(page.locator(".phat")).to_have_text(f"{100 * answer['phat']:.1f} %")
    held[0].continue_()
    page.wait_for_timeout(400)
    expect(page.locator(".phat")).to_have_text(f"{100 * answer['phat']:.1f} %")


def test_slider_moves_within_training(page: Page, address: str) -> None:
    """A slider sets its box to a value within the training's range, and follows what is typed."""
    page.goto(address)
    slider = page.get_by_label(re.compile("x91, within the training data"))
    slider.focus()
    page.keyboard.press("End")
    edge = float(slider.get_attribute("max") or "nan")
    assert float(box(page, "x91").input_value()) == pytest.approx(edge, rel=0.05)
    assert float(box(page, "x91").input_value()) <= edge
    box(page, "x12").fill("$10")
    assert float(page.get_by_label(re.compile("x12, within")).input_value()) == pytest.approx(10, rel=1e-6)


def test_pin_and_compare(page: Page, address: str) -> None:
    """A pinned answer stands next to the new one with the fields that differ and the difference in points."""
    page.goto(address)
    fill_example(page, "Score")
    before = page.locator(".phat").inner_text()
    page.get_by_role("button", name="Pin this answer").click()
    box(page, "x91").fill("0.9")
    table = page.locator("#compared")
    expect(table).to_contain_text("0.9")
    expect(table.locator("tr").last).to_contain_text(before)
    expect(page.locator(".phat")).not_to_have_text(before)
    after = page.locator(".phat").inner_text()
    expect(table.locator("tr").last).to_contain_text(after)
    difference = float(after.split()[0]) - float(before.split()[0])
    said = (table.locator("tr").last.inner_text().rpartition("(")[2]).replace("\u2212", "-")
    assert float(said.removesuffix(" points)")) == pytest.approx(difference, abs=0.6)
    page.get_by_role("button", name="Unpin").click()
    expect(table).to_have_count(0)


def test_curve_along_a_field(page: Page, address: str) -> None:
    """The curve along a field has the API's own answers at its ends; along a category it has a bar for each level."""
    page.goto(address)
    fill_example(page, "Score")
    page.get_by_text("What if one field changes").click()
    page.locator("#along").select_option("x91")
    line = page.locator("#drawn polyline")
    expect(line).to_have_count(1)
    slider = page.get_by_label(re.compile("x91, within"))
    ends = [slider.get_attribute(name) or "" for name in ("min", "max")]
    records = [values(page) | {"x91": end} for end in ends]
    answers = [one["phat"] for one in page.request.post(f"{address}/predict", data=records).json()["predictions"]]
    said = page.locator("#drawn svg").get_attribute("aria-label") or ""
    assert said == f"Answer by x91: from {100 * min(answers):.1f} % to {100 * max(answers):.1f} %"
    page.locator("#along").select_option("x81")
    expect(page.locator("#drawn rect")).to_have_count(box(page, "x81").locator("option").count() - 1)


def test_the_page_is_light(page: Page, address: str) -> None:
    """The page itself weighs less than 60 kB before compression."""
    page.goto(address)
    assert len(page.request.get(address).body()) < 60_000


def test_about_the_model(page: Page, address: str) -> None:
    """The card is a click away."""
    page.goto(address)
    page.get_by_role("link", name="About the model").click()
    expect(page.get_by_role("heading", name="What it predicts")).to_be_visible()
    expect(page.get_by_role("heading", name="Coefficients")).to_be_visible()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """A model of 60 fields: its server, and the fields' names by importance, which is the coefficients'."""
    path = tmp_path_factory.mktemp("many") / "model.json"
    random = np.random.default_rng(1)
    rows = pd.DataFrame(random.normal(size=(3000, 60)), columns=[f"field {n}" for n in range(60)])
    effects = np.where(np.arange(60) % 7 == 3, 1.0, 0.1) * (1 + np.arange(60) / 60)
    happened = random.random(3000) < 1 / (1 + np.exp(-(rows.to_numpy() @ effects) / 2))
    results = sm.Logit(happened.astype(float), sm.add_constant(rows)).fit(disp=0)
    phat.export(
        results,
        data=rows,
        name="many",
        examples=[dict.fromkeys(map(str, rows), 0.1) | {"field 3": 1, "field 59": -0.5}],
    ).save(path)
    by_size = (results.params.drop("const").abs() * rows.std()).sort_values(ascending=False)
    with running(MODEL=str(path)) as server:
        yield server, list(by_size.index)


def test_many_fields(page: Page, many: tuple[Server, list[str]]) -> None:
    """Of many fields the dozen that matter most is open, the rest folded, a search finds any, the answer is in view."""
    server, names = many
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"http://127.0.0.1:{server.port}")
    shown = [each.get_attribute("name") for each in page.locator("#fields [name]").all()]
    assert len(shown) == 12
    assert set(shown[:9]) == set(names[:9])
    expect(box(page, "field 0")).to_be_hidden()
    page.get_by_label("Search the fields").fill("field 0")
    expect(box(page, "field 0")).to_be_visible()
    expect(box(page, str(shown[0]))).to_be_hidden()
    page.get_by_label("Search the fields").fill("")
    fill_example(page, "Score")
    assert box(page, "field 59").input_value() == "-0.5"
    page.locator("#others .field").last.scroll_into_view_if_needed()
    expect(page.locator(".phat")).to_be_in_viewport()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#others .field").first.scroll_into_view_if_needed()
    expect(page.locator("#bar strong")).to_be_in_viewport()
    expect(page.locator("#bar strong")).to_contain_text(page.locator(".phat").inner_text())
