"""Make the reference model's baseline from simulated records: `python -m phat.training.reference_baseline`.

The training data is not at hand; the simulation has its published marginals (docs/decisions/0004). Figures are rounded
to six digits, so that the last bits of a machine's arithmetic do not show.
"""

from typing import Any

import numpy as np
import orjson

from phat.model.predict import Predictor
from phat.preprocessing.clean import clean_record
from phat.training.baseline import column_means, describe
from phat.training.reference import BASELINE, build
from phat.training.simulate import TARGET, simulate

ROWS = 40_000
SEED = 1
_DIGITS = 6


def make() -> dict[str, Any]:
    """The baseline of the simulated records, which says that it is one."""
    artifact = build()
    predictor = Predictor(artifact)
    names = [field.name for field in artifact.schema.fields]
    cells: dict[str, list[str]] = {name: [] for name in (*names, TARGET)}
    for chunk in simulate(ROWS, SEED):
        for name in cells:
            cells[name] += chunk[name]
    rows = zip(*(cells[name] for name in names), strict=True)
    records = [dict(zip(names, row, strict=True)) for row in rows]
    cleaned = [clean_record(record, artifact.schema) for record in records]
    predictions = predictor.predict(records)
    described = describe(
        {name: [record[name] for record in cleaned] for name in names},
        artifact.schema,
        column_means(np.array([prediction.values for prediction in predictions]), artifact.columns),
        np.array([[prediction.answer] for prediction in predictions]),
        np.array(cells[TARGET], dtype=float),
    )
    source = f"simulated records (phat simulate --rows {ROWS} --seed {SEED}); the training data is not at hand"
    rounded: dict[str, Any] = _rounded(described._replace(source=source).to_dict())
    return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def main() -> None:
    """Write the baseline next to the facts."""
    BASELINE.write_bytes(orjson.dumps(make(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
