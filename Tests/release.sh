#!/usr/bin/env bash
# Tests the release where its users are: in a bare Debian root that has none of the libraries, as a user without rights,
# against remotes on a path, over HTTPS and over SSH on loopback. Needs root, for chroot; `.ci/run` does not run it.
#
#   Tests/release.sh                       makes the release first; a build takes minutes
#   Tests/release.sh FILE.tar.gz           tests that one
#   SUITE=trixie Tests/release.sh …        in another Debian; a root is downloaded once and kept in .build-release
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/packages.sh

if [ "$(id -u)" -ne 0 ]; then
    echo "Tests/release.sh needs root: it enters a root of its own." >&2
    exit 2
fi
suite="${SUITE:-bookworm}"
install_missing debootstrap git curl openssl nginx-light fcgiwrap openssh-server openssh-client man-db groff-base \
    python3-yaml util-linux systemd fish zsh

folder="$(mktemp -d)"
root="$folder/root"
servers=()
# shellcheck disable=SC2329 # called by the trap
clean_up() {
    # The servers of this run alone, each by its number.
    local server
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    rm -rf --one-file-system "$folder"
}
trap clean_up EXIT

passed=0
failed=0
# check WHAT COMMAND...: runs the command, and shows its output where it fails.
check() {
    local what="$1"
    shift
    if "$@" >"$folder/output" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        sed 's/^/        /' "$folder/output"
    fi
}
not() { if "$@"; then return 1; fi; }

# inside COMMAND...: as a user without rights in the root, which sees nothing of this machine but its loopback. The loader
# finds the program's own folder through /proc.
inside() {
    timeout 120 unshare --mount-proc="$root/proc" chroot --userspec=65534:65534 "$root" \
        /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/user "${variables[@]}" "$@"
}
variables=()

echo "== The archive"
release="${1:-}"
if [ -z "$release" ]; then
    .ci/make-release
    release=".build-release/$(awk '{print $2}' .build-release/SHA256SUMS)"
    packed_again() {
        ELAFROS_BINARY="$(swift build -c release --show-bin-path)/elafros" .ci/make-release "$folder/again" &&
            cmp "$release" "$folder/again/$(basename "$release")"
    }
    check "packed again, it is the same to the byte" packed_again
fi
sums_match() { (cd "$(dirname "$release")" && sha256sum --check --strict SHA256SUMS); }
check "the checksum matches" sums_match
tar -tvzf "$release" >"$folder/list"
check "it has one folder, named as it is" not grep -qv " $(basename "$release" .tar.gz)/" "$folder/list"
check "all is root's, and nobody else can write it" not grep -qvE '^[d-]r[w-][x-]r-[x-]r-[x-] 0/0 ' "$folder/list"

