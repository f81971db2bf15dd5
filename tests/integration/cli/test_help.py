"""What `phat` says of itself, and how a shell completes it."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from phat.cli.__main__ import COMMANDS, GROUPS, main
from tests.commands import run
from tests.gateway import ROOT

PROGRAM = [sys.executable, "-m", "phat.cli"]
HEAVY = ("numpy", "pandas", "polars", "statsmodels")


def command(name: str) -> click.Command:
    """The command of a name."""
    loaded = main.get_command(click.Context(main), name)
    assert loaded is not None
    return loaded


def test_help_has_groups_and_whole_sentences() -> None:
    """Commands stand in groups, each with its whole sentence."""
    printed = run("--help").output
    assert [line for line in printed.splitlines() if line.endswith(":")] == [
        "Options:",
        *(f"{group}:" for group in GROUPS),
    ]
    whole = " ".join(printed.split())
    assert all(f"{name} {entry.sentence}" in whole for name, entry in COMMANDS.items())
    assert "..." not in printed.replace("COMMAND [ARGS]...", "")
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_example(name: str) -> None:
    """A command is called by its name, its help begins with the sentence of the list, and ends with an example."""
    loaded = command(name)
    assert loaded.name == name
    assert (loaded.help or "").splitlines()[0] == COMMANDS[name].sentence
    printed = run(name, "--help").output
    _, _, examples = printed.partition("Example:\n")
    assert examples.strip().startswith(f"phat {name} ")
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_name_options_that_exist(name: str) -> None:
    """Each option of an example is one of the command's."""
    loaded = command(name)
    options = {option for parameter in loaded.params for option in parameter.opts}
    used = {word for word in (loaded.epilog or "").split() if word.startswith("-")}
    assert used <= options


def test_help_imports_no_command() -> None:
    """Help and completion do not wait for libraries."""
    program = (
        "import sys; from phat.cli.__main__ import main; main(['--help'], standalone_mode=False); "
        f"assert not {{*sys.modules}} & {{*{HEAVY!r}}}"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The variables of a shell that finds this checkout's `phat`."""
    program = tmp_path / "phat"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m phat.cli "$@"\n')
    program.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize(
    ("words", "completed"), [("s", "simulate show score sql serve"), ("mon", "monitor"), ("fit --wr", "--write-config")]
)
def test_bash_completes(words: str, completed: str, shell: dict[str, str], tmp_path: Path) -> None:
    """After the line of docs/training.md bash completes commands and options."""
    program = f"""
        eval "$(_PHAT_COMPLETE=bash_source phat)"
        COMP_WORDS=(phat {words}); COMP_CWORD={len(words.split())}
        _phat_completion phat
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", program], env=shell, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == completed, done.stderr


def test_zsh_is_told_commands_with_their_sentences(shell: dict[str, str], tmp_path: Path) -> None:
    """What zsh asks for: its function, and for a word the commands with their help."""
    source = subprocess.run(
        ["phat"], env=shell | {"_PHAT_COMPLETE": "zsh_source"}, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert source.stdout.startswith("#compdef phat")
    asked = {"_PHAT_COMPLETE": "zsh_complete", "COMP_WORDS": "phat pub", "COMP_CWORD": "1"}
    done = subprocess.run(["phat"], env=shell | asked, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["plain", "publish", COMMANDS["publish"].sentence.replace(":", "\\:")]
