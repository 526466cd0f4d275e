#!/usr/bin/env bash
# Runs all tests: installs the Debian packages that are missing (real git servers among them), builds the program and the
# tests once, optimised, in a folder of their own, and runs them. Some run that very program as a user does.
#
#   Tests/run.sh                    all tests
#   Tests/run.sh --filter Words     those whose name matches, as `swift test` takes it
#   ELAFROS_BINARY=… Tests/run.sh   runs another program instead
#   UPDATE_GOLDEN=1 Tests/run.sh    rewrites the golden files; review the difference like code
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh

if [ -n "${CI:-}" ] && [ -n "${UPDATE_GOLDEN:-}" ]; then
    echo "UPDATE_GOLDEN is refused in CI: golden files are reviewed, not generated there." >&2
    exit 64
fi

install_missing "${build_packages[@]}" nginx-light fcgiwrap openssl openssh-server openssh-client strace curl python3-yaml gcc libc6-dev util-linux

echo "Building (the first time takes some minutes: the dependencies are built too)"
# Crashes that tests cause on purpose need no backtrace.
export SWIFT_BACKTRACE=enable=no
# One build for the program and the tests. Those of a module's inner parts need the compiler to leave its names visible.
build=(-c release --scratch-path .build-tests -Xswiftc -enable-testing)
swift build "${build[@]}" --build-tests
export ELAFROS_BINARY="${ELAFROS_BINARY:-$PWD/.build-tests/release/elafros}"
echo "Testing $("$ELAFROS_BINARY" --version)"
swift test "${build[@]}" --skip-build "$@"
