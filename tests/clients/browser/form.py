"""What a person does on the form."""

from playwright.sync_api import Locator, Page


def fill_example(page: Page, name: str) -> None:
    """Fill in the page's own example, and score it."""
    page.get_by_role("button", name="Fill in an example").click()
    page.get_by_role("button", name=name, exact=True).click()


def box(page: Page, name: str) -> Locator:
    """A field's box."""
    return page.locator(f'[id="field-{name}"]')


def open_rows(page: Page, address: str) -> None:
    """Open the tab of rows, and wait for its script."""
    page.goto(address)
    page.get_by_role("tab", name="Rows of a spreadsheet").click()
    page.locator("#panel-rows[data-ready]").wait_for()
