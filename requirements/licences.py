"""The licences of what the image holds besides its base, as Markdown: what the packages of serving.txt say.

Exits with 1 if one names none, or one that is not allowed here.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ALLOWED = ("Apache", "BSD", "ISC", "MIT", "MPL", "PSF", "Python Software Foundation")
"""Beginnings of licences under which a package may be in the image."""


def locked(text: str) -> list[str]:
    """Names of the packages of a lock."""
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text, re.MULTILINE)


def licence(name: str) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the first line of the text."""
    details = metadata(name)
    classifiers = [
        item.rpartition(" :: ")[2] for item in details.get_all("Classifier", []) if item.startswith("License")
    ]
    expression, text = ((details.get_all(name) or [""])[0] for name in ("License-Expression", "License"))
    return expression or ", ".join(classifiers) or text.partition("\n")[0]


def main() -> int:
    """Print the table."""
    print("# Licences\n\nWhat the image holds besides its base, written by `make licences`.\n")
    print("| package | version | licence |\n| --- | --- | --- |")
    bad = []
    for name in locked((Path(__file__).parent / "serving.txt").read_text()):
        try:
            text = licence(name)
        except PackageNotFoundError:  # for another platform or Python
            continue
        print(f"| {name} | {metadata(name)['Version']} | {text} |")
        if not any(word in text for word in ALLOWED):
            bad.append(name)
    if bad:
        print(f"phat: no allowed licence: {', '.join(bad)}", file=sys.stderr)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
