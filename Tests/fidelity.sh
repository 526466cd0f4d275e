#!/usr/bin/env bash
# The score that previews live by: random pull requests, each previewed by one instance, merged by git, and synced by another
# instance in another order with a restart on the way. Every object and every step of the timeline is compared. Prints each
# preview that was wrong, the mix of pull requests, and the score.
#
#   Tests/fidelity.sh                      pull requests 1 to 1000
#   Tests/fidelity.sh --seeds 1..10000
#   Tests/fidelity.sh --seeds 42..42 --jobs 1
#   Tests/fidelity.sh --real 200           with the real program: git merges, a running `serve` syncs, the merge comes later
#   Tests/fidelity.sh --planted            plants bugs in the preview: each has to lower the score
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh
install_missing "${build_packages[@]}"
case "${1:-}" in
--planted) exec Tests/mutations.sh planted/ ;;
--real)
    install_missing python3
    swift build -c release --static-swift-stdlib --product elafros
    exec python3 Tests/Fidelity/real.py "$(swift build -c release --static-swift-stdlib --show-bin-path)/elafros" "${2:-200}"
    ;;
esac
exec Tests/simulate.sh --fidelity "$@"
