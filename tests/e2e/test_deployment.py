"""The life of one stack, in the order of this file: no model, a model, another, back again, and bad ones."""

import json
from typing import Any

import boto3
import pytest

from tests.e2e.cloud import replace
from tests.e2e.conftest import Published
from tests.e2e.shell import CommandFailed, run
from tests.e2e.stack import Stack
from tests.gateway import Answer, event

BAD_CHECKSUM = "0" * 64
GOOD = ("Succeeded", None)


def golden(published: Published) -> list[dict[str, Any]]:
    """The golden records of a published model, with their answers."""
    records: list[dict[str, Any]] = json.loads(published.file.read_text())["golden"]
    return records


def assert_serves(stack: Stack, published: Published) -> None:
    """All golden records of the model get their answers through the gateway, to the last bits."""
    answers = stack.score(*(row["record"] for row in golden(published)))
    assert answers == pytest.approx([row["answer"] for row in golden(published)], rel=0, abs=1e-12)


def assert_unavailable(stack: Stack, detail: str, *, fails: bool) -> None:
    """Predictions are answered with a 503 that says why; a failure is counted in the log."""
    answer = stack.send("POST", "/predict", b"{}")
    assert (answer.status, answer.json()["detail"]) == (503, detail)
    assert any("ModelLoadFailure" in line for line in stack.logged()) == fails


def test_first_deployment_has_no_model(stack: Stack) -> None:
    """The first `sam deploy` leaves an endpoint that says that no model is configured, and a check that agrees."""
    assert_unavailable(stack, "no model configured", fails=False)
    assert stack.check_version() == GOOD


def test_models_are_read_over_tls_only(stack: Stack, reference: Published) -> None:
    """A read that the bucket's policy denies, as it comes over plain HTTP, is a 503 that says so."""
    if stack.cloud.emulator is None:
        pytest.skip("AWS is reached over TLS")
    assert_unavailable(stack, "the model's store refused access", fails=True)
    assert stack.check_version()[0] == "Failed"


def test_serves_the_published_model(served: Stack, reference: Published) -> None:
    """As soon as the model can be read it is served, and the check before traffic agrees."""
    assert_serves(served, reference)
    assert served.check_version() == GOOD


def test_another_model_is_another_version(served: Stack, reference: Published, second: Published) -> None:
    """Only the model's parameters change: the alias serves the new model, the old version still its own."""
    before = served.version
    served.deploy(**second.parameters)
    assert served.version != before
    assert_serves(served, second)
    assert served.check_version(version=before) == GOOD
    old = Answer.of(served.invoke(before, event("predict")))
    assert old.json()["predictions"][0]["phat"] == 0.7224644184562925
    assert served.check_version() == GOOD


def test_alias_rolls_back_at_once(served: Stack, reference: Published, second: Published) -> None:
    """Pointing the alias at an older version restores its answers; pointing it forward, the new ones."""
    new, old = served.version, str(int(served.version) - 1)
    served.restore_alias(old)
    assert_serves(served, reference)
    served.restore_alias(new)
    assert_serves(served, second)


def test_deployment_rolls_back(served: Stack, reference: Published, second: Published) -> None:
    """Deploying the former parameters restores the former answers, as a version of its own."""
    before = served.version
    served.deploy(**reference.parameters)
    assert served.version != before
    assert_serves(served, reference)


def test_new_image_is_another_version(served: Stack, reference: Published) -> None:
    """Only the image changes: a new version serves the same model."""
    if served.cloud.emulator is None:
        pytest.skip("the image is built once here")
    before = served.version
    run("docker", "build", "--tag", "function:latest", "-", stdin="FROM function:latest\nLABEL phat.e2e=changed\n")
    served.tag = "changed"
    served.deploy()
    assert served.version != before
    assert_serves(served, reference)


@pytest.mark.parametrize("setting", [{"MemorySize": "1800"}, {"Attempt": "1"}], ids=["memory", "attempt"])
def test_other_settings_are_another_version(served: Stack, reference: Published, setting: dict[str, str]) -> None:
    """A parameter that the function is made of makes a version as well; deployed again unchanged, none."""
    before = served.version
    served.deploy(**setting)
    assert served.version != before
    before = served.version
    served.deploy()
    assert served.version == before


def test_what_lambda_does_not_version_makes_none(served: Stack, reference: Published) -> None:
    """Another reserved concurrency is deployed without a new version, and without an error."""
    before = served.version
    served.deploy(ReservedConcurrency="3")
    served.deploy(ReservedConcurrency="")
    assert served.version == before


