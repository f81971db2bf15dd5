"""A model's card: what a person, who need not be a statistician, wants to know of it before it is used."""

from collections.abc import Iterator

from phat.model.artifact import Artifact
from phat.model.card.answers import answer_sentences
from phat.model.card.columns import columns_section
from phat.model.card.evaluation import Evaluated
from phat.model.card.fields import fields_section, limit_sentences
from phat.model.card.figures import figures_section, groups_section
from phat.model.card.origin import data_section, origin_section
from phat.model.card.parts import Card, Section
from phat.model.model import Model

NOTICES = "Notices"

_UNSAID = {
    "intended_use": "what it is meant for",
    "limits": "where it must not be used",
    "contact": "whom to ask",
}
"""What the texts of a model should say."""


def card(model: Model, evaluated: Evaluated | None = None) -> Card:
    """The card of a model; `evaluated` are figures of other records than those of the fit, if there are any."""
    artifact = model.artifact
    sections = [
        Section("What it predicts", (*summary(artifact), *_count(artifact))),
        _use(artifact),
        figures_section(artifact, evaluated),
        *([] if evaluated is None else map(groups_section, evaluated.groups)),
        data_section(artifact),
        Section("What it refuses, and how far it goes", points=tuple(limit_sentences(artifact))),
        fields_section(artifact),
        columns_section(artifact),
        *_notices(artifact),
        origin_section(model),
    ]
    return Card(artifact.name, model.version, tuple(sections))


def summary(artifact: Artifact) -> tuple[str, ...]:
    """What the model says about itself, and what it predicts, in sentences."""
    about = [line for line in artifact.texts.about.split("\n") if line.strip()]
    return (*about, *answer_sentences(artifact))


def _count(artifact: Artifact) -> Iterator[str]:
    if count := len(artifact.provenance.notices):
        verb = "notices are" if count > 1 else "notice is"
        yield f"{count} {verb} below: what was decided while the model was made, or speaks against it."
    if artifact.provenance.proof.kind == "none":
        yield "The model is not proven on raw records: its answers may differ from those of its fit."


def _use(artifact: Artifact) -> Section:
    texts = artifact.texts
    said = {"For": texts.intended_use, "Limits": texts.limits, "Contact": texts.contact}
    points = tuple(f"{word}: {text}" for word, text in said.items() if text)
    unsaid = [words for key, words in _UNSAID.items() if not getattr(texts, key)]
    sentences = (f"The model does not say {_or(unsaid)}.",) if unsaid else ()
    return Section("For whom", sentences, points)


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _notices(artifact: Artifact) -> Iterator[Section]:
    if notices := artifact.provenance.notices:
        yield Section(NOTICES, points=notices)
