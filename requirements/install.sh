#!/bin/sh
# install.sh ENVIRONMENT ROLE: make the virtual environment if need be and install one lock into it.
# What goes wrong is told in one line; the rest is in ENVIRONMENT.log.
set -eu
environment=$1
role=$2
log=$environment.log

fail() {
    echo "phat: $1" >&2
    exit 1
}

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

# The command `phat` of this checkout.
write_command() {
    printf '#!/bin/sh\nPYTHONPATH="%s${PYTHONPATH:+:$PYTHONPATH}" exec "%s/bin/python" -m phat.cli "$@"\n' \
        "$(cd -P "$(dirname "$0")" && cd .. && pwd)" "$(cd -P "$environment" && pwd)" >"$environment/bin/phat"
    chmod +x "$environment/bin/phat"
}

# What builds on the development environment begins with its packages, which pip then finds installed.
begin_with_development() {
    [ "$environment" != .venv ] || return 0
    grep -qsx -e '-r development.in' "requirements/$role.in" || return 0
    cmp -s requirements/development.txt .venv/development.lock || return 0
    packages=$(cd .venv/lib && echo python3*/site-packages)
    if [ -d "$environment/lib/$packages" ]; then
        cp -a ".venv/lib/$packages/." "$environment/lib/$packages/"
    fi
}

stamp=$environment/$role.lock
if cmp -s "requirements/$role.txt" "$stamp"; then
    write_command
    exit 0
fi
if [ ! -x "$environment/bin/pip" ]; then
    python=$(find_python)
    [ -n "$python" ] || fail "no Python 3.11, 3.12 or 3.13 found; install one, or name it: make PYTHON=/path/to/python"
    "$python" -m venv --clear "$environment" >"$log" 2>&1 ||
        fail "$python cannot make a virtual environment; on Debian: apt-get install python3-venv"
fi
begin_with_development
echo "phat: installing requirements/$role.txt into $environment"
for lock in installer "$role"; do
    "$environment/bin/python" -m pip install --disable-pip-version-check --require-hashes \
        -r "requirements/$lock.txt" >"$log" 2>&1 ||
        fail "installing requirements/$lock.txt failed; is there a network? The reason is in $log: $(grep -m1 ERROR "$log")"
done
write_command
cp "requirements/$role.txt" "$stamp"
