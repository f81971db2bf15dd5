"""The steps of a GitHub workflow that are commands, to be run as a runner does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.shell import ROOT, run

FOLDER = ROOT / ".github" / "workflows"


@dataclass(frozen=True)
class Step:
    """A step's command and its environment, with GitHub's expressions still in it."""

    name: str
    command: str
    environment: Mapping[str, str]

    def run(self, checkout: Path, expressions: Mapping[str, str], environment: Mapping[str, str]) -> str:
        """Run it in a checkout, with values for the expressions, and what a runner has in its environment."""
        own = {name: evaluated(str(value), expressions) for name, value in self.environment.items()}
        options = ("--noprofile", "--norc", "-eo", "pipefail", "-c")  # those of `shell: bash`
        return run("bash", *options, self.command, cwd=checkout, env={**environment, **own})


def steps(workflow: str, job: str) -> list[Step]:
    """The commands of a job, in order."""
    whole = read(workflow)
    assert whole["defaults"]["run"]["shell"] == "bash"
    inherited = whole["jobs"][job].get("env", {})
    return [
        Step(step.get("name", step["run"]), step["run"], inherited | step.get("env", {}))
        for step in whole["jobs"][job]["steps"]
        if "run" in step
    ]


def read(workflow: str) -> dict[str, Any]:
    """A workflow by its file's name."""
    whole: dict[str, Any] = yaml.safe_load((FOLDER / workflow).read_text())
    return whole


def evaluated(text: str, expressions: Mapping[str, str]) -> str:
    """A text with the values of its ${{ expressions }}."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda each: expressions[each[1]], text)
