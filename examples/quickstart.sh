#!/usr/bin/env bash
# The main job from start to end, on this machine alone: installs the Debian packages that are missing, builds Elafros,
# makes a git repository of examples/quickstart, serves it, calls a service, pushes a change, calls until the new
# Revision answers, shows the report that was committed, and cleans up after itself.
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh

bold() { if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$*"; else printf '%s\n' "$*"; fi; }
say() { echo; bold "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }

install_missing "${build_packages[@]}" curl

say "Building elafros (the first time takes some minutes: the dependencies are built too)"
swift build -c release --static-swift-stdlib --product elafros
elafros="$(swift build -c release --static-swift-stdlib --show-bin-path)/elafros"

demo="$(mktemp -d)"
server=""
clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$demo"
}
trap clean_up EXIT

say "A git remote with two services"
git init -q --bare -b main "$demo/shop.git"
git clone -q "$demo/shop.git" "$demo/work" 2>/dev/null
git -C "$demo/work" checkout -q -B main
git -C "$demo/work" config user.name "You"
git -C "$demo/work" config user.email "you@example.com"
mkdir "$demo/work/services"
cp examples/quickstart/*.yaml "$demo/work/services/"
"$elafros" validate "$demo/work"
git -C "$demo/work" add .
git -C "$demo/work" commit -q -m "Two services"
git -C "$demo/work" push -q origin main

say "elafros serve follows it and answers for its services"
"$elafros" serve --repo "$demo/shop.git" --branch main --state "$demo/state" --report-branch elafros-status \
    --interval 1s --listen 127.0.0.1:0 >"$demo/serve.log" 2>&1 &
server=$!

# wait_for SECONDS COMMAND...: asks again until the command succeeds; shows the log and fails when the time is over.
wait_for() {
    local tries=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" -le 0 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "It did not happen: $*" >&2
            cat "$demo/serve.log" >&2
            exit 1
        fi
        sleep 0.2
    done
}

wait_for 30 grep -q 'listening on http' "$demo/serve.log"
address="$(sed -nE 's,.*listening on http://([0-9.:]+).*,\1,p' "$demo/serve.log" | head -n 1)"
call() { curl -sS --fail --max-time 5 -H "Host: shop.default.mydomain.com" "http://$address/"; }
answers_with() { call | grep -q -- "$1"; }

wait_for 30 answers_with shop-00001
echo "\$ curl -H 'Host: shop.default.mydomain.com' http://$address/"
call

say "Push a change: a new image for shop"
sed -i 's/shop:1/shop:2/' "$demo/work/services/shop.yaml"
git -C "$demo/work" commit -q -am "shop: version 2"
git -C "$demo/work" push -q origin main
wait_for 30 answers_with shop-00002
echo "The new Revision answers; traffic moves to it in steps:"
run "$elafros" status shop --state "$demo/state"

has_all_traffic() { "$elafros" status shop --state "$demo/state" | grep -q "$1 .* 100%"; }
wait_for 30 has_all_traffic shop-00002
run "$elafros" status shop --state "$demo/state"

say "What happened is in git too: the branch elafros-status"
report_says() { git -C "$demo/shop.git" show elafros-status:README.md | grep -q -- "$1"; }
wait_for 30 report_says shop-00002
git -C "$demo/shop.git" log --format='%h %s' elafros-status
git -C "$demo/shop.git" show elafros-status:README.md

say "Done; the demo's folder and server are gone again."
