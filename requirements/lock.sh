#!/bin/sh
# Resolve every *.in to a universal lock with hashes; development first, the others within its versions.
# Arguments go to uv, such as --upgrade.
set -eu
cd "$(dirname "$0")"
lock() {
    name=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --no-strip-extras --custom-compile-command "make lock" "$@" "$name.in" -o "$name.txt"
}
lock development "$@"
for name in serving batch jobs sagemaker local training benchmark benchmark-files clients faults stress; do lock "$name" -c development.txt; done
for name in deployment emulator audit benchmark-mlflow benchmark-vetiver; do lock "$name" "$@"; done
lock installer "$@"
