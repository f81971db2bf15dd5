"""`python -m benchmarks.kinds`: the same records to phat, vetiver and MLflow with six fits; writes results.md."""

import json
import math
import subprocess
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import statsmodels.formula.api as smf

import phat
from benchmarks.kinds.cases import FITS, Record, expected, fitted, frame, requests
from benchmarks.runtime import ROOT, python
from phat.api.proxy_event import proxy_event
from phat.model.model import Model

RIVALS = ("vetiver", "mlflow")
ROUNDS = 50
RESULTS = Path(__file__).with_name("results.md")
Answers = dict[str, dict[str, tuple[int, Any]]]
"""Status and body by fit and request."""


def phats_answers() -> Answers:
    """What phat answers, exported without definitions, through the handler."""
    import handler  # noqa: PLC0415  # it starts to load a model

    made: Answers = {}
    for name in FITS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            handler.serving.loaded = Model.from_bytes(phat.export(fitted(name))._data)
        made[name] = {}
        for key, rows in requests().items():
            body = json.dumps(rows).encode()
            event = proxy_event("POST", "/predict", [("Content-Type", "application/json")], [("include", "none")], body)
            answer = handler.lambda_handler(event, None)
            made[name][key] = (answer["statusCode"], json.loads(answer["body"]))
    return made


def rivals_answers(rival: str) -> Answers:
    """What a rival answers, in its own environment."""
    command = [str(python(f"benchmark-{rival}")), "-m", "benchmarks.kinds.rival", rival]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    answers: Answers = json.loads(done.stdout.splitlines()[-1])
    return answers


def figures(body: Any) -> list[list[float | None]] | None:
    """The figures of an answer by record, whatever its form; None if there are none."""
    if isinstance(body, dict):
        body = next((body[key] for key in ("predictions", "predict", "prediction") if key in body), None)
    if not isinstance(body, list):
        return None
    return [_figures(item) for item in body]


def _figures(item: Any) -> list[float | None]:
    if isinstance(item, dict):
        for key in ("probabilities", "phat", "prediction"):
            if key in item:
                return _figures(item[key])
        return [*item.values()]
    return list(item) if isinstance(item, list) else [item]


def verdict(answer: tuple[int, Any], right: list[list[float]] | None) -> str:
    """Whether an answer is right: statsmodels' numbers, or a refusal that names what is wrong where there are none."""
    status, body = answer
    got = figures(body) if status == 200 else None
    if right is None:
        if status == 200:
            return "wrong: NaN" if _has_gap(got) else "wrong: a number"
        return "refused, named" if 400 <= status < 500 and "region" in json.dumps(body) else f"failed: {status}"
    if 400 <= status < 500:
        return f"refused: {status}"
    if status != 200 or got is None:
        return "failed" if status in (0, 200) else f"failed: {status}"
    return "right" if _equal(got, right) else "wrong: NaN" if _has_gap(got) else "wrong: a number"


def _has_gap(got: list[list[float | None]] | None) -> bool:
    return not got or any(each is None or (isinstance(each, float) and math.isnan(each)) for row in got for each in row)


def _equal(got: Sequence[Sequence[float | None]], right: list[list[float]]) -> bool:
    pairs = [(a, b) for one, other in zip(got, right, strict=True) for a, b in zip(one, other, strict=False)]
    return len(pairs) == sum(map(len, right)) and all(
        a is not None and abs(a - b) <= 1e-9 * max(1, abs(b)) for a, b in pairs
    )


def _meant(rows: list[Record]) -> list[Record]:
    """The records with numbers as a reader of the text means them."""
    return [{**row, "spend": 6882.34, "age": 41.0} if isinstance(row["spend"], str) else row for row in rows]


def wide_model() -> Model:
    """A model with splines and interactions in more than 20 columns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = smf.logit("left ~ bs(age, df=5) * region + spend * region", frame(1, 2000)).fit(disp=0)
        return Model.from_bytes(phat.export(results)._data)


def seconds_a_record(model: Model) -> float:
    """The least time that one of the model's golden records takes, of many rounds."""
    records = [dict(golden.record) for golden in model.artifact.golden]
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for record in records:
            model.predictor.predict_one(record)
        rounds.append((time.perf_counter() - start) / len(records))
    return min(rounds)


def main() -> None:
    """Compare and write the table."""
    wide, reference = wide_model(), Model.from_bytes((ROOT / "model" / "reference" / "segmentation.json").read_bytes())
    ratio = median(seconds_a_record(wide) / seconds_a_record(reference) for _ in range(5))
    answers = {"phat": phats_answers(), **{rival: rivals_answers(rival) for rival in RIVALS}}
    lines = [f"| fit | request | {' | '.join(answers)} |", f"| --- | --- |{' --- |' * len(answers)}"]
    for name in FITS:
        results = fitted(name)
        for key, rows in requests().items():
            right = None if key in ("an unseen level", "a gap") else expected(results, _meant(rows))
            cells = [verdict((made[name][key][0], made[name][key][1]), right) for made in answers.values()]
            lines.append(f"| {name} | {key} | {' | '.join(cells)} |")
    head = (
        "# The same records, six kinds of fits\n\n"
        f"Written by `python -m benchmarks.kinds` on {datetime.now(UTC):%Y-%m-%d}, with "
        f"statsmodels {version('statsmodels')}.\n\n"
        "Each fit is made by a formula and served as each server's documentation does it. A request has 50 records, in "
        "the last three kinds with one that is odd. *right*: statsmodels' own numbers, by hand with the exposure where "
        "the fit had one; *refused, named*: an error of the client that names the field, as there is no right number; "
        "*wrong*: a status of 200 with another number or NaN; *failed*: an error of the server, or one that names "
        "nothing.\n\n"
    )
    widths = [len(each.predictor.columns) for each in (wide, reference)]
    tail = (
        f"\nA record of a model with {widths[0]} columns of splines and interactions takes {ratio:.2f} times as long "
        f"as one of the reference model, which has {widths[1]} plain columns; in one run.\n"
    )
    RESULTS.write_text(head + "\n".join(lines) + "\n" + tail)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
