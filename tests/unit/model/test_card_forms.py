"""What a card says of models of each kind, and that its forms, HTML and Markdown, obey no text of a model's."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from markdown_it import MarkdownIt

import phat
from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact
from phat.model.card.card import card
from phat.model.card.evaluation import read_evaluation
from phat.model.card.html import fragment, page
from phat.model.card.markdown import markdown
from phat.model.card.parts import Card, Section
from phat.model.errors import ModelError
from phat.model.model import Model
from phat.model.provenance import Evaluation, Proof, Provenance
from phat.model.texts import Texts
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from tests.unit.model.other import baseline, make_artifact, other_model

USE: dict[str, Any] = {
    "intended_use": "Renewal calls",
    "limits": "Not for pricing",
    "contact": "data@example.com",
    "window": "2025",
}
PROVENANCE = Provenance(
    proof=Proof("rows", "given data", 1000, 17), training_records=1000, data="churn.csv", data_sha256="ab" * 32,
    target={"column": "churned", "event": "yes"}, cutoff="as many as events happen",
    fit={"nobs": 1000, "auc": 0.9, "prsquared": 0.3},
    evaluation=Evaluation("test rows", {"records": 100, "auc": 0.806, "mean_phat": 0.31, "event_rate": 0.3}),
    notices=("field debt: 2 of 1000 values are missing",), libraries={"statsmodels": "0.15.0"}, estimator="Logit",
)  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"' onmouseover=alert(1) x='", "</style><b>x</b>",
    "a|b", "**bold** _it_ ~~gone~~", "`code`", "# head", "- item", "+ item", "1. item", "2) item", "> quote", "===",
    "---", "[a](http://x.example)", "![a](http://x.example/p.png)", "<http://x.example>", "http://x.example",
    "[a]: http://x.example", "&lt;b&gt; &amp; &#60;", "\\", "a\\|b", "\x1b[2J", "\u202egnp.exe", "$x$", "```",
]  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "p", "code", "ul", "li", "div",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


class Tags(HTMLParser):
    """The elements of a page, their attributes and their texts."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        """A text."""
        self.texts.append(data)


def section(made: Card, title: str) -> Section:
    """The section of a card with a title that begins so."""
    [found] = [each for each in made.sections if each.title.startswith(title)]
    return found


def cells(made: Card, title: str) -> dict[str, tuple[str, ...]]:
    """The rows of a section's table by their first cell."""
    table = section(made, title).table
    assert table is not None
    return {first: tuple(others) for first, *others in table.rows}


def binary(**changes: Any) -> Model:
    """A model of two outcomes whose file says all that it can."""
    parts: dict[str, Any] = {
        "texts": Texts("Who leaves", {"debt": "Open debt"}, {"debt": "EUR"}, **USE),
        "answer": Binary(0.25, Labels("leaves", "stays")), "provenance": PROVENANCE,
        "baseline": baseline({"region_west": 0.25, "debt": 0.0, "region_south": 0.25}),
    }  # fmt: skip
    return other_model(**{**parts, **changes})


def exported(results: Any, data: pd.DataFrame) -> Card:
    """The card of a fit that was taken over."""
    return card(Model.from_bytes(phat.export(results, data=data).artifact.to_bytes()))


def rows() -> pd.DataFrame:
    """Raw rows with outcomes of all kinds."""
    random = np.random.default_rng(3)
    data = pd.DataFrame({"age": random.integers(18, 80, 400).astype(float), "region": random.choice(["n", "s"], 400)})
    return data.assign(
        amount=data.age + random.normal(0, 3, 400), count=random.poisson(2, 400), travel=random.integers(0, 3, 400)
    )


def test_a_model_of_two_outcomes_in_words() -> None:
    """What the event is, where it is called and why, how well on rows held out, and for whom, are in sentences."""
    made = card(binary())
    said = section(made, "What it predicts").sentences
    assert said[0] == "Who leaves"
    assert "the probability of “leaves” (churned is yes)" in said[1]
    assert said[2] == "A record with phat of 0.25 (the cutoff, 25.0 %) or more is called “leaves”, any other “stays”."
    assert said[3] == "Why there: as many as events happen."
    assert said[4].startswith("1 notice is below")
    assert section(made, "For whom").points == (
        "For: Renewal calls", "Limits: Not for pricing", "Contact: data@example.com"
    )  # fmt: skip
    good = " ".join(section(made, "How good").sentences)
    assert "Judged on 100 test rows." in good
    assert "in 81 of 100 pairs" in good
    assert "It says that 31.0 % are “leaves”, and 30.0 % were." in good


