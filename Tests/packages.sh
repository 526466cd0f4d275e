# Sourced by the scripts beside it and in examples/: installs the Debian packages that are missing.
#
# install_missing PACKAGE...: nothing happens where all of them are there, so a second run needs neither network nor root.

install_missing() {
    local missing=()
    local package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return
    echo "Installing Debian packages: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What the build itself needs.
build_packages=(git ca-certificates pkg-config libgit2-dev libyaml-dev libsqlite3-dev)
