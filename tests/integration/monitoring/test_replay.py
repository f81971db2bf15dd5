"""Past decisions made again: what the handler answered and captured, by the model of then, to the last bit."""

import gzip
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from phat.api.proxy_event import proxy_event
from phat.cli.__main__ import main
from phat.model.coarse import Steps
from phat.model.model import Model
from phat.model.store import publish
from phat.monitoring.errors import CannotReplay
from phat.monitoring.forgetting import find, forget
from phat.monitoring.replay import explanation, models_at, replay
from phat.training.simulate import simulate
from tests.gateway import invoke
from tests.integration.conftest import make_bucket
from tests.unit.monitoring.kinds import FIELDS, FITS, frame, model

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ALL = {"captureShare": "1"}
RAW = ("{}", " {} ", "${}", "{}")
"""How a number may be sent."""


def served(name: str, reference: Model) -> Model:
    """A model by name; the reference model besides those of tests."""
    return reference if name == "reference" else model(name)


def records_of(name: str, rows: int) -> list[dict[str, Any]]:
    """Raw records as clients send them, each with an id of its own."""
    if name == "reference":
        [columns] = simulate(rows, 23)
        cells = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return [{"id": f"{name}-{place}"} | record for place, record in enumerate(cells)]
    chance = random.Random(5)  # noqa: S311  # no secret
    raw: list[dict[str, Any]] = json.loads(frame(31, rows)[list(FIELDS)].to_json(orient="records", double_precision=15))
    return [
        {"id": f"{name}-{place}"}
        | {key: value if isinstance(value, str) else chance.choice(RAW).format(value) for key, value in record.items()}
        for place, record in enumerate(raw)
    ]


def lines_of(
    name: str, records: list[dict[str, Any]], reference: Model, capsys: Any, monkeypatch: Any, **variables: str
) -> list[str]:
    """What the function writes about a request, through its own entry."""
    import handler

    monkeypatch.setattr(handler.serving, "loaded", served(name, reference))
    monkeypatch.setattr(handler.serving, "_capturing", None)  # which is of the model before
    body = json.dumps(records).encode()
    event = proxy_event("POST", "/predict", [("Content-Type", "application/json")], [("include", "none")], body)
    capsys.readouterr()
    answer = invoke(event | {"stageVariables": ALL | variables})
    assert answer.status == 200, answer.body
    return [line for line in capsys.readouterr().out.splitlines() if '{"capture":' in line]


def write(folder: Path, lines: list[str]) -> str:
    """A capture of these lines."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lines.gz").write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
    return str(folder)


def test_ten_thousand_decisions(
    reference_model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """10,000 decisions of seven models of all kinds are made again, each bit of each answer the same."""
    names = ["reference", *FITS]
    sizes = dict.fromkeys(names, 1_400) | {"reference": 1_600}
    sent = {name: records_of(name, size) for name, size in sizes.items()}
    lines = [line for name in names for line in lines_of(name, sent[name], reference_model, capsys, monkeypatch)]
    known = find(write(tmp_path / "capture", lines), [record["id"] for each in sent.values() for record in each])
    assert len(known.records) == sum(sizes.values()) == 10_000
    for name in names:
        published = served(name, reference_model)
        folder = tmp_path / "models" / published.artifact.name / published.version
        folder.mkdir(parents=True)
        (folder / "model.json").write_bytes(published.artifact.to_bytes())
    models = models_at(str(tmp_path))
    again = [replay(record, models) for record in known.records]
    assert [each.differences for each in again] == [()] * 10_000
    assert not any(each.coarse for each in again)
    assert all(explanation(each, 0.9) for each in again[::500])


@pytest.fixture(scope="module")
def reference_model() -> Model:
    """The reference model."""
    return Model.from_bytes((Path(__file__).parents[3] / "model" / "reference" / "segmentation.json").read_bytes())


@pytest.fixture
def stored(
    s3: "S3Client", reference_model: Model, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """Buckets of captures and of published models, of a model of counts with exposure."""
    captures, models = make_bucket(s3), make_bucket(s3)
    publish(model("poisson").artifact.to_bytes(), models)
    lines = lines_of("poisson", records_of("poisson", 5), reference_model, capsys, monkeypatch)
    s3.put_object(Bucket=captures, Key="captures/2026/11/03/10/part", Body="\n".join(lines).encode() + b"\n")
    return f"s3://{captures}/captures/", f"s3://{models}"


def run(*words: str) -> tuple[int, str]:
    """The command's status and what it prints."""
    done = CliRunner().invoke(main, ["explain", *words])
    return done.exit_code, done.output


