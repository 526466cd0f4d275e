#!/usr/bin/env bash
# Runs all tests: installs the Debian packages that are missing (real git servers among them), builds the program and the
# tests once, optimised, and runs them.
#
#   Tests/run.sh                    all tests
#   Tests/run.sh --filter Words     those whose name matches, as `swift test` takes it
#   UPDATE_GOLDEN=1 Tests/run.sh    rewrites the golden files; review the difference like code
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh

if [ -n "${CI:-}" ] && [ -n "${UPDATE_GOLDEN:-}" ]; then
    echo "UPDATE_GOLDEN is refused in CI: golden files are reviewed, not generated there." >&2
    exit 64
fi

install_missing "${build_packages[@]}" nginx-light fcgiwrap openssh-server openssh-client strace curl python3-yaml

echo "Building (the first time takes some minutes: the dependencies are built too)"
# Crashes that tests cause on purpose need no backtrace.
export SWIFT_BACKTRACE=enable=no
swift build --product elafros
swift test "$@"