def test_facts_of_a_model() -> None:
    """Data, fields, coefficients and origin are in tables; both names of a figure are one row."""
    model = binary()
    made = card(model)
    figures = cells(made, "How good")
    assert figures["records"] == ("1,000", "100")
    assert figures["McFadden's pseudo R-squared (0 is no model, 1 perfect)"] == ("0.3", "-")
    data = cells(made, "Data")
    assert data["time that the data are of"] == ("2025",)
    assert data["rows that the fit dropped"] == ("17",)
    fields = cells(made, "Fields (2)")
    assert fields["debt"] == ("number, EUR", "-0.5 EUR", "-1 to 2.5", "", "Open debt")
    assert fields["region"] == ("category", "no level", "north, south, west; reference north", "an error", "")
    assert cells(made, "Coefficients")["region_south"][4] == f"{np.exp(2):.4g}"
    assert cells(made, "Origin")["sha256"] == (model.sha256,)
    assert section(made, "Notices").points == PROVENANCE.notices


def test_what_is_not_known_is_said() -> None:
    """A file without texts, figures, proof, baseline and covariance says so where a reader would look for them."""
    golden = tuple(replace(each, standard_error=None) for each in make_artifact().golden)
    whole = markdown(card(other_model(covariance=None, golden=golden)))
    for sentence in (
        "does not say what it is meant for, where it must not be used or whom to ask",
        "not say of what time its data are", "has no figures", "not proven on raw records",
        "their ranges are not in the file", "There are no intervals",
    ):  # fmt: skip
        assert sentence in whole


def test_a_mean() -> None:
    """An OLS fit gives an amount; its card has R-squared, t, and no odds."""
    data = rows()
    made = exported(smf.ols("amount ~ age + region", data).fit(), data)
    assert "Of each record it gives one number" in section(made, "What it predicts").sentences[0]
    assert "It explains 9" in " ".join(section(made, "How good").sentences)
    table = section(made, "Coefficients").table
    assert table is not None
    assert table.columns == ("column", "coefficient", "std error", "t", "p", "95 % from", "95 % to")


def test_counts() -> None:
    """A Poisson fit has ratios of means, whose interval is that of the coefficient, exponentiated."""
    data = rows()
    results = smf.poisson("count ~ age + region", data).fit(disp=0)
    made = exported(results, data)
    low, high = np.exp(results.conf_int().loc["age"])
    assert cells(made, "Coefficients")["age"][4:] == (
        f"{np.exp(results.params['age']):.4g}",
        f"{low:.4g}",
        f"{high:.4g}",
    )
    assert any("the mean is multiplied" in sentence for sentence in section(made, "Coefficients").sentences)


def test_classes() -> None:
    """An MNLogit fit names its classes, and has coefficients by class and no interval."""
    data = rows()
    made = exported(sm.MNLogit.from_formula("travel ~ age", data).fit(disp=0), data)
    assert "3 classes" in section(made, "What it predicts").sentences[0]
    assert {"age (1)", "age (2)"} <= cells(made, "Coefficients").keys()


def figures_of(artifact: Artifact, **changes: Any) -> bytes:
    """Figures as `phat evaluate --json` writes them, as far as a card reads them."""
    rate = {"value": 0.25, "lower": 0.2, "upper": 0.3}
    group = {"name": "<b>", "records": 40, "event_rate": rate, "mean_phat": 0.26, "true_positive_rate": None}
    plain = {
        "rows": 90, "headline": "of 90 records 27 were events", "doubts": ["too extreme"],
        "judgement": {"records": 90, "auc": 0.7}, "brier": 0.2, "coefficients":
            [{"column": name, "coefficient": value} for name, value in artifact.coefficients.items()],
        "groups": [{"column": "sex", "groups": [group], "differences": {"selection_rate": 0.1}, "notices": ["small"]}],
    }  # fmt: skip
    return orjson.dumps(plain | changes)


def test_figures_of_an_evaluation() -> None:
    """They lead, what speaks against the model is listed, and groups have a table with intervals."""
    model = binary()
    made = card(model, read_evaluation(figures_of(model.artifact), model.artifact))
    good = section(made, "How good")
    assert good.sentences == ("Of 90 records 27 were events.",)
    assert good.points == ("too extreme",)
    assert cells(made, "How good")["records"] == ("1,000", "100", "90")
    assert cells(made, "By group: sex")["<b>"] == ("40", "25.0 % (20.0 to 30.0)", "26.0 %")
    assert section(made, "By group").points == ("small",)


