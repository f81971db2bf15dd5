"""`phat card`, run: its forms, the figures of an evaluation, and the texts of a configuration, import and export."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import phat
from phat.model.model import Model
from phat.model.texts import CARD
from phat.training.reference import ARTIFACT
from tests.commands import failure, run

SAID: dict[str, Any] = {
    "intended_use": "Renewal calls",
    "limits": "Not for pricing",
    "contact": "data@example.com",
    "window": "2025",
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw rows with an outcome of two values and an amount."""
    random = np.random.default_rng(5)
    age, region = random.integers(18, 80, 800), random.choice(["north", "south"], 800)
    left = random.random(800) < 1 / (1 + np.exp(2 - age / 30 - (region == "south")))
    path = tmp_path_factory.mktemp("card") / "rows.csv"
    frame = pd.DataFrame({"age": age, "region": region, "left": np.where(left, "yes", "no")})
    frame.assign(amount=age * 2.5 + random.normal(0, 1, 800)).to_csv(path, index=False)
    return path


def configured(rows: Path, folder: Path, *words: str) -> Path:
    """A model that `fit` makes of a configuration with all texts."""
    config, output = folder / "model.toml", folder / "model.json"
    run("fit", rows, *words, "--drop", "amount", "--write-config", config, "-o", output)
    said = "".join(f'{key} = "{text}"\n' for key, text in SAID.items())
    config.write_text(said + config.read_text())
    run("fit", rows, "--config", config, "-o", output)
    return output


def test_a_page_and_markdown(rows: Path, tmp_path: Path) -> None:
    """The name of the output decides the form; without one Markdown is printed; both have the configuration's texts."""
    model = configured(rows, tmp_path, "--target", "left")
    page, text = tmp_path / "card.html", tmp_path / "card.MD"
    assert f"card written to {page}" in run("card", model, "-o", page).output
    run("card", model, "-o", text)
    for words in ([], ["-o", "-"]):
        assert run("card", model, *words).output == text.read_text()
    for said in SAID.values():
        assert said in page.read_text()
        assert said in text.read_text()
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert (
        "card.txt: expected a name that ends in .html, .htm, .md"
        in run("card", model, "-o", tmp_path / "card.txt", code=2).output
    )


def test_with_an_evaluation(rows: Path, tmp_path: Path) -> None:
    """The figures of `evaluate --json`, by group too, are in the card of their model, and of no other."""
    model, figures = configured(rows, tmp_path, "--target", "left"), tmp_path / "figures.json"
    run("evaluate", model, rows, "--by", "region", "--json", figures)
    text = run("card", model, "--evaluation", figures).output
    assert "## By group: region" in text
    assert "| south |" in text
    assert "flatter the model" in text  # they are of the rows of the fit
    assert "of another model than segmentation" in failure("card", ARTIFACT, "--evaluation", figures)


def test_with_an_evaluation_of_a_mean(rows: Path, tmp_path: Path) -> None:
    """Models of means have other figures, which are shown too."""
    model, figures = tmp_path / "amount.json", tmp_path / "figures.json"
    run("fit", rows, "--target", "amount", "--kind", "ols", "-o", model)
    run("evaluate", model, rows, "--json", figures)
    text = run("card", model, "--evaluation", figures).output
    assert "root mean squared error, in the unit of the outcome" in text
    assert "It explains 99." in text


def test_texts_of_an_export_are_kept(rows: Path) -> None:
    """Texts given to `phat.export` are in the file, in `GET /model`'s texts and in a notebook's card; else not."""
    data = pd.read_csv(rows)
    results = smf.ols("amount ~ age", data).fit()
    model = phat.export(results, data=data, **SAID)
    assert Model.from_bytes(model.artifact.to_bytes()).artifact.texts.to_dict().items() >= SAID.items()
    assert "Not for pricing" in model._repr_html_()
    without = phat.export(results, data=data)
    assert not without.artifact.texts.to_dict().keys() & {*CARD}
