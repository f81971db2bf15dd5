"""The command line of the data scientist: `phat COMMAND --help`."""

import gc
from importlib import import_module

import click

COMMANDS = {
    "diff": "fitting:diff",
    "evaluate": "fitting:evaluate",
    "fit": "fitting:fit_command",
    "forget": "monitor:forget_command",
    "import": "fitting:import_command",
    "list": "publishing:list_command",
    "monitor": "monitor:monitor",
    "publish": "publishing:publish_command",
    "score": "score:score",
    "show": "fitting:show",
    "simulate": "fitting:simulate",
    "sql": "sql:sql",
}


class Commands(click.Group):
    """A command is imported when it is asked for: scoring files needs no statsmodels, and fitting no polars."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the same
        """The command of a name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"phat.cli.{module}"), name)
        if not gc.isenabled():  # as a program
            gc.freeze()
            gc.enable()
        return command


@click.group(cls=Commands, help=__doc__)
def main() -> None:
    """All commands."""


if __name__ == "__main__":
    gc.disable()  # imports make hardly any garbage, and what they leave is there until the end
    main(prog_name="phat")
