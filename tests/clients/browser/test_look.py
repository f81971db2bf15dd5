"""How the form looks: at three widths, in both schemes, to a screen reader, by keyboard; with pictures of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clients.browser.axe import violations
from tests.clients.browser.form import box, fill_example, open_rows
from tests.clients.browser.kinds import OTHER_KINDS, serving

WIDTHS = (1440, 768, 390)
EVERY_MODEL = "EVERY_MODEL"
"""The variable that asks for models of all kinds, as `make stress` does; without it, one model's form is looked at."""
Scheme = Literal["light", "dark"]
MODELS = ("reference", *OTHER_KINDS) if os.environ.get(EVERY_MODEL) else ("reference",)


@pytest.fixture(scope="module", params=MODELS)
def shown(
    request: pytest.FixtureRequest, address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Which model's form it is, in its pictures' names, and its address."""
    if request.param == "reference":
        yield "", address
        return
    with serving(request.param, tmp_path_factory.mktemp("model")) as found:
        yield f"-{request.param.replace(' ', '-')}", found


def opened(browser: Browser, width: int, scheme: Scheme) -> Page:
    """A window of a width, in a scheme."""
    return browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_one_record(browser: Browser, shown: tuple[str, str], pictures: Path, width: int, scheme: Scheme) -> None:
    """With an answer, a curve and a comparison nothing is wrong to axe, has low contrast, or is cut off sideways."""
    page = opened(browser, width, scheme)
    page.goto(shown[1])
    fill_example(page, "Score")
    page.get_by_role("button", name="Pin this answer").click()
    expect(page.locator("#compared")).to_be_visible()
    slider = page.locator("#fields .slider").first
    slider.fill(slider.get_attribute("max") or "")
    expect(page.locator("#compared tbody tr")).to_have_count(2)
    page.get_by_text("What if one field changes").click()
    expect(page.locator("#drawn svg")).to_be_visible()
    page.get_by_text("Use from code").click()
    check(page, pictures / f"form{shown[0]}-{width}-{scheme}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_rows(browser: Browser, shown: tuple[str, str], pictures: Path, width: int, scheme: Scheme) -> None:
    """The same with rows of which some are refused, and one explained."""
    page = opened(browser, width, scheme)
    open_rows(page, shown[1])
    page.get_by_role("button", name="Fill in an example").last.click()
    header, *rows = page.get_by_label("Rows with a header").input_value().split("\n")
    worst = "\t".join("?!" for _ in header.split("\t"))
    page.get_by_label("Rows with a header").fill("\n".join([header, *rows * 10, worst]))
    page.get_by_role("button", name="Score rows").click()
    page.locator(".picks tbody tr").nth(1).click()
    expect(page.locator("#details .phat")).to_be_visible()
    expect(page.locator("#found .problem")).to_be_visible()
    check(page, pictures / f"rows{shown[0]}-{width}-{scheme}.png")


def check(page: Page, picture: Path) -> None:
    """Nothing is wrong with a page; a picture of it is kept."""
    assert violations(page) == {}
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=picture, full_page=True)
    page.close()


def test_keyboard_alone(browser: Browser, address: str) -> None:
    """The form works by keyboard alone, on a phone too."""
    page = opened(browser, 390, "light")
    page.goto(address)
    box(page, "x12").focus()
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page.locator(".phat")).to_be_visible()
    page.get_by_role("tab", name="One record").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Rows with a header")).to_be_visible()
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
