"""Look up the known vulnerabilities of locked requirements: audit.py LOCK...; run by `make audit`.

Ends with 1 if there are any. Where the data cannot be reached, says so loudly, and ends with 0: nothing was found out.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PIP_AUDIT = Path(sys.executable).with_name("pip-audit")


def main(locks: list[str]) -> int:
    """Audit each lock, and say what was found; 1 if anything was."""
    return max(audit(lock) for lock in locks)


def audit(lock: str) -> int:
    """Audit one lock."""
    options = ("--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off")
    command = [str(PIP_AUDIT), *options, "--requirement", lock]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own locks
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return unknown(lock, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    skipped = [package["name"] for package in found if "skip_reason" in package]
    vulnerable = [package for package in found if package.get("vulns")]
    for package in vulnerable:
        names = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        print(f"{lock}: {package['name']} {package['version']}: {names}")
    if skipped:
        unknown(lock, f"nothing is known of {len(skipped)} of {len(found)} packages")
    else:
        print(f"{lock}: {len(found)} packages, {len(vulnerable)} of them vulnerable")
    return 1 if vulnerable else 0


def unknown(lock: str, reason: str) -> int:
    """Say that a lock was not audited."""
    print(f"!!! NOT AUDITED: {lock}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
