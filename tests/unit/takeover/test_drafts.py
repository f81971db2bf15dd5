"""Importing without definitions: drafts to edit, choices, and golden records that are made up."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.formula.api as smf
from click.testing import CliRunner, Result

import phat
from phat.cli.import_ import command
from phat.model.model import Model
from phat.takeover.drafts import read_fields
from phat.training.errors import ConfigError
from tests.unit.takeover.formulas.test_patsy import frame
from tests.unit.takeover.recognition.test_recognise import DATA, INCOME, REGIONS, columns, logit


def run(folder: Path, *options: object) -> Result:
    """The command on a fit with a threshold, and its raw rows."""
    logit(columns(rich=(INCOME > 25000) * 1, **REGIONS)).save(str(folder / "fit.pkl"))
    DATA.to_csv(folder / "raw.csv", index=False)
    words = [folder / "fit.pkl", "--data", folder / "raw.csv", "--trust", "-o", folder / "model.json", *options]
    return CliRunner().invoke(command, list(map(str, words)))


def test_a_draft_of_choices_answers_them(tmp_path: Path) -> None:
    """What the fit leaves open is printed and drafted; the draft answers it, and a second one has all fields."""
    draft, second = tmp_path / "fields.toml", tmp_path / "second.toml"
    refused = run(tmp_path, "--draft", draft)
    assert refused.exit_code == 1
    assert "column rich is a threshold of income that lies from" in refused.stderr
    assert tomllib.loads(draft.read_text()) == {"income": {"breaks": [25000.0]}}
    done = run(tmp_path, "--fields", draft, "--draft", second)
    assert done.exit_code == 0, done.stderr
    assert "proven on 600 raw records, on given data" in done.stdout
    assert list(read_fields(second)) == ["age", "income", "region"]
    assert run(tmp_path, "--fields", draft).exit_code == 0


def test_what_is_said_on_top_is_in_the_model(tmp_path: Path) -> None:
    """Labels, units and fills of a file are the model's; what is no such file is refused by name."""
    fields = tmp_path / "fields.toml"
    fields.write_text('[income]\nbreaks = [25000]\n[age]\nlabel = "Age"\nunit = "years"\nfill = 40\n')
    assert run(tmp_path, "--fields", fields).exit_code == 0
    artifact = Model.from_bytes((tmp_path / "model.json").read_bytes()).artifact
    assert (artifact.texts.label("age"), artifact.texts.unit("age")) == ("Age", "years")
    assert artifact.schema.fields[0].fill == 40
    for text, reason in (("age = 3", "age: expected a table"), ("[age", "not TOML"), ("[size]\n", "the fit has no")):
        fields.write_text(text + "\n[income]\nbreaks = [25000]\n" if text.startswith("[size") else text)
        assert reason in run(tmp_path, "--fields", fields).stderr
    with pytest.raises(ConfigError, match="not TOML"):
        read_fields(tmp_path / "fit.pkl")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("formula", ["np.log(a) * g", "bs(a, df=4) + flag", "a + C(k)"])
def test_no_record_of_the_data_is_in_the_model(formula: str) -> None:
    """Golden records that are made up are answered as statsmodels answers them, and none is a row of the data."""
    data = frame(1)
    results: Any = smf.logit(f"y ~ {formula}", data).fit(disp=0)
    model = phat.export(results, records=False)
    artifact = model.artifact
    assert len(artifact.golden) >= 20
    assert artifact.provenance.golden == "made up; the figures are statsmodels' own"
    names = [field.name for field in artifact.schema.fields]
    rows = {tuple(row) for row in data[names].astype(object).itertuples(index=False)}
    assert not [each for each in artifact.golden if tuple(each.record[name] for name in names) in rows]
    answers = model.predict([dict(each.record) for each in artifact.golden])
    np.testing.assert_allclose(
        [each["phat"] for each in answers], [each.answer for each in artifact.golden], rtol=1e-13
    )
