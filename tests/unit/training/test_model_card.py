"""The model card: what it says of each kind of model, and that no text of a model is obeyed where it is shown."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.model.texts import Texts
from phat.takeover.fitting import fit_as_configured
from phat.training.card_pages import as_fragment, as_html, as_markdown
from phat.training.model_card import make_card
from tests.unit.takeover.test_fitting import config, raw
from tests.unit.training.tables import CONFIG, table

HOSTILE = "<script>alert(1)</script> | `rm` [x](javascript:1) *y* \u001b[31m"


def of(artifact: Artifact) -> Model:
    """A model as it is read."""
    return Model.from_bytes(artifact.to_bytes())


@pytest.fixture(scope="module")
def binary() -> Model:
    """A model of two outcomes whose configuration has all texts of the card."""
    texts: dict[str, Any] = {
        "about": "Who leaves?", "intended_use": "The retention team.", "limits": "Not for credit.",
        "contact": "team@example.com", "window": "2023 to 2024", "event_label": "leaves", "other_label": "stays",
    }  # fmt: skip
    return of(fit_as_configured(table(), replace(CONFIG, **texts)).artifact)


def test_first_screen_says_what_it_does(binary: Model) -> None:
    """Before any section stand what is predicted, the decision in words, and why the cutoff is there."""
    lead = " ".join(make_card(binary).lead)
    assert "Who leaves?" in lead
    assert "how probable “leaves” is (y of the data)" in lead
    assert f"From {100 * binary.artifact.cutoff:.2f} % on the decision is “leaves”, below it “stays”" in lead
    assert "as many as events happen" in lead


def test_card_holds_what_an_auditor_asks_for(binary: Model) -> None:
    """Use, contact, window, data, figures, fields, limits, version, proof and notices are all there."""
    page = as_markdown(make_card(binary))
    said = ("The retention team.", "team@example.com", "2023 to 2024", "Not for credit.", binary.sha256)
    assert [text for text in said if text not in page] == []
    assert binary.version in page
    assert "On the rows that it was fitted on" in page
    for field in binary.artifact.schema.fields:
        assert f"| {field.name} |" in page
    for name in binary.artifact.coefficients:
        assert name.replace("_", "\\_") in page
    assert "Notices of its making" in page


@pytest.mark.parametrize(
    ("kind", "target", "lead", "figure"),
    [
        ("ols", "amount", "It predicts a number (amount of the data)", "it explains"),
        ("poisson", "visits", "It predicts a number", "root mean squared error"),
        ("multinomial", "mode", "how probable each of 3 classes is (mode of the data): bus, car, train", "log loss"),
    ],
)
def test_card_of_each_kind(kind: str, target: str, lead: str, figure: str) -> None:
    """Amounts, counts and classes have words and figures of their own."""
    model = of(fit_as_configured(raw(), config(target, kind=kind)).artifact)
    card = make_card(model)
    assert lead in card.lead[0]
    assert figure in as_html(card)


def test_figures_by_group(binary: Model) -> None:
    """The figures of an evaluation become a sentence and a table for each column of groups."""
    rate = {"value": 0.25, "lower": 0.2, "upper": 0.3}
    group = {"name": "north", "records": 1200, "event_rate": rate, "selection_rate": rate,
             "true_positive_rate": None, "false_positive_rate": rate}  # fmt: skip
    figures = {"headline": "of 10 records", "judgement": {"auc": 0.75},
               "groups": [{"column": "region", "groups": [group], "notices": []}]}  # fmt: skip
    page = as_markdown(make_card(binary, figures))
    assert "By region" in page
    assert "| north | 1,200 | 25.0 % (20.0 % to 30.0 %) | 25.0 % (20.0 % to 30.0 %) | none |" in page
    assert "75.0 % of pairs" in page


class Tags(HTMLParser):
    """Which elements a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002  # of the base class
        """Remember it."""
        self.tags.append(tag)


def test_texts_of_a_model_are_not_obeyed(binary: Model) -> None:
    """Markup, links and escapes in texts are shown as they are, in HTML and in Markdown."""
    model = of(replace(binary.artifact, texts=Texts(about=HOSTILE, intended_use=HOSTILE, labels={"age": HOSTILE})))
    card = make_card(model)
    for page in (as_html(card), as_fragment(card)):
        tags = Tags()
        tags.feed(page)
        assert {"script", "a", "img"}.isdisjoint(tags.tags)
        assert "\u001b" not in page
        assert "http" not in page
    markdown = as_markdown(card)
    assert "<script" not in markdown.replace("\\<", "")
    assert "\\[x\\](javascript:1)" in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("| age")]
    assert rows
    assert rows[0].replace("\\|", "").count("|") == rows[0].replace("\\|", "").count(" | ") + 2


def test_empty_texts_are_not_in_the_file(binary: Model) -> None:
    """A model without the card's texts has the same bytes as before there were any."""
    assert b"intended_use" in binary.artifact.to_bytes()
    assert "intended_use" not in Texts("Who leaves?").to_dict()
    assert Texts.from_dict(binary.artifact.texts.to_dict()) == binary.artifact.texts
