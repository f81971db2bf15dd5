"""Look up the known vulnerabilities of locked requirements: audit.py [--release] LOCK...; run by `make audit`.

Ends with 1 if there are any. Where the data cannot be reached, says so loudly: nothing is known then. For a release
that is a failure too.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PIP_AUDIT = Path(sys.executable).with_name("pip-audit")
RELEASE = "--release"


def main(words: list[str]) -> int:
    """Audit each lock and print what is known; 1 if any is vulnerable, or, for a release, was not audited in full."""
    locks = [word for word in words if word != RELEASE]
    outcomes = [audit(lock) for lock in locks]
    vulnerable, known = any(bad for bad, _ in outcomes), all(known for _, known in outcomes)
    if RELEASE in words and not known:
        print(f"!!! NO RELEASE: all of {len(locks)} locks must be audited in full")
        return 1
    return 1 if vulnerable else 0


def audit(lock: str) -> tuple[bool, bool]:
    """Whether a lock has vulnerable packages, and whether something is known of each package."""
    options = ("--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off")
    command = [str(PIP_AUDIT), *options, "--requirement", lock]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own locks
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return False, unknown(lock, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        names = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        print(f"{lock}: {package['name']} {package['version']}: {names}")
    if skipped:
        return bool(vulnerable), unknown(lock, f"nothing is known of {len(skipped)} of {len(packages)} packages")
    print(f"{lock}: {len(packages)} packages, {len(vulnerable)} of them vulnerable")
    return bool(vulnerable), True


def unknown(lock: str, reason: str) -> bool:
    """Report a lock that was not audited: False."""
    print(f"!!! NOT AUDITED: {lock}: {reason}")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