def test_figures_of_the_rows_of_the_fit_do_not_lead() -> None:
    """An evaluation on the very rows of the fit flatters the model: it is reported, and held-out rows lead."""
    model = binary()
    data = figures_of(model.artifact, rows=1000, judgement={"records": 1000, "auc": 0.9, "mcfadden": 0.3})
    good = section(card(model, read_evaluation(data, model.artifact)), "How good")
    assert good.sentences[0] == "Judged on 100 test rows."
    assert "flatter the model" in good.points[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not the figures"),
        (b"[]", "not the figures"),
        (b'{"rows": "9"}', "not the figures"),
        (b'{"rows": 9, "coefficients": [{"column": "debt", "coefficient": 1.0}]}', "of another model than other"),
    ],
)
def test_other_figures_are_refused(data: bytes, reason: str) -> None:
    """A file that has no figures, or those of another model, makes no card."""
    with pytest.raises(ModelError, match=reason):
        read_evaluation(data, binary().artifact)


def hostile(text: str) -> Card:
    """The card of a model all of whose texts are this one."""
    name, level = f"n{text}".strip(), f"l{text}".strip()
    field = CategoryField(name, gap="zero", levels=(level, "other"), reference="other")
    return card(
        other_model(
            schema=Schema((field, NumberField("debt", fill=0.0))),
            texts=Texts(text, {name: text}, {"debt": text}, text, text, text, text),
            answer=Binary(0.5, Labels(text, f"not {text}")),
            coefficients={f"{name}_{level}": 1.0, "debt": 2.0}, covariance=((1.0, 0.0), (0.0, 1.0)),
            provenance=PROVENANCE._replace(
                notices=(text,), data=text, cutoff=text, target={"column": text, "event": text}, estimator=text,
                libraries={text: text}, evaluation=Evaluation(text, {"auc": 0.7, text: 1.0}), created_by=text,
            ),
        )
    )  # fmt: skip


def seen(text: str) -> str:
    """How a text is to be seen."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_text_is_html(text: str) -> None:
    """A page has the elements and attributes of its form alone, no address, and every text as it is spelt."""
    made = hostile(text)
    whole = page(made)
    read = Tags(whole)
    assert set(read.tags) == TAGS
    assert len(read.tags) == len(Tags(page(hostile("plain"))).tags)
    assert read.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "aria-labelledby", "id",
                               "scope", "tabindex", "role"}  # fmt: skip
    assert sum(each == seen(text) for each in read.texts) >= 6
    assert fragment(made) not in whole  # a part of another page is no <main>
    assert set(Tags(fragment(made)).tags) <= TAGS - {"html", "body", "main"}


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_text_is_markdown(text: str) -> None:
    """Rendered as GitHub does, the card has headings, paragraphs, lists and tables of its form alone."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    rendered = Tags(reader.render(markdown(hostile(text))))
    plain = Tags(reader.render(markdown(hostile("plain"))))
    assert rendered.tags == plain.tags
    assert not rendered.attributes - {"style"}  # of a column's alignment
    assert sum(each.strip() == seen(text).strip() for each in rendered.texts) >= 3
    assert "http://" not in markdown(hostile(text))  # which GitHub would make a link of


def test_a_page_stands_alone() -> None:
    """It has a language, one main heading, a heading for each section, names for all columns, and runs nothing."""
    whole = page(card(binary()))
    read = Tags(whole)
    assert whole.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert read.tags.count("h1") == 1
    assert read.tags.count("h2") == read.tags.count("section") > 5
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'" in whole
    assert not re.search(r"(?i)<script|url\(|@import|https?://|\bsrc=|\bhref=", whole)
    assert whole.count("<th scope=") == whole.count("<th") - whole.count("<thead")


def test_both_forms_have_every_text_of_the_card() -> None:
    """Neither form leaves out a sentence, a point or a cell."""
    made = card(binary())
    as_html = html.unescape(page(made))
    as_text = " ".join(Tags(MarkdownIt("commonmark").enable("table").render(markdown(made))).texts)
    for each in made.sections:
        tables = [] if each.table is None else [each.table.columns, *each.table.rows]
        for text in (each.title, *each.sentences, *each.points, *(cell for row in tables for cell in row)):
            assert text in as_html
            assert text in as_text