def test_wrong_answers_stop_a_version(served: Stack, reference: Published) -> None:
    """The check before traffic fails when the pinned records' answers are not those of the deployment's parameter."""
    phat = reference.parameters["ExpectedPhat"]
    served.deploy(ExpectedPhat=phat.replace("0.72", "0.73", 1))
    assert served.check_version()[0] == "Failed"
    served.deploy(ExpectedPhat=phat)
    assert served.check_version() == GOOD


def test_half_a_model_is_refused(served: Stack) -> None:
    """Parameters that cannot go together are refused before anything is changed."""
    before = served.parameters
    with pytest.raises(CommandFailed, match="name one file together"):
        served.deploy(ModelKey="")
    assert served.parameters == before


def test_code_after_a_model_that_was_undone(served: Stack, reference: Published, second: Published) -> None:
    """Model A is live, B is rolled back with all that its deployment changed, code is deployed alone: A is served."""
    failing = served.built.with_name("failing.yaml")
    addition = "\n  Failing:\n    Type: AWS::Lambda::Url\n    DependsOn: FunctionAliaslive\n"
    addition += "    Properties:\n      AuthType: AWS_IAM\n      TargetFunctionArn: no-such-function\n\nOutputs:\n"
    template = served.cloud.template(served.built, served.tag)
    failing.write_text(replace(template.read_text(), r"\nOutputs:\n", addition, 1))
    with pytest.raises(CommandFailed):
        served.deploy_template(failing, second.parameters)
    assert served.status == "UPDATE_ROLLBACK_COMPLETE"
    assert {name: served.parameters[name] for name in reference.parameters} == reference.parameters
    assert_serves(served, reference)
    if served.cloud.emulator:
        run("docker", "build", "--tag", "function:latest", "-", stdin="FROM function:latest\nLABEL phat.e2e=again\n")
        served.tag = "again"
    served.deploy()
    assert_serves(served, reference)
    assert served.check_version() == GOOD


def test_a_model_is_not_taken_out_silently(served: Stack, reference: Published) -> None:
    """A version without a model is refused while the live one has a model."""
    live = served.version
    served.deploy(**dict.fromkeys(reference.parameters, ""))
    served.restore_alias(live)  # where CodeDeploy would have left it
    assert served.check_version()[0] == "Failed"
    served.deploy(**reference.parameters)
    assert_serves(served, reference)


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"ModelSha256": BAD_CHECKSUM}, "the model's checksum is not the expected one"),
        ({"ModelKey": "models/segmentation/000000000000/model.json", "ModelVersionId": ""}, "not found or no access"),
    ],
    ids=["checksum", "missing"],
)
def test_bad_model_never_takes_traffic(served: Stack, reference: Published, wrong: dict[str, str], detail: str) -> None:
    """The check before traffic refuses it; where nothing checks, it is a 503 that says why, until it is undone."""
    served.deploy(**{**reference.parameters, **wrong})
    assert served.check_version()[0] == "Failed"
    if served.cloud.emulator:  # it has no CodeDeploy, which would have left the alias alone
        answer = served.send("POST", "/predict", b"{}")
        assert answer.status == 503
        assert answer.json()["detail"] in {
            detail,
            "the model was not found in its store",
            "the model's store refused access",
        }
    served.deploy(**reference.parameters)
    assert_serves(served, reference)


def test_a_second_stack_comes_and_goes(served: Stack, reference: Published) -> None:
    """A stack next to the first is made and deleted with its defaults; the first serves and logs as before."""
    if served.cloud.emulator is None:
        pytest.skip("one stack is paid for")
    second = Stack("phat-e2e-second", served.built, served.cloud, served.tag, fixed=served.cloud.parameters)
    second.deploy()
    assert second.send("GET", "/health").status == 503
    second.delete()
    assert_serves(served, reference)
    role = boto3.client("apigateway").get_account()["cloudwatchRoleArn"]
    assert boto3.client("iam").get_role(RoleName=role.rpartition("/")[2])


def test_browsers_of_named_origins(served: Stack, reference: Published) -> None:
    """With origins named, their preflight needs neither key nor signature, and nothing else is opened."""
    origin = "https://partner.example"
    served.deploy(CorsOrigins=origin)
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = served.send("OPTIONS", "/predict", headers=asked, key=None, signer=None)
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, origin)
    assert served.send("POST", "/predict", b"{}", key=None, signer=None).status == 403
    served.deploy(CorsOrigins="")
    assert served.send("OPTIONS", "/predict", headers=asked, key=None, signer=None).status == 403
