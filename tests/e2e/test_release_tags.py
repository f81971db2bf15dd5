"""The tag of an image in a release: of what it is made, and what the script refuses."""

import json
import os
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.shell import ROOT, CommandFailed, run

PYTHON = ROOT / ".venv-deploy" / "bin" / "python"
IMAGE = "phat-e2e/empty:latest"
BASE = "registry.example/python@sha256:" + "a" * 64
FILES = {
    ".dockerignore": "# closed\n*\n!code\n!lock.txt\n**/__pycache__\n",
    "Dockerfile": "FROM scratch\n",
    "lock.txt": "orjson==3\n",
    "code/a.py": "A = 1\n",
    "code/__pycache__/a.pyc": "compiled",
    "notes.md": "not sent",
}


def write_template(folder: Path, image: object = IMAGE, base: str = BASE, target: str = "") -> Path:
    """A template as `sam build` leaves it, of two functions with one image."""
    metadata = {"Dockerfile": "Dockerfile", "DockerContext": str(folder), "DockerBuildArgs": {"BASE_IMAGE": base}}
    metadata |= {"DockerBuildTarget": target} if target else {}
    lines = ["Resources:"]
    for name in ("Function", "Checks"):
        lines += [f"  {name}:", "    Type: AWS::Serverless::Function", f"    Metadata: {json.dumps(metadata)}"]
        lines += ["    Properties:", f"      ImageUri: {image}"]
    template = folder / "template.yaml"
    template.write_text("\n".join(lines) + "\n")
    return template


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What an image is built from."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def image(docker: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with nothing in it: the tag is made of sources, not of this."""
    archive = tmp_path_factory.mktemp("empty") / "empty.tar"
    tarfile.open(archive, "w").close()
    run("docker", "import", archive, IMAGE)
    return IMAGE


def command(*words: str | Path) -> str:
    """Run the script."""
    return run(PYTHON, "-m", "release.images", *words)


def tag(folder: Path, **options: str) -> str:
    """The tag that `save` gives."""
    template = write_template(folder, **options)
    command("save", "--to", folder.with_suffix(".tar"), template)
    [name] = set(re.findall("ImageUri: phat:([0-9a-f]{32})\n", template.read_text()))
    return str(name)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a source": lambda folder: (folder / "code" / "a.py").write_text("A = 2\n"),
    "another source": lambda folder: (folder / "code" / "b.py").write_text(""),
    "a source's name": lambda folder: (folder / "code" / "a.py").rename(folder / "code" / "b.py"),
    "a source's mode": lambda folder: (folder / "code" / "a.py").chmod(0o755),
    "the lock": lambda folder: (folder / "lock.txt").write_text("orjson==4\n"),
    "the Dockerfile": lambda folder: (folder / "Dockerfile").write_text("FROM scratch\nENV A=1\n"),
}
NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "a time stamp": lambda folder: os.utime(folder / "code" / "a.py", (0, 0)),
    "byte code": lambda folder: (folder / "code" / "__pycache__" / "a.pyc").write_text("other"),
    "a file that is not sent": lambda folder: (folder / "notes.md").write_text("other"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_tag_follows_what_is_sent_to_the_builder(folder: Path, image: str, change: str) -> None:
    """A change of a source, a lock or the Dockerfile makes another tag."""
    before = tag(folder)
    CHANGES[change](folder)
    assert tag(folder) != before


@pytest.mark.parametrize("change", NO_CHANGES)
def test_tag_stays_otherwise(folder: Path, image: str, change: str) -> None:
    """Time stamps, and files that .dockerignore holds back, make no other tag."""
    before = tag(folder)
    NO_CHANGES[change](folder)
    assert tag(folder) == before


def test_tag_follows_base_and_target(folder: Path, image: str) -> None:
    """A newer base image makes another tag, and so does another target of the same Dockerfile."""
    assert len({tag(folder), tag(folder, base=BASE.replace("a" * 64, "b" * 64)), tag(folder, target="jobs")}) == 3


def test_base_without_digest_is_refused(folder: Path) -> None:
    """A base image by its tag alone would hide that it changed."""
    template = write_template(folder, base="registry.example/python:3.13")
    with pytest.raises(CommandFailed, match=r"got the base image registry.example/python:3.13, expected NAME@sha256"):
        command("save", "--to", folder / "images.tar", template)


def test_template_that_was_not_built_is_refused(folder: Path) -> None:
    """A function whose image is no plain name was not built."""
    template = write_template(folder, image="{Ref: Image}")
    with pytest.raises(CommandFailed, match=r"template.yaml, Function: got the ImageUri .*, expected a name"):
        command("save", "--to", folder / "images.tar", template)


def test_image_that_is_not_there_is_refused(folder: Path, docker: None) -> None:
    """An image that the template names but the engine lacks ends the build, with its name."""
    template = write_template(folder, image="phat-e2e/missing:latest")
    with pytest.raises(CommandFailed, match=r"release: docker inspect .*phat-e2e/missing:latest"):
        command("save", "--to", folder / "images.tar", template)


def test_template_that_was_not_saved_is_refused(folder: Path) -> None:
    """`push` takes only what `save` named, so that nothing goes out under a tag that says nothing."""
    template = write_template(folder)
    with pytest.raises(CommandFailed, match=r"got the image phat-e2e/empty:latest, expected phat:TAG"):
        command("push", "--repository", "localhost:1/phat", template)


def test_missing_template_is_refused(folder: Path) -> None:
    """A template that the build job did not build is named."""
    with pytest.raises(CommandFailed, match=r"release: .*No such file or directory: .*none.yaml"):
        command("push", "--repository", "localhost:1/phat", folder / "none.yaml")


def test_silent_registry_is_no_missing_tag(folder: Path, image: str) -> None:
    """A registry that does not answer ends the deployment; it does not count as one without the tag."""
    template = write_template(folder)
    command("save", "--to", folder / "images.tar", template)
    with pytest.raises(CommandFailed, match=r"release: localhost:1/phat:[0-9a-f]{32}: .*connect"):
        command("push", "--repository", "localhost:1/phat", template)
