#!/usr/bin/env bash
# A daemon that follows 200 Syncs of 20 repositories for some minutes, killed twenty times while people push; in the end all is
# as git says. Options: --minutes M (2), --repositories N (20), --kills N (20), --seed N (1).
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh
install_missing "${build_packages[@]}" openssh-server openssh-client python3

if [[ -z "${ELAFROS_BINARY:-}" ]]; then
    swift build -c release --static-swift-stdlib --product elafros
    ELAFROS_BINARY="$PWD/.build/release/elafros"
fi
exec python3 Tests/Soak/soak.py --binary "$ELAFROS_BINARY" "$@"
