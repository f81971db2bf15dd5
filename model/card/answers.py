"""What a model answers, in sentences."""

from collections.abc import Iterator, Mapping

from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.percent import percent


def answer_sentences(artifact: Artifact) -> Iterator[str]:
    """What is predicted of a record, what is decided by it, and what else a record must bring."""
    target = artifact.provenance.target or {}
    match artifact.answer:
        case Binary() as binary:
            yield from _binary(artifact, binary, target)
        case Classes(labels, thresholds):
            order = ", which are in this order" if thresholds else ""
            yield (
                f"Of each record it gives the probability of {len(labels)} classes{_of(target)}: "
                f"{', '.join(labels)}{order}. The most probable one is the answer."
            )
        case _:
            yield f"Of each record it gives one number: what is to be expected{_of(target)} on average."
    if (offset := artifact.terms.offset_formula) is not None:
        yield f"{offset} of the record is added to what the model adds up: it must be sent."


def _binary(artifact: Artifact, binary: Binary, target: Mapping[str, str]) -> Iterator[str]:
    event, other = binary.labels
    means = f" ({target['column']} is {target['event']})" if "event" in target else ""
    yield f"Of each record it gives phat, the probability of “{event}”{means}, from 0 to 1."
    cutoff = f"{binary.cutoff:.6g} (the cutoff, {percent(binary.cutoff)})"
    yield f"A record with phat of {cutoff} or more is called “{event}”, any other “{other}”."
    if why := artifact.provenance.cutoff:
        yield f"Why there: {why.rstrip('.')}."


def _of(target: Mapping[str, str]) -> str:
    return f" of {target['column']}" if "column" in target else ""
