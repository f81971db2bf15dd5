"""The form of models of every kind, in the words of the model."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import statsmodels.formula.api as smf
from playwright.sync_api import Page, expect

import phat
from benchmarks.kinds.cases import frame
from tests.clients.browser.form import fill_example
from tests.clients.browser.kinds import OTHER_KINDS, serving
from tests.local import running


@pytest.fixture(scope="module", params=OTHER_KINDS)
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The page of a model of another kind: which one, and its address."""
    with serving(request.param, tmp_path_factory.mktemp("model")) as address:
        yield request.param, address


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
    page.get_by_text("What if one field changes").click()
    expect(page.locator("#drawn svg")).to_be_visible()
    page.get_by_role("button", name="Pin this answer").click()
    expect(page.locator("#compared")).to_be_visible()
    page.get_by_role("tab", name="Rows of a spreadsheet").click()
    page.get_by_role("button", name="Fill in an example").last.click()
    page.get_by_role("button", name="Score rows").click()
    expect(page.locator(".picks tbody tr")).to_have_count(3)
    page.locator(".picks tbody tr").first.click()
    expect(page.locator("#details .phat")).to_be_visible()
    assert "undefined" not in page.locator("#found").inner_text()


SAID: dict[str, Any] = {
    "about": "Who will leave within a year, from last year's customers.",
    "fields": {
        "spend": {"label": "Monthly spend", "unit": "EUR"}, "age": {"label": "Age", "unit": "years"},
        "region": {"label": "Region"},
    },
    "labels": {"event": "leaves", "other": "stays"}, "outcomes": {"leaves": "leaves within a year"},
    "actions": {"leaves": "call them", "stays": "do nothing"}, "good": "stays",
}  # fmt: skip


def test_the_answer_in_the_model_s_words(page: Page, tmp_path: Path, pictures: Path) -> None:
    """What an outcome means and what to do then stand in the answer; colours judge only where the model does."""
    path = tmp_path / "model.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = smf.logit("left ~ spend + age + region", frame(1, 500)).fit(disp=0)
        phat.export(results, name="customers", cutoff=0.45, **SAID).save(path)
    with running(MODEL=str(path)) as server:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{server.port}")
        fill_example(page, "Score")
        expect(page.locator(".words")).to_contain_text("in 100 such records: leaves within a year.")
        first = page.locator(".badge").inner_text()
        expect(page.locator(".badge")).to_have_class("badge bad" if first == "leaves" else "badge good")
        expect(page.locator(".says").first).to_contain_text("the cutoff of 45.0 %")
        expect(page.locator(".says").first).to_contain_text(f": {SAID['actions'][first]}.")
        page.get_by_role("button", name="Pin this answer").click()
        expect(page.locator("#compared")).to_be_visible()
        ends = [page.locator(".slider").first.get_attribute(end) or "" for end in ("min", "max")]
        for end in ends:
            page.locator("#fields input.slider").first.fill(end)
            page.wait_for_timeout(500)
            if page.locator(".badge").inner_text() != first:
                break
        second = page.locator(".badge").inner_text()
        expect(page.locator(".says").first).to_contain_text(f": {SAID['actions'][second]}.")
        assert {first, second} == {"leaves", "stays"}
        expect(page.locator("tbody tr").filter(has_text="Monthly spend").first).to_contain_text("EUR")
        page.locator("#result").evaluate("panel => { panel.scrollTop = 0; }")
        page.screenshot(path=pictures / "words.png", full_page=True)


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
