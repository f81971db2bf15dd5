"""The images of a release. `save` keeps those that built templates name, `push` brings them to a registry.

    python -m release.images save --to images.tar .aws-sam/template/template.yaml ...
    python -m release.images push --repository HOST/NAME .aws-sam/template/template.yaml ...

An image's tag is a digest of what it is made of. A tag that the registry has is not pushed again, and templates name
images by the registry's digest: without a change of sources, lock or base image, a deployment gets the same text as
the last one, and makes no new version. It runs in the environment of requirements/deployment.txt.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docker.client import from_env
from docker.errors import DockerException, NotFound
from docker.utils.build import exclude_paths
from samtranslator.yaml_helper import yaml_parse

LOCAL = "phat"
"""The name of saved images, before the tag."""
IMAGE_URI = re.compile(r"^( +ImageUri: )(\S+)$", re.MULTILINE)
BY_DIGEST = re.compile("@sha256:[0-9a-f]{64}$")


class Refused(Exception):
    """What is wrong: where, what was got, what was expected."""


def main(words: list[str]) -> None:
    """Run one of the two commands; Refused ends it with one line on stderr and status 1."""
    parser = argparse.ArgumentParser(prog="release.images", description="The images of a release.")
    commands = parser.add_subparsers(dest="command", required=True)
    saving = commands.add_parser("save", help="after `sam build`: tag the images, and write them into one file")
    saving.add_argument("--to", type=Path, required=True, help="the file, as `docker load` reads it")
    pushing = commands.add_parser("push", help="after `docker load` of that file: push what the registry lacks")
    pushing.add_argument("--repository", required=True, help="where to, as HOST/NAME")
    for command in (saving, pushing):
        command.add_argument("templates", type=Path, nargs="+", help="as `sam build` left them")
    options = parser.parse_args(words)
    try:
        save(options.templates, options.to) if options.command == "save" else push(
            options.templates, options.repository
        )
    except (Refused, OSError) as refused:
        sys.exit(f"release: {refused}")


def save(templates: list[Path], to: Path) -> None:
    """Tag each image that the templates name by what it is made of, name it so there, and write all into one file."""
    saved = set()
    for template in templates:
        names = {uri: f"{LOCAL}:{digest(uri, metadata)}" for uri, metadata in images(template)}
        for uri, name in names.items():
            docker("tag", uri, name)
        rename(template, names)
        saved |= set(names.values())
    docker("save", "--output", str(to), *sorted(saved))


def push(templates: list[Path], repository: str) -> None:
    """Push each image that the templates name unless the registry has its tag, and name it by its digest there."""
    for template in templates:
        names = {}
        for uri in {uri for uri, _ in images(template)}:
            name, _, tag = uri.rpartition(":")
            if name != LOCAL:
                raise Refused(f"{template}: got the image {uri}, expected {LOCAL}:TAG, as `save` names it")
            names[uri] = f"{repository}@{pushed(uri, f'{repository}:{tag}')}"
        rename(template, names)


def images(template: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and build metadata of each function's image; functions may share one."""
    resources = yaml_parse(template.read_text())["Resources"]
    functions = {name: each for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"}
    for name, function in functions.items():
        uri = function["Properties"].get("ImageUri")
        if not isinstance(uri, str):
            raise Refused(f"{template}, {name}: got the ImageUri {uri}, expected a name, as `sam build` writes it")
        yield uri, function["Metadata"]


def digest(uri: str, metadata: Mapping[str, Any]) -> str:
    """32 hexadecimal digits made of what the image is built from.

    That is: Dockerfile and target, build arguments (the base image by its digest), architecture, and path, mode and
    content of each file that .dockerignore lets through, among them the locks of the requirements.
    """
    arguments = metadata.get("DockerBuildArgs", {})
    base = str(arguments.get("BASE_IMAGE"))
    if not BY_DIGEST.search(base):
        raise Refused(f"{uri}: got the base image {base}, expected NAME@sha256:...; give sam build BaseImage by digest")
    architecture = docker("inspect", "--format", "{{.Architecture}}", uri).strip()
    made_of = [metadata["Dockerfile"], metadata.get("DockerBuildTarget"), arguments, architecture]
    files = list(context(Path(metadata["DockerContext"])))
    return hashlib.sha256(json.dumps([made_of, files], sort_keys=True).encode()).hexdigest()[:32]


def context(folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Path, whether it is executable, and SHA-256 of each file that goes to the builder, in order."""
    patterns = [line.strip() for line in (folder / ".dockerignore").read_text().splitlines()]
    chosen = exclude_paths(str(folder), [line for line in patterns if line and not line.startswith("#")])
    for path in sorted(path for path in chosen if (folder / path).is_file()):
        file = folder / path
        yield path, bool(file.stat().st_mode & 0o100), hashlib.sha256(file.read_bytes()).hexdigest()


def rename(template: Path, names: Mapping[str, str]) -> None:
    """Give the images of a template other names; nothing else of its text changes."""
    functions = len(list(images(template)))
    text, lines = IMAGE_URI.subn(lambda line: line[1] + names[line[2]], template.read_text())
    if lines != functions:
        raise Refused(f"{template}: got {lines} lines of ImageUri, expected one for each of {functions} functions")
    template.write_text(text)


def pushed(uri: str, target: str) -> str:
    """The registry's digest of an image, which is pushed if its tag is not there yet."""
    there = registered(target)
    if there:
        print(f"release: {target} is there already, {there}")
        return there
    docker("tag", uri, target)
    docker("push", target)
    there = registered(target)
    if there is None:
        raise Refused(f"{target} was pushed, but the registry does not have it")
    print(f"release: pushed {target}, {there}")
    return there


def registered(target: str) -> str | None:
    """The digest under which a registry has a tag; None if it lacks it. Refused when it does not say."""
    try:
        return str(from_env().images.get_registry_data(target).id)
    except NotFound:
        return None
    except DockerException as error:
        raise Refused(f"{target}: {error}") from error


def docker(*words: str) -> str:
    """Run a docker command; Refused with what it said when it fails."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607  # names of images
    if done.returncode:
        raise Refused(f"docker {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1:])
