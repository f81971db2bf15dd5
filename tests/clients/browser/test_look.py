"""How the form looks: at three widths, in both schemes, to a screen reader, by keyboard; with pictures of it."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clients.browser.axe import violations
from tests.clients.browser.form import box, fill_example, open_rows

WIDTHS = (1440, 768, 390)
Scheme = Literal["light", "dark"]


def opened(browser: Browser, width: int, scheme: Scheme) -> Page:
    """A window of a width, in a scheme."""
    return browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_one_record(browser: Browser, address: str, pictures: Path, width: int, scheme: Scheme) -> None:
    """With an answer, a curve and a comparison nothing is wrong to axe, has low contrast, or is cut off sideways."""
    page = opened(browser, width, scheme)
    page.goto(address)
    fill_example(page, "Score")
    page.get_by_role("button", name="Pin this answer").click()
    box(page, "x91").fill("0.6")
    page.get_by_text("What if one field changes").click()
    expect(page.locator("#drawn svg")).to_be_visible()
    page.get_by_text("Use from code").click()
    expect(page.locator("#compared")).to_be_visible()
    check(page, pictures / f"form-{width}-{scheme}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_rows(browser: Browser, address: str, pictures: Path, width: int, scheme: Scheme) -> None:
    """The same with rows of which some are refused, and one explained."""
    page = opened(browser, width, scheme)
    open_rows(page, address)
    lines = ["id;x12;x91;x5", *(f"C-{n};{n},5;0,{n};{'monday' if n % 9 else 'funday'}" for n in range(10, 60))]
    page.get_by_label("Rows with a header").fill("\n".join(lines))
    page.get_by_label("Read commas as decimal commas").check()
    page.get_by_role("button", name="Score rows").click()
    page.locator(".picks tbody tr").nth(1).click()
    expect(page.locator("#details .phat")).to_be_visible()
    check(page, pictures / f"rows-{width}-{scheme}.png")


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
