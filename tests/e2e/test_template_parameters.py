"""What can be set of the three stacks, and what samconfig.toml sets."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cloud import CFN_LINT, transformed_whole
from tests.e2e.resources import BATCH_TEMPLATE, MONITORING_TEMPLATE, TEMPLATE
from tests.e2e.shell import ROOT, CommandFailed, run

OF_ENVIRONMENT = {"staging": TEMPLATE, "prod": TEMPLATE, "batch": BATCH_TEMPLATE, "monitoring": MONITORING_TEMPLATE}
TEMPLATES = (TEMPLATE, BATCH_TEMPLATE, MONITORING_TEMPLATE)
MODEL = {"ModelKey", "ModelSha256", "ModelVersionId", "ExpectedPhat"}
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())


@pytest.mark.parametrize("template", [TEMPLATE, BATCH_TEMPLATE, MONITORING_TEMPLATE])
def test_parameters_are_few_and_in_groups(template: str) -> None:
    """A template has at most 35 parameters, each with a default and in one group, and each is read."""
    found = transformed_whole(template)
    parameters = found["Parameters"]
    assert len(parameters) <= 35
    assert [name for name, each in parameters.items() if "Default" not in each] == []
    groups = found["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(parameters)
    text = (ROOT / template).read_text()
    assert [n for n in parameters if not re.search(rf"!Ref {n}\b|\${{{n}}}", text)] == []


@pytest.mark.parametrize("environment", OF_ENVIRONMENT)
def test_environments_set_parameters_that_there_are(environment: str) -> None:
    """samconfig.toml's sections name parameters of the template, with values that it allows."""
    parameters = transformed_whole(OF_ENVIRONMENT[environment])["Parameters"]
    for word in CONFIG[environment]["deploy"]["parameters"].get("parameter_overrides", "").split():
        name, _, value = word.partition("=")
        allowed = [str(each) for each in parameters[name].get("AllowedValues", [value])]
        assert value in allowed, word


def test_no_section_names_a_model() -> None:
    """What samconfig.toml says is applied at each deployment: a model there would be put back by one of code."""
    for environment in ("default", *OF_ENVIRONMENT):
        words = CONFIG[environment]["deploy"]["parameters"].get("parameter_overrides", "").split()
        assert not {word.partition("=")[0] for word in words} & MODEL


@pytest.mark.parametrize("environment", ["default", *OF_ENVIRONMENT])
def test_no_deployment_asks_a_question(environment: str) -> None:
    """All that sam would ask for is given, and it waits for no answer."""
    given = CONFIG[environment]["deploy"]["parameters"]
    assert (given["confirm_changeset"], given["capabilities"]) == (False, "CAPABILITY_IAM")
    assert given["resolve_s3"]
    assert given["resolve_image_repos"]


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_pages_name_parameters_that_there_are(page: Path) -> None:
    """A parameter that no template has is passed over by sam without an error, so no page may name one."""
    names = {name for template in TEMPLATES for name in transformed_whole(template)["Parameters"]}
    commands = re.findall(r"--parameter-overrides ((?:[A-Z]\w+=\S+ ?)+)", page.read_text())
    named = {word.partition("=")[0] for command in commands for word in command.split()}
    tables = re.findall(r"(?m)^\| parameter .*\n(?:\|.*\n)+", page.read_text())
    for table in tables:
        named |= {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named <= names


def test_no_page_asks_for_a_guided_deployment() -> None:
    """A guided deployment writes all parameters down, an empty model too, and applies them again at the next one."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.yml"), ROOT / "Makefile"]
    decisions = ROOT / "docs" / "decisions"
    assert [page for page in pages if decisions not in page.parents and "--guided" in page.read_text()] == []


NUMBERS = {"Concurrency": "20", "ToleratedFailures": "5"}


def machine() -> str:
    """The state machine's file with its numbers substituted; other placeholders stand within texts."""
    text = (ROOT / "batch.asl.json").read_text()
    for name, value in NUMBERS.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def validate(definition: str, folder: Path) -> None:
    """Have cfn-lint, which knows the Amazon States Language, read a state machine."""
    properties = {"RoleArn": "arn:aws:iam::000000000000:role/machine", "DefinitionString": definition}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    file = folder / "machine.json"
    file.write_text(json.dumps({"Resources": {"Machine": resource}}))
    run(CFN_LINT, file)


def test_state_machine_is_valid(tmp_path: Path) -> None:
    """Its file is the Amazon States Language, and each placeholder in it is substituted."""
    text = re.sub(r"\${\w+}", "aws", machine())
    validate(text, tmp_path)
    substituted = transformed_whole(BATCH_TEMPLATE)["Resources"]["Batch"]["Properties"]["DefinitionSubstitutions"]
    assert set(re.findall(r"\${(\w+)}", (ROOT / "batch.asl.json").read_text())) == set(substituted)
    for right, wrong in (
        ('"StartAt": "Prepare"', '"StartsAt": "Prepare"'),
        ('"Type": "Choice"', '"Type": "Choose"'),
    ):
        with pytest.raises(CommandFailed):
            validate(text.replace(right, wrong), tmp_path)


def test_each_step_of_a_file_is_tried_again() -> None:
    """Every task waits and tries again when functions are busy, and after any other error."""

    def tasks(states: dict[str, Any]) -> Any:
        for name, state in states.items():
            if state["Type"] == "Task":
                yield name, state
            yield from tasks(state.get("ItemProcessor", {}).get("States", {}))

    found = dict(tasks(json.loads(machine())["States"]))
    assert len(found) == 9
    for name, state in found.items():
        errors = [error for retry in state["Retry"] for error in retry["ErrorEquals"]]
        assert errors[-2:] == ["Lambda.TooManyRequestsException", "States.ALL"], name


def test_rules_refuse_what_cannot_go_together() -> None:
    """Half a model, an object version without a model, and hashes without a key are refused before anything changes."""
    assert transformed_whole(TEMPLATE)["Rules"].keys() == {
        "ModelIsNamedWhole",
        "ObjectVersionNeedsModel",
        "AddressNeedsTopic",
        "HashesNeedTheirKey",
    }
    assert transformed_whole(MONITORING_TEMPLATE)["Rules"].keys() == {"ShadowModelIsNamedWhole"}
