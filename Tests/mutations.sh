#!/usr/bin/env bash
# Shows that the simulation's net holds: breaks the code on purpose, one break at a time, and says how many seeds it took to
# catch each. A patch that no longer applies is an error, and so is one that is not caught.
#
#   Tests/mutations.sh              all of Tests/Simulation/mutations, and the bugs of Tests/Simulation/planted, which are
#                                   bugs of the preview and have to lower the score of Tests/fidelity.sh; those called
#                                   daemon-… are bugs of the daemon, whose simulation has to catch them
#   Tests/mutations.sh label due    those whose name holds one of the words
#   Tests/mutations.sh planted/     those that are planted in the preview
#
# ELAFROS_SEEDS says how many seeds a break may take at most. The copy is built in .build-mutations, anew only where a patch
# changes something.
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh
install_missing "${build_packages[@]}"

seeds="${ELAFROS_SEEDS:-400}"
patches="$PWD/Tests/Simulation"
copy="$PWD/.build-mutations/copy"
mkdir -p "$copy"
tar -c Package.swift Package.resolved Sources Tests | tar -x -C "$copy"
for file in $(cd "$copy" && find Sources Tests -type f); do
    [ -e "$file" ] || rm "$copy/$file"
done
export SWIFT_BACKTRACE=enable=no
if [ -w /dev/shm ]; then
    TMPDIR="$(mktemp -d /dev/shm/elafros-mutations.XXXXXX)"
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
fi

wanted() {
    [ "$#" -eq 1 ] && return 0
    local name="$1" word
    shift
    for word in "$@"; do [[ "$name" == *"$word"* ]] && return 0; done
    return 1
}

failed=0
for patch in "$patches"/mutations/*.patch "$patches"/planted/*.patch; do
    name="${patch#"$patches"/}"
    name="${name%.patch}"
    kind=()
    [[ "$name" == planted/* ]] && kind=(--fidelity)
    [[ "$name" == mutations/daemon-* ]] && kind=(--daemon)
    wanted "$name" "$@" || continue
    if ! patch --directory="$copy" --strip=1 --forward --silent --dry-run --fuzz=0 <"$patch" >/dev/null; then
        echo "$name: the patch no longer applies"
        failed=1
        continue
    fi
    patch --directory="$copy" --strip=1 --silent --fuzz=0 <"$patch"
    if ! swift build --package-path "$copy" -c release -Xswiftc -enable-testing --product simulate >"$TMPDIR/build" 2>&1; then
        echo "$name: the broken code does not compile"
        tail -20 "$TMPDIR/build"
        failed=1
    elif "$copy/.build/release/simulate" "${kind[@]}" --seeds "1..$seeds" --stop --whole >"$TMPDIR/run" 2>/dev/null; then
        echo "$name: NOT CAUGHT in $seeds seeds"
        failed=1
    else
        count="$(sed -nE 's/^(seeds|fidelity, seeds) .*: ([0-9]+ of )?([0-9]+) (run )?in .*/\3/p' "$TMPDIR/run")"
        fault="$(sed -nE 's/^seed [0-9]+: (.*)/\1/p' "$TMPDIR/run" | head -1 | cut -c 1-100)"
        echo "$name: caught after ${count:-a crash in} seeds: $fault"
    fi
    patch --directory="$copy" --strip=1 --silent --reverse --fuzz=0 <"$patch"
done
exit "$failed"
