#!/usr/bin/env bash
# Speed as ratios, side by side in one run: Elafros against git, libyaml and SQLite doing the least that the same work
# needs; and what the daemon costs and how fast it is. Installs what is missing, builds the program, generates the
# repositories, and ends with 1 if a bar is missed.
#
#   Tests/benchmark.sh [--services 10000] [--runs 5] [--table]
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh
install_missing "${build_packages[@]}" gcc libc6-dev python3 nginx-light fcgiwrap
for product in elafros engine-benchmark; do swift build -c release --static-swift-stdlib --product "$product"; done
programs="$(swift build -c release --static-swift-stdlib --show-bin-path)"
missed=0
python3 Tests/Benchmarks/bench.py "$programs/elafros" "$programs/engine-benchmark" "$@" || missed=1
python3 Tests/Benchmarks/daemon.py "$programs/elafros" || missed=1
exit "$missed"
