"""`Model.serve`, `publish` and `load`: a notebook's model over real HTTP, and in an S3 over real HTTP."""

import gc
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import phat
from phat.errors import NotInstalled
from phat.model.errors import ArtifactError, StoreFailure
from phat.server.background import Background, start
from tests.gateway import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFERENCE = ROOT / "model" / "reference" / "segmentation.json"
RECORD = {"x12": "$5", "x44": 1.5}


@pytest.fixture(scope="module")
def model() -> phat.Model:
    """The reference model."""
    return phat.load(REFERENCE)


@pytest.fixture(scope="module")
def server(model: phat.Model) -> Iterator[Background]:
    """The reference model, served in the background."""
    with model.serve(port=0) as running:
        yield running


def ask(address: str, *records: Any) -> Any:
    """The answer of the endpoint."""
    request = urllib.request.Request(
        f"{address}/predict?include=none", json.dumps(records).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["X-Model-Version"] == phat.load(REFERENCE).version
        return json.load(answer)["predictions"]


@pytest.mark.filterwarnings("ignore::phat.errors.AbsentField")
def test_serves_the_function_itself(server: Background, model: phat.Model) -> None:
    """Over HTTP the model answers as `predict` does, to the bit, and the function's log can be read."""
    assert ask(server.address, RECORD) == model.predict([RECORD])
    [line] = [json.loads(line) for line in server.log().splitlines() if "PredictLatency" in line][-1:]
    assert (line["status"], line["model_version"]) == (200, model.version)
    assert repr(server) == f"<segmentation {model.version} on {server.address}; stop() ends it>"


def test_it_lives_until_it_is_stopped(model: phat.Model) -> None:
    """A server that nobody keeps goes on; one that was stopped keeps its log and frees its port."""
    address = model.serve(port=0).address
    gc.collect()
    assert ask(address, RECORD)
    server = model.serve(port=0)
    ask(server.address, RECORD)
    server.stop()
    server.stop()
    assert "PredictLatency" in server.log()
    assert repr(server).endswith("; ended>")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(server.address.rpartition(":")[2]))) != 0


def test_a_taken_port_is_said(server: Background, model: phat.Model) -> None:
    """A port that cannot be had ends in an error that names it."""
    taken = int(server.address.rpartition(":")[2])
    with pytest.raises(OSError, match=f"port {taken} cannot be used .*; choose another"):
        model.serve(port=taken)
    with pytest.raises(OSError, match="port 70000 cannot be used"):
        model.serve(port=70000)


def test_what_cannot_be_served_says_why() -> None:
    """The reason for which the process ended is in the error."""
    with pytest.raises(OSError, match="not JSON"):
        start(b"no model", "none", 0)


def test_a_program_that_waits_ends_on_interrupt(model: phat.Model) -> None:
    """`wait` serves until Ctrl-C, and nothing is left behind when the program ends."""
    code = f"import phat; phat.load({str(REFERENCE)!r}).serve(port=0).wait()"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout as printed:
        line = printed.readline()
        assert line.startswith(f"segmentation {model.version} on http://127.0.0.1:")
        ask(line.split()[3].rstrip(";"), RECORD)
        process.send_signal(2)
        assert printed.read() == ""
    assert process.returncode == 0


def test_published_models_are_loaded_by_address(bucket: str, model: phat.Model) -> None:
    """What was published is the same when it is loaded; the same again is no error."""
    published = model.publish(f"s3://{bucket}/")
    assert (published.pin.bucket, published.pin.sha256, published.created) == (bucket, model.sha256, True)
    assert not model.publish(f"s3://{bucket}").created
    assert phat.load(f"s3://{bucket}/{published.pin.key}").artifact == model.artifact


def test_objects_that_are_not_the_model_are_refused(bucket: str, s3: "S3Client") -> None:
    """A key that promises another version, and an object that is not there, are errors that say so."""
    key = "models/segmentation/000000000000/model.json"
    s3.put_object(Bucket=bucket, Key=key, Body=REFERENCE.read_bytes())
    with pytest.raises(ArtifactError, match="000000000000"):
        phat.load(f"s3://{bucket}/{key}")
    with pytest.raises(StoreFailure, match=f"s3://{bucket}/other: .*NoSuchKey"):
        phat.load(f"s3://{bucket}/other")


LIGHT = f"""
import sys
for name in ("numpy", "pandas", "scipy", "statsmodels", "sklearn", "matplotlib", "rich", "polars", "uvicorn"):
    sys.modules[name] = None
import phat
model = phat.load({str(REFERENCE)!r})
card = "phat-card" in model._repr_html_()
print(len(model.predict([{{"x12": 1}}, {{}}], on_error="nan")), len(model.explain([{{"x12": 1}}])), card)
for call in (lambda: phat.export(None), lambda: model.publish("s3://bucket"), model.serve):
    try:
        call()
    except phat.errors.NotInstalled as error:
        print(error)
"""


def test_a_light_installation_predicts_and_says_what_the_rest_needs() -> None:
    """Without the extras records are scored, and other calls name the extra that they need."""
    command = [sys.executable, "-W", "ignore", "-c", LIGHT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "2 1 True",
        "export needs numpy, pandas, scipy, statsmodels: pip install 'phat[training]'",
        "publish needs numpy, pandas, scipy, statsmodels: pip install 'phat[training]'",
        "serve needs uvicorn: pip install 'phat[training]'",
    ]
    assert issubclass(NotInstalled, ImportError)


def test_importing_the_package_costs_nothing() -> None:
    """The endpoint imports the package too: it brings no module of the library, and no third-party one."""
    code = "import sys; before = {*sys.modules}; import phat; print(sorted({*sys.modules} - before))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in eval(done.stdout)} <= {*sys.stdlib_module_names, "phat"}  # noqa: S307
    assert "phat.library" not in done.stdout


def test_saves_over_nothing_that_is_a_folder(model: phat.Model, tmp_path: Path) -> None:
    """A path that cannot be written is the system's own error."""
    with pytest.raises(IsADirectoryError):
        model.save(tmp_path)
