"""The rights of the release workflow's role: real actions on real kinds of resources, enough for the stacks, no more.

Actions and the resources that they know are those of AWS's service authorization reference, as cfn-lint carries it.
"""

import fnmatch
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.e2e.cloud import transformed
from tests.e2e.resources import TEMPLATE
from tests.e2e.rights import NEEDED
from tests.e2e.shell import ROOT

FOLDER = ROOT / "docs" / "release"
[REFERENCE] = (ROOT / ".venv-deploy").glob("lib/python3*/site-packages/cfnlint/data/AdditionalSpecs/Policies.json")
LONGEST = {"ACCOUNT": "123456789012", "REGION": "ap-southeast-1", "STACK": "s" * 49, "REPOSITORY": "phat"}
"""The longest values; AWS counts a policy's characters without white space."""


@cache
def reference() -> dict[str, Any]:
    """Actions and resources of each service."""
    found: dict[str, Any] = json.loads(REFERENCE.read_text())
    return found


def statements(*names: str) -> Iterator[dict[str, Any]]:
    """The statements of policies, with lists of actions and resources."""
    for name in names:
        for statement in json.loads((FOLDER / f"{name}.json").read_text())["Statement"]:
            yield statement | {key: listed(statement[key]) for key in ("Action", "Resource")}


def listed(value: str | list[str]) -> list[str]:
    """A value that may stand alone, as a list."""
    return [value] if isinstance(value, str) else value


def of_reference(action: str) -> list[dict[str, Any]]:
    """What the reference says of the actions that a pattern stands for."""
    service, _, name = action.partition(":")
    actions: dict[str, Any] = reference()[service]["Actions"]
    return [actions[each] for each in fnmatch.filter(actions, name.lower())]


@pytest.mark.parametrize("name", ["role", "role-jobs"])
def test_actions_exist(name: str) -> None:
    """Each action is one that its service has, and none stands for all of a service."""
    actions = [action for statement in statements(name) for action in statement["Action"]]
    assert not [action for action in actions if not of_reference(action)]
    assert not [action for action in actions if action.endswith(":*")]


@pytest.mark.parametrize("name", ["role", "role-jobs"])
def test_actions_go_with_their_resources(name: str) -> None:
    """Each action is allowed on a resource of a kind that it knows; only those that know none are allowed on all."""
    for statement in statements(name):
        if statement["Resource"] == [TRANSFORM]:
            continue
        for action in statement["Action"]:
            kinds = {kind for each in of_reference(action) for kind in each.get("Resources", [])}
            if statement["Resource"] == ["*"]:
                assert not kinds or action in LISTS, action
            else:
                assert any(fits(action, kind, resource) for kind in kinds for resource in statement["Resource"]), action


TRANSFORM = "arn:aws:cloudformation:REGION:aws:transform/Serverless-2016-10-31"
"""A change set with a transform asks for it besides the stack, by CloudFormation's guide; the reference lacks it."""
LISTS = {"cloudwatch:DescribeAlarms"}
"""Which CloudFormation also calls without a name."""


def fits(action: str, kind: str, resource: str) -> bool:
    """Whether a resource of a policy can be of a kind that the reference describes."""
    formats = reference()[action.partition(":")[0]]["Resources"][kind.lower()]["ARNFormats"]
    patterns = (re.escape(re.sub(r"\$\{\w+\}|\.\*", "@", each)).replace("@", ".*") for each in formats)
    return any(re.fullmatch(pattern, resource) for pattern in patterns)


@pytest.mark.parametrize("template", sorted(path.name for path in ROOT.glob("template*.yaml")))
def test_stacks_are_covered(template: str) -> None:
    """The role may do what CloudFormation does, with its rights, for each type of resource of the template."""
    names = ("role",) if template == TEMPLATE else ("role", "role-jobs")
    allowed = [action for statement in statements(*names) for action in statement["Action"]]
    types = {resource["Type"] for resource in transformed(template).values()}
    assert types <= set(NEEDED), "say here what a new type of resource needs, and allow it in docs/release/"
    needed = {action for kind in types for action in NEEDED[kind].split()}
    assert not [action for action in needed if not any(fnmatch.fnmatchcase(action, each) for each in allowed)]


@pytest.mark.parametrize("name", ["role", "role-jobs"])
def test_rights_end_at_the_stack(name: str) -> None:
    """Resources are of this stack or repository where they have such names; changes come through CloudFormation."""
    for statement in statements(name):
        unnamed = [each for each in statement["Resource"] if not re.search("STACK|REPOSITORY", each)]
        assert not unnamed or statement["Sid"] in WITHOUT_STACK, statement["Sid"]
        through = statement.get("Condition", {}).get("ForAnyValue:StringEquals")
        assert through == {"aws:CalledVia": "cloudformation.amazonaws.com"} or statement["Sid"] in DIRECT


WITHOUT_STACK = {
    "Stacks": "sam's own stack, which holds its bucket",
    "SamTransform": "AWS's own",
    "UploadedTemplates": "sam's own bucket, of this account",
    "RegistryLogin": "knows no resources",
    "RoleOfAutoScaling": "one for the account",
    "RollOuts": "AWS's own kinds of roll-out",
    "WarmEnvironments": "their names are random",
    "Gateway": "their names are random",
    "WithoutResources": "lists, and what stops a roll-out",
    "StateMachinesLogs": "knows no resources",
}
SERVICE = re.compile(r"[a-z]+\.amazonaws\.com")
DIRECT = {"Stacks", "SamTransform", "UploadedTemplates", "RegistryLogin", "Images"} | {
    "GiveRoles",  # a condition names the services
    "RoleOfTheGatewaysLog",  # names the policy
    "RoleOfAutoScaling",  # names the service
}


@pytest.mark.parametrize(("names", "templates"), [(["role"], TEMPLATE), (["role", "role-jobs"], "template*.yaml")])
def test_roles_are_given_to_their_services_alone(names: list[str], templates: str) -> None:
    """Only the services whose roles the templates make can be given one."""
    passed = [statement for statement in statements(*names) if "iam:PassRole" in statement["Action"]]
    services = {each for s in passed for each in s["Condition"]["StringEquals"]["iam:PassedToService"]}
    trusted = set()
    for template in ROOT.glob(templates):
        trusted |= {
            each for line in re.findall("Service: (.+)", template.read_text()) for each in SERVICE.findall(line)
        }
    assert services == trusted


@pytest.mark.parametrize(("name", "limit"), [("role", 10_240), ("role-jobs", 6_144), ("trust", 2_048)])
def test_policy_is_short_enough(name: str, limit: int) -> None:
    """Each fits into what it is put into: a role's own policy, a policy to attach, a trust policy."""
    text = (FOLDER / f"{name}.json").read_text()
    for word, value in LONGEST.items():
        text = text.replace(word, value)
    assert len("".join(text.split())) <= limit


def test_trust_is_in_one_environment_of_one_repository() -> None:
    """The role trusts GitHub's tokens for one environment of one repository, by equality, for AWS's audience."""
    [statement] = json.loads((FOLDER / "trust.json").read_text())["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::ACCOUNT:oidc-provider/{issuer}"}
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:OWNER/PROJECT:environment:ENVIRONMENT",
        }
    }


def test_lambda_alone_reads_images_of_this_account() -> None:
    """The repository's policy lets Lambda read images, for functions of this account and region."""
    [statement] = json.loads((FOLDER / "repository.json").read_text())["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:REGION:ACCOUNT:function:*"}}
