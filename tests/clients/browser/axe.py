"""What axe-core, the checker of accessibility, finds in a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> dict[str, int]:
    """How many elements break which rule, by the rule's name; what is broken is printed."""
    found = Axe().run(page).response["violations"]
    for rule in found:
        for node in rule["nodes"]:
            print(rule["id"], rule["impact"], node["target"], node["failureSummary"][:300].replace("\n", " "))
    return {rule["id"]: len(rule["nodes"]) for rule in found}
