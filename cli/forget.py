"""`forget`: captured records are deleted."""

import sys

import click
import orjson

from phat.cli.terminal import example, reports_errors, say
from phat.model.hashes import KeyUnreadable, read_key
from phat.model.visible import visible_line
from phat.monitoring.forgetting import Known, find, forget


@click.command("forget", epilog=example("phat forget C-17 --capture s3://my-captures/captures/ --find"))
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--capture", "captures", required=True, multiple=True,
    help="A folder, or s3://BUCKET/PREFIX, of captured lines; again for each other one.",
)  # fmt: skip
@click.option(
    "--hash-key-name", "key_names", multiple=True, metavar="NAME",
    help="The SSM parameter with the key, if ids are hashed; again as NAME:VERSION for each former key.",
)  # fmt: skip
@click.option("--find", "only_find", is_flag=True, help="Print what is known of them, and delete nothing.")
@reports_errors
def command(ids: tuple[str, ...], captures: tuple[str, ...], key_names: tuple[str, ...], only_find: bool) -> None:
    """Delete what was captured of records with these ids.

    What cannot be read is listed, the others are looked through all the same, and the command ends with status 1: it
    may hold more. In a bucket that keeps versions the former ones are still there, until its lifecycle rule or you
    delete them.
    """
    try:
        keys = [read_key(name) for name in key_names]
    except KeyUnreadable as error:
        raise click.ClickException(f"--hash-key-name: {error}") from None
    known = (find if only_find else forget)(captures, ids, keys)
    _say_known(known, only_find)
    if known.unread or (known.hashed and not keys):
        for text in known.unread:
            click.secho(f"not looked through: {visible_line(text)}", fg="red", err=True)
        if known.hashed and not keys:
            click.secho("not looked through: hashed ids; say --hash-key-name NAME", fg="red", err=True)
        sys.exit(1)


def _say_known(known: Known, only_find: bool) -> None:
    if only_find:
        for record in known.records:
            say(orjson.dumps(record).decode())
        return
    for name, count in known.objects.items():
        say(f"{count} from {name}")
    say(f"{sum(known.objects.values())} records deleted from {len(known.objects)} objects")