echo "== A bare Debian ($suite)"
kept=".build-release/debian-$suite.tar"
if [ ! -f "$kept" ]; then
    mkdir -p .build-release
    debootstrap --variant=minbase "$suite" "$folder/bare" >"$folder/debootstrap.log" || {
        tail "$folder/debootstrap.log" >&2
        exit 2
    }
    rm -rf "$folder"/bare/var/cache/apt/* "$folder"/bare/var/lib/apt/lists/*
    tar -C "$folder/bare" -cf "$kept.part" . && mv "$kept.part" "$kept"
    rm -rf --one-file-system "$folder/bare"
fi
mkdir "$root"
tar -C "$root" -xf "$kept"
chmod 755 "$folder"
install -d -o 65534 -g 65534 "$root/home/user"
echo "127.0.0.1 localhost" >"$root/etc/hosts"
has_library() { find "$root/usr/lib" -name "$1" | grep -q .; }
for library in 'libgit2*' 'libyaml*' 'libssh2*' 'libmbedtls*'; do
    check "it has no $library" not has_library "$library"
done
tar -xzf "$release" -C "$root/usr/local" --strip-components=1 --no-same-owner --no-overwrite-dir

says_version() { [ "$(inside elafros --version)" = "$(basename "$release" -linux-x86_64.tar.gz | sed 's/-/ /')" ]; }
check "the program says the version that the archive is named after" says_version
# What it loads, by the root's own loader: its own libraries, and glibc's from the root.
inside /lib64/ld-linux-x86-64.so.2 --list /usr/local/bin/elafros >"$folder/loaded"
check "each of its libraries is found" not grep -q 'not found' "$folder/loaded"
strangers() {
    grep -vE '=> /usr/local/(bin/\.\./)?lib/elafros/|linux-vdso|ld-linux-x86-64|lib(c|m|resolv|dl|pthread|rt)\.so' "$folder/loaded"
}
check "none but glibc is the system's" not strangers
mkdir -p "$root/srv"
cp -r "$root/usr/local" "$root/srv/elafros"
ln -s /srv/elafros/bin/elafros "$root/home/user/elafros"
check "it also runs from another place, through a link" inside /home/user/elafros --version

echo "== Commands"
mkdir "$root/home/user/shop"
cp examples/quickstart/*.yaml "$root/home/user/shop/"
check "validate finds no error" inside elafros validate /home/user/shop
printf 'apiVersion: elafros.dev/v1alpha1\nkind: Service\nmetadata: {name: Broken!}\n' >"$root/home/user/broken.yaml"
finds_error() {
    local code=0
    inside elafros validate /home/user/broken.yaml >"$folder/found" 2>&1 || code=$?
    cat "$folder/found"
    [ "$code" -eq 3 ] && grep -q 'broken.yaml:3:' "$folder/found"
}
check "validate ends with 3 where there is one, and names its place" finds_error

git init -q -b main "$folder/work"
cp examples/quickstart/*.yaml "$folder/work/"
git -C "$folder/work" add .
git -C "$folder/work" -c user.name=You -c user.email=you@example.com commit -qm "Two services"
git clone -q --bare "$folder/work" "$root/home/user/shop.git"
chown -R 65534:65534 "$root/home/user"
# synced NAME URL: one sync of that remote, with its report, in a state folder of its own.
synced() {
    inside elafros sync --repo "$2" --state "/home/user/state-$1" --report-branch "status-$1" --git-timeout 20s &&
        inside elafros status --state "/home/user/state-$1" &&
        git -c safe.directory='*' -C "$root/home/user/shop.git" show "status-$1:README.md" | grep -q shop-00001
}
check "sync of a path, with its report" synced path /home/user/shop.git

echo "== Remotes on loopback"
port_is_open() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# unused_port: one that nobody listens on, out of those that the system gives to nobody by itself.
unused_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 10000))
        if ! port_is_open "$port"; then
            echo "$port"
            return
        fi
    done
    return 1
}
# started PORT: waits until it answers.
started() {
    for _ in $(seq 100); do
        if port_is_open "$1"; then return; fi
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    cat "$folder"/*.log >&2
    exit 2
}

# An authority of the test's own, and a certificate for localhost that it signed.
key=(-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
openssl req -x509 -days 2 -subj '/CN=Test authority' -keyout "$folder/ca.key" -out "$folder/ca.pem" "${key[@]}" 2>/dev/null
openssl req -subj /CN=localhost -keyout "$folder/server.key" -out "$folder/server.csr" "${key[@]}" 2>/dev/null
openssl x509 -req -days 2 -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial \
    -extfile <(echo subjectAltName=DNS:localhost) -out "$folder/server.pem" 2>/dev/null
mkdir "$folder/release"
cp "$release" "$folder/release/elafros.tar.gz"
https="$(unused_port)"
cat >"$folder/nginx.conf" <<END
daemon off;
master_process off;
pid $folder/nginx.pid;
events {}
http {
    access_log off;
    client_max_body_size 0;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    server {
        listen 127.0.0.1:$https ssl;
        ssl_certificate $folder/server.pem;
        ssl_certificate_key $folder/server.key;
        location /release/ { root $folder; }
        location / {
            fastcgi_pass unix:$folder/backend;
            fastcgi_param SCRIPT_FILENAME $(git --exec-path)/git-http-backend;
            fastcgi_param GIT_PROJECT_ROOT $root/home/user;
            fastcgi_param GIT_HTTP_EXPORT_ALL "";
            fastcgi_param PATH_INFO \$uri;
            fastcgi_param QUERY_STRING \$query_string;
            fastcgi_param REQUEST_METHOD \$request_method;
            fastcgi_param CONTENT_TYPE \$content_type;
            fastcgi_param CONTENT_LENGTH \$content_length;
            fastcgi_param HTTP_CONTENT_ENCODING \$http_content_encoding;
            fastcgi_param REMOTE_ADDR \$remote_addr;
            fastcgi_param REMOTE_USER tester;
        }
    }
}
END
# The repository is another account's: git asks for a word that this is meant.
printf '[safe]\n\tdirectory = *\n' >"$folder/gitconfig"
GIT_CONFIG_GLOBAL="$folder/gitconfig" fcgiwrap -s "unix:$folder/backend" >"$folder/fcgiwrap.log" 2>&1 &
servers+=($!)
nginx -p "$folder" -c "$folder/nginx.conf" -e "$folder/nginx.log" >"$folder/nginx.out.log" 2>&1 &
servers+=($!)
started "$https"

url="https://localhost:$https/shop.git"
is_refused() {
    local code=0
    synced unknown "$url" >"$folder/refusal" 2>&1 || code=$?
    cat "$folder/refusal"
    [ "$code" -ne 0 ] && grep -q ELAFROS_GIT_CA_FILE "$folder/refusal"
}
check "HTTPS of an unknown authority is refused, with the way out" is_refused
mkdir -p "$root/etc/pki/tls/certs"
install -m 644 "$folder/ca.pem" "$root/etc/pki/tls/certs/ca-bundle.crt"
check "sync over HTTPS, the authority being where Red Hat's systems have theirs" synced redhat "$url"
rm "$root/etc/pki/tls/certs/ca-bundle.crt"
mkdir -p "$root/etc/ssl/certs"
install -m 644 "$folder/ca.pem" "$root/etc/ssl/certs/ca-certificates.crt"
check "sync over HTTPS, where Debian's have theirs" synced debian "$url"
mv "$root/etc/ssl/certs/ca-certificates.crt" "$root/home/user/ca.pem"
variables=(ELAFROS_GIT_CA_FILE=/home/user/ca.pem)
check "sync over HTTPS, with ELAFROS_GIT_CA_FILE" synced named "$url"

ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
install -m 600 "$folder/key.pub" "$folder/authorized_keys"
install -m 600 -o 65534 -g 65534 "$folder/key" "$root/home/user/key"
ssh="$(unused_port)"
echo "[127.0.0.1]:$ssh $(cut -d' ' -f1,2 "$folder/host.pub")" >"$root/home/user/known_hosts"
cat >"$folder/sshd_config" <<END
ListenAddress 127.0.0.1:$ssh
HostKey $folder/host
AuthorizedKeysFile $folder/authorized_keys
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
# The folder is below /tmp, which everybody may write to.
StrictModes no
UsePAM no
SetEnv GIT_CONFIG_GLOBAL=$folder/gitconfig
END
mkdir -p /run/sshd
"$(command -v sshd)" -D -e -f "$folder/sshd_config" >"$folder/sshd.log" 2>&1 &
servers+=($!)
started "$ssh"
variables=(ELAFROS_GIT_SSH_KEY=/home/user/key ELAFROS_GIT_KNOWN_HOSTS=/home/user/known_hosts)
check "sync over SSH" synced ssh "ssh://$(id -un)@127.0.0.1:$ssh$root/home/user/shop.git"
variables=()

echo "== A daemon, as its unit starts it"
unit=examples/systemd/elafros-serve.service
listen="$(unused_port)"
admin="$(unused_port)"
mkdir "$root/etc/elafros"
cat >"$folder/elafros.yaml" <<'END'
apiVersion: gitops.elafros.dev/v1alpha1
kind: Sync
metadata: {name: shop}
spec: {url: /home/user/shop.git, interval: 1s}
END
install -m 644 "$folder/elafros.yaml" "$root/etc/elafros/elafros.yaml"
# Stands in for systemd: writes down what the daemon tells it.
python3 - "$root/home/user/notify" >"$folder/notified" 2>"$folder/notify.log" <<'END' &
import os
import socket
import sys

manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
manager.settimeout(60)
while True:
    print(manager.recv(4096).decode(), flush=True)
END
servers+=($!)
for _ in $(seq 50); do [ -S "$root/home/user/notify" ] || sleep 0.1; done
mapfile -t words < <(sed -n 's/^ExecStart=//p' "$unit" | sed "s/8080/$listen/; s/8081/$admin/" | tr ' ' '\n')
# Not through `inside`: its `timeout` would be what a signal reaches.
unshare --mount-proc="$root/proc" chroot --userspec=65534:65534 "$root" /usr/bin/env -i HOME=/home/user \
    STATE_DIRECTORY=/home/user/state-serve NOTIFY_SOCKET=/home/user/notify WATCHDOG_USEC=1000000 \
    "${words[@]}" >"$folder/serve.log" 2>&1 &
daemon=$!
servers+=("$daemon")
started "$listen"
# soon COMMAND...: asks again for ten seconds.
soon() {
    for _ in $(seq 50); do
        if "$@"; then return; fi
        sleep 0.2
    done
    cat "$folder/serve.log"
    return 1
}
answers() { curl -sS --fail --max-time 5 -H "Host: shop.default.mydomain.com" "http://127.0.0.1:$listen/" | grep 'revision: shop-00001'; }
admin_says() { curl -sS --fail --max-time 5 "http://127.0.0.1:$admin/$1" >"$folder/said" && grep -q "${2:-}" "$folder/said"; }
check "it answers for a service" soon answers
check "it is alive" admin_says healthz
check "it is ready" soon admin_says readyz
check "it counts syncs" admin_says metrics '^elafros_sync_total'
check "it tells systemd that it is ready" soon grep -qx READY=1 "$folder/notified"
check "  and that it is alive" soon grep -qx WATCHDOG=1 "$folder/notified"
sed 's/name: shop/name: other/' "$folder/elafros.yaml" >>"$root/etc/elafros/elafros.yaml"
sed -i '5i ---' "$root/etc/elafros/elafros.yaml"
# As ExecReload says.
kill -HUP "$daemon"
follows_other() { inside elafros get sync --state /home/user/state-serve | grep other; }
check "it reads its file anew when it is reloaded" soon follows_other
kill -TERM "$daemon"
unset 'servers[-1]'
check "it ends by itself at SIGTERM" wait "$daemon"
check "  and tells systemd" grep -qx STOPPING=1 "$folder/notified"

echo "== Shells, manual, systemd, CI"
share="$root/usr/local/share"
completes() { inside bash -c 'source /usr/local/share/bash-completion/completions/elafros && complete -p elafros'; }
check "bash takes its completions" completes
completes_word() {
    # shellcheck disable=SC2016 # bash inside expands it
    inside bash -c 'source /usr/local/share/bash-completion/completions/elafros
        COMP_WORDS=(elafros va) COMP_CWORD=1 COMP_LINE="elafros va" COMP_POINT=10
        "$(complete -p elafros | sed -E "s/.*-F ([^ ]+).*/\1/")" elafros va elafros
        [ "${COMPREPLY[*]}" = validate ]'
}
check "  and completes a command" completes_word
check "zsh reads its completions" zsh -n "$share/zsh/site-functions/_elafros"
check "fish reads its completions" fish --no-execute "$share/fish/vendor_completions.d/elafros.fish"
renders() {
    local page warnings
    for page in "$share"/man/man1/*.1; do
        warnings="$(MANWIDTH=80 man --warnings -E UTF-8 -l "$page" 2>&1 >"$folder/page")"
        if [ -n "$warnings" ] || ! grep -q '^SYNOPSIS' "$folder/page"; then
            echo "$page: $warnings"
            return 1
        fi
    done
}
check "man shows each page without a warning" renders
verifies() {
    # systemd-analyze looks for the program where the unit says.
    mkdir -p "$folder/units"
    local unit
    for unit in "$share"/elafros/systemd/*; do
        sed "s,/usr/local/bin/elafros,$root&," "$unit" >"$folder/units/$(basename "$unit")"
    done
    # It ends with 0 also where it warns.
    local warnings
    warnings="$(systemd-analyze verify --man=no "$folder"/units/* 2>&1)" && [ -z "$warnings" ] && return
    echo "$warnings"
    return 1
}
check "systemd takes the units" verifies
exposed() {
    # Of 100; systemd calls up to 20 "ok".
    systemd-analyze security --offline=true --threshold=20 --no-pager "$share/elafros/systemd/$1"
}
check "elafros-sync.service is closed in" exposed elafros-sync.service
check "elafros-serve.service is closed in" exposed elafros-serve.service
# The step of the example jobs, as it stands in them: only the address, the authority and the folders are the test's.
installs() {
    local job="$1"
    mkdir -p "$folder/$job"
    python3 - "$job" >"$folder/$job/step" <<'END'
import sys
import yaml

if sys.argv[1] == "github":
    with open("examples/ci/github/.github/workflows/elafros.yml") as file:
        jobs = yaml.safe_load(file)["jobs"]
    steps = [[step["run"] for step in job["steps"] if step.get("name") == "Install elafros"] for job in jobs.values()]
    assert all(step == steps[0] for step in steps), "the jobs install it in different ways"
    print(steps[0][0])
else:
    with open("examples/ci/gitlab/.gitlab-ci.yml") as file:
        print("\n".join(yaml.safe_load(file)["default"]["before_script"]))
END
    touch "$folder/$job/path"
    (
        cd "$folder/$job"
        export ELAFROS_URL="https://localhost:$https/release/elafros.tar.gz" ELAFROS_SHA256="$2"
        export CURL_CA_BUNDLE="$folder/ca.pem" RUNNER_TEMP="$folder/$job" TMPDIR="$folder/$job"
        export GITHUB_PATH="$folder/$job/path"
        timeout 120 bash -e -o pipefail -c "$(cat step)
            PATH=\"\$PATH:\$(cat path)\" elafros --version"
    )
}
sum="$(sha256sum "$release" | cut -d' ' -f1)"
for job in github gitlab; do
    check "the $job job installs it" installs "$job" "$sum"
    rm -rf "${folder:?}/$job"
    check "  and not another one" not installs "$job" "${sum//[0-4]/5}"
done

echo "== The container"
# No engine is needed: the Containerfile is carried out in folders.
context="$folder/context"
mkdir "$context" "$folder/stages"
cp examples/container/Containerfile "$release" "$(dirname "$release")/SHA256SUMS" "$context/"
rehearse() { timeout 300 python3 Tests/Release/rehearse.py "$context" "$kept" "$folder/stages" >"$folder/image"; }
check "each step of the Containerfile works" rehearse
# image FIELD: a word or the words of what the image would run, one a line.
image() {
    python3 -c 'import json, sys; value = json.load(open(sys.argv[1]))[sys.argv[2]]
print(value if isinstance(value, str) else "\n".join(value))' "$folder/image" "$1"
}
image_root="$(image root)"
mapfile -t environment < <(image env)
mapfile -t words < <(image entrypoint)
# As the image's account, with its environment.
contained=(
    unshare --mount-proc="$image_root/proc" chroot --userspec="$(image user)" "$image_root"
    /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin "${environment[@]}"
)
cp -a "$root/home/user/shop.git" "$image_root/srv/shop.git"
chown -R "$(image user)" "$image_root/srv/shop.git"
check "it syncs" timeout 60 "${contained[@]}" "${words[@]}" sync --repo /srv/shop.git --report-branch elafros-status
check "  with its state in the volume" test -n "$(ls -A "$image_root/var/lib/elafros")"
healthy() {
    local health
    mapfile -t health < <(image healthcheck)
    timeout 10 "${contained[@]}" "${health[@]//8081/$admin}"
}
check "its health check fails where nothing runs" not healthy
mkdir -p "$image_root/etc/elafros"
sed 's,/home/user,/srv,' "$folder/elafros.yaml" >"$image_root/etc/elafros/elafros.yaml"
mapfile -t -O "${#words[@]}" words < <(image cmd | sed "s/:8080/127.0.0.1:$listen/; s/8081/$admin/")
"${contained[@]}" "${words[@]}" >"$folder/serve.log" 2>&1 &
daemon=$!
servers+=("$daemon")
started "$listen"
check "  and passes where it serves" soon healthy
check "it answers for a service" soon answers
kill -TERM "$daemon"
unset 'servers[-1]'
check "it ends by itself at SIGTERM" wait "$daemon"

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
