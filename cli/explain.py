"""`explain`: a past decision, made again."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import click
import orjson

from phat.cli.terminal import example, reports_errors, say
from phat.model.hashes import KeyUnreadable, read_key
from phat.model.visible import visible_line
from phat.monitoring.errors import CannotReplay
from phat.monitoring.forgetting import Known, find
from phat.monitoring.lines import Record
from phat.monitoring.replay import Models, Replay, explanation, models_at, replay


@click.command(
    "explain",
    epilog=example("phat explain C-17 --capture s3://my-captures/captures/ --models s3://my-models"),
)
@click.argument("id_", metavar="ID")
@click.option(
    "--capture", "captures", required=True, multiple=True,
    help="A folder, or s3://BUCKET/PREFIX, of captured lines; again for each other one.",
)  # fmt: skip
@click.option(
    "--models",
    help="Where the model is: its file, or the bucket or folder of published ones. Default: s3:// and MODEL_BUCKET.",
)
@click.option(
    "--hash-key-name", "key_names", multiple=True, metavar="NAME",
    help="The SSM parameter with the key, if ids are hashed; again as NAME:VERSION for each former key.",
)  # fmt: skip
@click.option("--level", default=0.95, show_default=True, type=click.FloatRange(0, 1, True, True), help="Of intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each decision.")
@reports_errors
def command(
    id_: str, captures: tuple[str, ...], models: str | None, key_names: tuple[str, ...], level: float, as_json: bool
) -> None:
    """Make a past decision again, by the version of the model that made it, and say why it was made.

    Each captured decision about a record with this ID is answered again from its captured values, the oldest first: the
    answer must be the same to the last bit, and its interval and contributions are shown. Where fields were left out or
    hashed they are named, and the decision is not made again. The command ends with status 1 unless each decision that
    was captured was made again, and is the same.
    """
    place = models or (f"s3://{bucket}" if (bucket := os.environ.get("MODEL_BUCKET")) else None)
    if place is None:
        raise click.UsageError("--models: got nothing, and MODEL_BUCKET is not set; expected where the model is")
    try:
        keys = [read_key(name) for name in key_names]
    except KeyUnreadable as error:
        raise click.ClickException(f"--hash-key-name: {error}") from None
    known = find(captures, [id_], keys)
    whole = _say_unread(known, bool(keys))
    if not known.records:
        raise click.ClickException(f"no decision about {id_} was captured there")
    read = models_at(place)
    for record in sorted(known.records, key=lambda record: str(record["time"])):
        whole &= _say_decision(record, read, level, as_json)
    if not whole:
        sys.exit(1)


def _say_unread(known: Known, has_keys: bool) -> bool:
    """Name what could not be looked through; whether there is nothing of it."""
    unread = [*known.unread, *(["hashed ids; say --hash-key-name NAME"] if known.hashed and not has_keys else [])]
    for text in unread:
        click.secho(f"not looked through: {visible_line(text)}", fg="red", err=True)
    return not unread


def _say_decision(record: Record, models: Models, level: float, as_json: bool) -> bool:
    """Show one decision; whether it was made again, and is the same."""
    head: dict[str, Any] = {
        name: record[name] for name in ("time", "request_id", "model", "model_version", "object") if name in record
    }
    try:
        again = replay(record, models)
    except CannotReplay as error:
        if as_json:
            say(orjson.dumps(head | {"same": None, "reason": str(error)}).decode())
        else:
            say(f"{_title(head)}\nnot made again: {error}\n")
        return False
    shown = explanation(again, level)
    if as_json:
        told = {"same": not again.differences, "coarse": again.coarse, "differences": again.differences}
        say(orjson.dumps(head | told | {"values": record["values"], "answer": shown}).decode())
    else:
        say("\n".join([_title(head), *_lines(again, shown), ""]))
    return not again.differences


def _title(head: dict[str, Any]) -> str:
    return f"{head['time']}: {head['model']} {head['model_version']}, request {head.get('request_id', 'unknown')}"


def _lines(again: Replay, shown: dict[str, Any]) -> Iterator[str]:
    steps = " in the steps that were captured" if again.coarse else " to the last bit"
    if again.differences:
        yield f"made again, it DIFFERS: {'; '.join(again.differences)}"
    else:
        yield f"made again, it is the same{steps}"
    for name, value in shown.items():
        if name == "interval":
            yield f"  {100 * value['level']:g} % interval: {value['lower']!r} to {value['upper']!r}"
        elif name == "contributions":
            yield f"  linear predictor: {value['linear_predictor']!r}, of which the constant {value['constant']!r}"
            yield from (f"    {_part(part, again.record['values'])}" for part in value["fields"])
        else:
            yield f"  {name}: {value if isinstance(value, str) else repr(value)}"


def _part(part: dict[str, Any], values: dict[str, Any]) -> str:
    """What a field, or fields together, add, next to their values."""
    relative = "" if part["relative"] is None else f" ({part['relative']:+.6g} from the average record)"
    names = part["field"].split(" : ")
    given = ", ".join("missing" if values.get(name) is None else str(values[name]) for name in names)
    return f"{part['field']} = {given}: {part['value']:+.6g}{relative}"
