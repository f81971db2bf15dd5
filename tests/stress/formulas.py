"""Random formulas of both engines, thousands of them: exported, they answer new rows as statsmodels does."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random

from tests.unit.takeover.formulas.generated import ENGINES, KINDS, check

FORMULAS = 2_000
"""Formulas of each engine."""


def random_formula(random: Random, engine: str) -> str:
    """One to three terms of up to three factors, with or without a constant."""
    terms = [
        random.choice([":", "*"]).join(random.sample(ENGINES[engine], random.randint(1, 3)))
        for _ in range(random.randint(1, 3))
    ]
    return " + ".join(([] if random.random() < 0.7 else ["0"]) + terms)


def try_formula(task: tuple[str, int]) -> bool:
    """Try one formula, drawn by its number; whether statsmodels could fit it."""
    engine, number = task
    random = Random(number)  # noqa: S311  # no secret
    return check(engine, random_formula(random, engine), random.choice(KINDS), random.randint(1, 10**6))


def main() -> Iterator[tuple[str, str]]:
    """Try them all; AssertionError names the formula that is answered otherwise."""
    start = Random().randrange(10**9)  # noqa: S311  # no secret
    for engine in ENGINES:
        tasks = [(engine, start + number) for number in range(FORMULAS)]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            fitted = sum(pool.map(try_formula, tasks, chunksize=20))
        yield f"Random formulas of {engine}, numbers from {start} on", f"{FORMULAS:,}"
        yield f"of {engine}: fitted by statsmodels, exported, and answered alike on 200 new rows each", f"{fitted:,}"
