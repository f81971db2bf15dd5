"""The command `phat`."""

import gc
from importlib import import_module
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """A command: the module of `phat.cli` whose `command` it is, the first sentence of its help, and what it needs.

    `extra` is what of phat's extras must be installed, None if the base is enough.
    """

    module: str
    sentence: str
    extra: str | None = "training"


GROUPS = {
    "Train": {
        "simulate": Entry("simulate", "Write records like the real ones of the reference model, with the target y."),
        "fit": Entry("fit", "Fit a model on raw records (CSV, xlsx or Parquet), prove it, and write its artifact."),
        "import": Entry("import_", "Take over a pickled statsmodels fit, and prove it."),
        "evaluate": Entry("evaluate", "Score raw records whose outcome is known, and report how good the model is."),
        "show": Entry("show", "Show a model: origin, figures, fields, coefficients with errors and intervals."),
        "card": Entry(
            "card", "Write a model's card: what it predicts, for whom, how well, of which data, and its limits.", None
        ),
        "diff": Entry("diff", "Show how two models differ, the largest change first."),
    },
    "Publish": {
        "publish": Entry(
            "publish", "Check an artifact against statsmodels and write it to S3, where it never changes."
        ),
        "list": Entry("list_", "List the published models of a bucket, the newest first.", None),
    },
    "Score": {
        "score": Entry("score", "Score whole files of raw records: CSV, Parquet or xlsx, of any size.", "batch"),
        "sql": Entry(
            "sql", "Print a model as one SQL query, which scores a table of raw records where it is.", "batch"
        ),
    },
    "Monitor": {
        "monitor": Entry("monitor", "Compare captured traffic with the training data and with real outcomes."),
        "explain": Entry(
            "explain",
            "Make a past decision again, by the version of the model that made it, and say why it was made.",
        ),
        "forget": Entry("forget", "Delete what was captured of records with these ids."),
    },
    "Serve": {
        "serve": Entry("serve", "Serve a model on this machine as its endpoint does, until Ctrl-C.", None),
    },
}
"""The commands by what they are for; their sentences are here so that help and completion import none of them."""

COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}


def _lacking(name: str, entry: Entry, package: str | None) -> click.Command:
    """What stands for a command whose packages are not installed: its help, and an error that says how to get them."""
    reason = f"phat {name} needs {package}, which is not installed: pip install 'phat[{entry.extra}]'"

    def refuse(words: tuple[str, ...]) -> None:  # noqa: ARG001  # whatever they are
        raise click.ClickException(reason)

    words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)
    settings = {"ignore_unknown_options": True}
    return click.Command(
        name, settings, refuse, [words], help=entry.sentence, epilog=reason, options_metavar="[OPTIONS]"
    )


class Commands(click.Group):
    """A command is imported when it is called: scoring files needs no statsmodels, and fitting no polars."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the same
        """The command of a name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        entry = COMMANDS[cmd_name]
        try:
            command: click.Command = import_module(f"phat.cli.{entry.module}").command
        except ModuleNotFoundError as error:
            if entry.extra is None or (error.name or "phat").partition(".")[0] == "phat":
                raise
            command = _lacking(cmd_name, entry, error.name)
        if not gc.isenabled():  # as a program
            gc.freeze()
            gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # the same
        """The commands in their groups, each with its whole sentence."""
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.sentence) for name, entry in group.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so; for options of the group click's own."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        items = [CompletionItem(name, help=COMMANDS[name].sentence) for name in names]
        return items + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=Commands,
    context_settings={"max_content_width": 100},
    epilog="phat COMMAND --help shows a command's options and an example.",
)
def main() -> None:
    """Fit a statsmodels model, publish it, score with it, and monitor it."""


if __name__ == "__main__":
    gc.disable()  # imports make hardly any garbage, and what they leave is there until the end
    main(prog_name="phat")
