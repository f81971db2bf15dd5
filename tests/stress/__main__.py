"""`make stress`: the long steps one after the other, or those named as arguments; prints figures as Markdown rows."""

import importlib
import sys
import time

STEPS = ("fuzz", "resource_bounds", "artifacts", "formulas", "datasets", "mutants", "load", "environments", "pages")
"""Modules of this package. Each has a `main()` that raises if something is wrong, and gives or prints rows."""


def run(step: str) -> None:
    """Run one step and show its figures."""
    start = time.monotonic()
    print(f"\n{step}, {time.strftime('%Y-%m-%d')}:\n\n| | |\n| --- | --- |", flush=True)
    for what, figure in importlib.import_module(f"tests.stress.{step}").main() or ():
        print(f"| {what} | {figure} |", flush=True)
    print(f"| Duration of {step} | {time.monotonic() - start:.0f} s |", flush=True)


def main() -> None:
    """Run the steps; an unknown name is told in one line."""
    asked = sys.argv[1:] or STEPS
    if odd := sorted(set(asked) - set(STEPS)):
        sys.exit(f"phat: no step {odd[0]}; there are {', '.join(STEPS)}")
    for step in asked:
        run(step)


if __name__ == "__main__":
    main()
