#!/usr/bin/env bash
# Runs the simulation: random lives of a whole instance, each from one seed, on a release build and on all cores. Prints each
# failing seed with the shortest actions that still fail, how often everything was reached, and one line of figures.
#
#   Tests/simulate.sh                               seeds 1 to 1000, 100 actions each
#   Tests/simulate.sh --seeds 1..20000 --actions 100
#   Tests/simulate.sh --seeds 1..20000 --stop       stops at the first failure
#   Tests/simulate.sh --seeds 42..42 --whole        does not look for the shortest actions
#   Tests/simulate.sh --daemon --seeds 1..1000      lives of a daemon: schedules, windows, webhooks, dependencies; 30 actions each
#   Tests/simulate.sh --jobs 1                      on one core, so that others can work
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh
install_missing "${build_packages[@]}"
# The same build as Tests/run.sh, so that it need not be made twice.
swift build -c release --scratch-path .build-tests -Xswiftc -enable-testing --product simulate
# Disks and remotes of the simulated world are small, and waiting for a real disk proves nothing.
if [ -w /dev/shm ]; then
    TMPDIR="$(mktemp -d /dev/shm/elafros-simulation.XXXXXX)"
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
fi
export SWIFT_BACKTRACE=enable=no
status=0
.build-tests/release/simulate "$@" || status=$?
# Seeds that make the program itself trap cannot be told by the program.
[ "$status" -le 1 ] || [ "$status" -eq 64 ] || echo "It crashed while these seeds ran: $(cat "${TMPDIR:-/tmp}/running")" >&2
exit "$status"
