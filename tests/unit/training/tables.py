"""Small tables of raw text to fit on."""

from collections.abc import Sequence

import numpy as np

from phat.training.config import Config, FieldConfig
from phat.training.data import Table

FIELDS = (FieldConfig("age", "number"), FieldConfig("debt", "number"), FieldConfig("region", "category"))
CONFIG = Config(target="y", fields=FIELDS, constant=True)


def table(rows: int = 600, seed: int = 3, **replaced: Sequence[str]) -> Table:
    """Raw records with gaps and a target that depends on them; columns may be replaced or added."""
    random = np.random.default_rng(seed)
    age, debt = random.normal(45, 15, rows), random.normal(0, 1, rows)
    region = random.choice(["north", "South", "west"], rows)
    eta = 0.05 * (age - 45) + debt - 0.8 * (region == "west")
    columns: dict[str, Sequence[str]] = {
        "age": ["nan" if random.random() < 0.05 else f"{value:.3f}" for value in age],
        "debt": [f"$({-value:.4f})".replace("$(", "(") if value < 0 else f"${value:.4f} " for value in debt],
        "region": [str(level).upper() if random.random() < 0.2 else str(level) for level in region],
        "y": ["1" if random.random() < 1 / (1 + np.exp(-value)) else "0" for value in eta],
    }
    return Table.of(columns | replaced)