def test_the_command(stored: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the stores: the decision is the same, with interval and contributions, in words and as JSON."""
    captures, models = stored
    status, said = run("poisson-3", "--capture", captures, "--models", models)
    assert status == 0, said
    assert "made again, it is the same to the last bit" in said
    assert "95 % interval" in said
    assert "exposure = " in said
    monkeypatch.setenv("MODEL_BUCKET", models.removeprefix("s3://"))
    status, said = run("poisson-3", "--capture", captures, "--json", "--level", "0.8")
    told = json.loads(said)
    assert (status, told["same"], told["model"]) == (0, True, "poisson")
    assert told["answer"]["interval"]["level"] == 0.8
    assert told["answer"]["interval"]["lower"] < told["answer"]["prediction"] < told["answer"]["interval"]["upper"]
    parts = told["answer"]["contributions"]
    total = parts["constant"] + sum(part["value"] for part in parts["fields"])
    assert total == pytest.approx(parts["linear_predictor"])


def test_what_is_not_there(stored: tuple[str, str], tmp_path: Path) -> None:
    """An unknown id, a model that is not there, and one of another version are said in words."""
    captures, models = stored
    status, said = run("nobody", "--capture", captures, "--models", models)
    assert (status, "no decision about nobody was captured there" in said) == (1, True)
    status, said = run("poisson-1", "--capture", captures, "--models", str(tmp_path))
    assert (status, "is not there; looked for" in said) == (1, True)
    (tmp_path / "other.json").write_bytes(model("ols").artifact.to_bytes())
    status, said = run("poisson-1", "--capture", captures, "--models", str(tmp_path / "other.json"))
    assert status == 1
    assert f"version {model('poisson').version} of poisson decided this" in said
    status, said = run(" ", "--capture", captures, "--models", models)
    assert (status, "got the id" in said) == (1, True)


def test_changed_decisions(
    reference_model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A capture that somebody changed is found out, by the last bit of a figure."""
    [line] = lines_of("logit", records_of("logit", 2), reference_model, capsys, monkeypatch)
    data = json.loads(line)
    data["records"][1]["phat"] += 2**-53
    data["records"][0]["event"] = not data["records"][0]["event"]
    place = write(tmp_path / "capture", [json.dumps(data)])
    models = tmp_path / "logit.json"
    models.write_bytes(model("logit").artifact.to_bytes())
    for id_, name in (("logit-0", "event"), ("logit-1", "phat")):
        status, said = run(id_, "--capture", place, "--models", str(models))
        assert (status, f"it DIFFERS: {name} was" in said) == (1, True)


@pytest.mark.parametrize("name", FITS)
def test_hidden_fields(
    name: str,
    reference_model: Model,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fields that were left out are named, and the decision is not made again."""
    hidden = {"captureLeaveOut": "income"}
    [line] = lines_of(name, records_of(name, 1), reference_model, capsys, monkeypatch, **hidden)
    [record] = find(write(tmp_path, [line]), [f"{name}-0"]).records
    with pytest.raises(CannotReplay, match=r"the capture hides income \(left out\)"):
        replay(record, lambda *_: model(name))


def test_steps(reference_model: Model) -> None:
    """Where a field is hashed and has a gap, nothing is hidden, and the score is compared in its steps."""
    raw = {"x12": "5", "x5": "sunday"}
    prediction = reference_model.predictor.predict_one(raw)
    head = {
        "time": "2026-11-01T00:00:00+00:00", "model": "segmentation", "model_version": reference_model.version,
        "coarse": True, "hashed": ["x44"], "left_out": [],
    }  # fmt: skip
    record = head | {
        "values": prediction.cleaned,
        "phat": Steps(reference_model.artifact.baseline).mean(prediction.answer),
        "event": prediction.outcome == reference_model.artifact.labels.event,
    }
    again = replay(record, lambda *_: reference_model)
    assert (again.coarse, again.differences) == (True, ())
    [difference] = replay(record | {"phat": 0.123}, lambda *_: reference_model).differences
    assert difference.startswith("phat was 0.123, and is")


@pytest.mark.parametrize("name", ["poisson", "multinomial"])
def test_forgetting(
    name: str,
    reference_model: Model,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Captures of means and of classes are found and deleted by id like others."""
    place = write(tmp_path, lines_of(name, records_of(name, 3), reference_model, capsys, monkeypatch))
    assert len(forget(place, [f"{name}-1"]).records) == 1
    assert find(place, [f"{name}-1"]).records == []
    assert len(find(place, [f"{name}-0", f"{name}-2"]).records) == 2
