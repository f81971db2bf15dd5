"""Make the reference model's artifact from the published facts: `python -m phat.training.reference`.

`model/reference/` holds the facts (`facts.json`: fields, coefficients, covariance, fit figures), messy records with
answers computed independently of this project (`golden.jsonl`), two real customers (`examples.json`), and what the
training data may have looked like (`baseline.json`, see `phat.training.reference_baseline`); the artifact is written
next to them. The same files always give the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact, Golden
from phat.model.baseline import Baseline, ScoreBins
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.model.provenance import Evaluation, Proof, Provenance
from phat.model.texts import Texts
from phat.preprocessing.clean import clean_record
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema
from phat.preprocessing.terms import plain_terms
from phat.training.golden import choose_records
from phat.training.proof import Expected, prove_expected
from phat.training.served import serve

FOLDER = Path(__file__).parents[1] / "model" / "reference"
ARTIFACT = FOLDER / "segmentation.json"
BASELINE = FOLDER / "baseline.json"
PREPROCESSING = FOLDER / "preprocessing.json"


def build() -> Artifact:
    """The reference artifact, from the facts alone, proven by all golden lines; NotProven names one that differs."""
    facts = orjson.loads((FOLDER / "facts.json").read_bytes())
    columns = facts["columns_in_fit_order"]
    schema = Schema(tuple(_field(item) for item in facts["fields"]))
    scaling = {item["name"]: (item["mean"], item["scale"]) for item in facts["fields"] if "scale" in item}
    units = {item["name"]: "USD" for item in facts["fields"] if item["kind"] == "currency"}
    artifact = Artifact(
        name=facts["name"],
        texts=Texts(facts["about"], units=units),
        schema=schema,
        terms=plain_terms(schema.fields, columns, None, scaling),
        link="logit",
        coefficients=dict(zip(columns, facts["params"], strict=True)),
        covariance=tuple(tuple(row) for row in facts["cov_params"]),
        answer=Binary(facts["cutoff"], Labels("event", "not event")),
        golden=_choose_golden(schema),
        provenance=_provenance(facts),
        baseline=Baseline.from_dict(orjson.loads(BASELINE.read_bytes()), schema, columns),
    )
    return replace(artifact, provenance=artifact.provenance._replace(proof=_prove(Predictor(artifact))))


def _prove(predictor: Predictor) -> Proof:
    expected = [
        Expected(f"golden line {number}", line.record, (line.answer,), line.linear_predictor, line.standard_error)
        for number, line in enumerate(read_golden(), 1)
    ]
    return prove_expected(predictor, serve(predictor, (line.record for line in expected)), expected)


def _field(item: dict[str, Any]) -> Field:
    if item["kind"] == "category":
        return CategoryField(item["name"], tuple(item["levels"]), reference=item["reference"], gap="zero")
    return NumberField(item["name"], fill=item["mean"])


def _provenance(facts: dict[str, Any]) -> Provenance:
    bins = facts["score_bins"]
    records = (bins["records_per_bin"],) * len(bins["events"])
    return Provenance(
        created_at="2020",
        created_by="phat.training.reference, from published facts; the training data is not at hand",
        estimator="statsmodels Logit, unpenalised, 25 columns kept by an L1 screen",
        libraries={"statsmodels": "0.12", "python": "3.8"},
        training_records=facts["fit"]["nobs"],
        fit={key: facts["fit"][key] for key in ("nobs", "llf", "llnull", "prsquared", "event_rate")},
        evaluation=Evaluation(
            "training records",
            {"auc": facts["fit"]["auc"]},
            ScoreBins(tuple(bins["edges"]), records, events=tuple(bins["events"])),
        ),
        cutoff=facts["cutoff_about"],
        golden="computed independently of this project, see model/reference/golden.jsonl",
    )


def read_golden() -> list[Golden]:
    """All golden lines, in file order."""
    lines = (FOLDER / "golden.jsonl").read_bytes().splitlines()
    return [_golden(**orjson.loads(line)) for line in lines]


def _golden(record: Mapping[str, object], phat: float, linear_predictor: float, standard_error: float) -> Golden:
    return Golden(record, phat, linear_predictor, standard_error)


def _choose_golden(schema: Schema) -> tuple[Golden, ...]:
    lines = read_golden()
    return tuple(lines[index] for index in choose_records([clean_record(dict(line.record), schema) for line in lines]))


def preprocessing() -> bytes:
    """What `phat import` needs next to the pickle of this model: name, cutoff, labels and fields."""
    plain = orjson.loads(build().to_bytes())
    kept = {key: plain[key] for key in ("name", "texts", "schema")}
    artifact = build()
    numbers = artifact.terms.divide(artifact.schema)[0]
    for field in kept["schema"]["fields"]:
        if number := numbers.get(field["name"]):
            field |= {"centre": number.centre, "scale": number.scale}
    kept |= {key: plain["answer"][key] for key in ("cutoff", "labels")}
    return orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def main() -> None:
    """Write the artifact and say what it is."""
    data = build().to_bytes()
    model = Model.from_bytes(data)
    ARTIFACT.write_bytes(data)
    PREPROCESSING.write_bytes(preprocessing())
    print(json.dumps({"name": model.artifact.name, "version": model.version, "sha256": model.sha256}))


if __name__ == "__main__":
    main()
