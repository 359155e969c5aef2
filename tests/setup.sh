#!/usr/bin/env bash
# setup.sh build|check: installs the Debian packages that building (or building and testing) needs; says nothing when
# all are there. On other systems it names the libraries and goes on if they are found.
# setup.sh versions: prints the oldest acceptable version of a package on this system, "PACKAGE VERSION" a line.
set -euo pipefail

# Packages, one need a word; A|B is the name in Debian 12 and the one in Debian 13.
build=(
    build-essential pkg-config libevent-dev libssl-dev liblmdb-dev 'libmsgpack-dev|libmsgpack-c-dev' libunistring-dev
    libinih-dev libjansson-dev libedit-dev libkeyutils-dev libqrencode-dev python3
)
check=(
    libcmocka-dev clang valgrind age libfaketime python3-cryptography python3-lmdb tcpdump keyutils lmdb-utils expect procps git
    openssl python3-jsonschema
    'libclang-rt-14-dev|libclang-rt-19-dev'
)

# npm comes with Node.js where that is not Debian's own, under no package of its name.
command -v npm >/dev/null || check+=(npm)

# Older ones have published holes: libevent 2026-63379 to 63388, and the OpenSSL fixes up to 3.0.22.
# "codename -dev package, the package of the running code, oldest version"; a -dev package brings its runtime along.
oldest() {
    sed -n "s/^$1 //p" <<'TABLE'
bookworm libevent-dev libevent-core-2.1-7 2.1.12-stable-8+deb12u1
bookworm libevent-dev libevent-openssl-2.1-7 2.1.12-stable-8+deb12u1
bookworm libssl-dev libssl3 3.0.22-1~deb12u2
trixie libevent-dev libevent-core-2.1-7t64 2.1.13-stable-1~deb13u1
trixie libevent-dev libevent-openssl-2.1-7t64 2.1.13-stable-1~deb13u1
trixie libssl-dev libssl3t64 3.5.7-1~deb13u3
TABLE
}

# For systems without apt: what pkg-config should know, and what only the linker does.
modules=(libevent_core libevent_openssl libcrypto libssl jansson libedit libkeyutils libqrencode)
linked=(lmdb inih unistring)

codename=$(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${VERSION_CODENAME:-}") || codename=

declare -A have # package -> version, of those that are installed
look() { # NEED...
    local name status version
    have=()
    while read -r name status version; do
        case $status in ii | hi) have[$name]=$version ;; esac
    done < <(dpkg-query -W -f='${Package} ${db:Status-Abbrev} ${Version}\n' ${*//|/ } \
        $(oldest "$codename" | cut -d ' ' -f 2) 2>/dev/null)
}

missing() { # NEED...: prints the needs of which no name is installed, and what is too old
    local need name found dev run min
    look "$@"
    for need in "$@"; do
        found=
        for name in ${need//|/ }; do found+=${have[$name]:-}; done
        [ -n "$found" ] || echo "$need"
    done
    while read -r dev run min; do
        if [ -n "${have[$run]:-}" ] && dpkg --compare-versions "${have[$run]}" lt "$min"; then echo "$dev"; fi
    done < <(oldest "$codename")
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt() { # quiet unless it fails
    local log
    if ! log=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>&1); then
        echo "$log" >&2
        return 1
    fi
}

with_apt() { # NEED...
    local need name names=()
    mapfile -t needs < <(missing "$@" | sort -u)
    [ ${#needs[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "Needed: ${needs[*]//|/ or }" >&2
        echo "Installing them takes root, and there is no sudo here. As root, run: tests/setup.sh $mode" >&2
        return 1
    fi
    echo "Looking for packages (apt-get update)"
    apt update
    for need in "${needs[@]}"; do
        for name in ${need//|/ }; do
            if apt-cache show "$name" >/dev/null 2>&1; then break; fi
        done
        names+=("$name")
    done
    echo "Installing: ${names[*]}"
    apt install -y --no-install-recommends "${names[@]}"
    mapfile -t needs < <(missing "$@" | sort -u)
    [ ${#needs[@]} -eq 0 ] || echo "Still missing, or older than it should be: ${needs[*]}" >&2
}

without_apt() {
    local lacking=() it
    for it in "${modules[@]}"; do pkg-config --exists "$it" 2>/dev/null || lacking+=("$it"); done
    pkg-config --exists msgpack 2>/dev/null || pkg-config --exists msgpack-c 2>/dev/null || lacking+=(msgpack-c)
    for it in "${linked[@]}"; do
        echo 'int main(void) { return 0; }' | ${CC:-cc} -x c -o /dev/null - "-l$it" 2>/dev/null || lacking+=("$it")
    done
    [ ${#lacking[@]} -gt 0 ] || return 0
    echo "This is not a Debian system, so nothing was installed. The build needs a C11 compiler, GNU make, pkg-config and:" >&2
    echo "  ${modules[*]} msgpack-c ${linked[*]}" >&2
    echo "Not found: ${lacking[*]}" >&2
    return 1
}

mode=${1:-}
case $mode in
build) needs=("${build[@]}") ;;
check) needs=("${build[@]}" "${check[@]}") ;;
versions)
    oldest "$codename" | while read -r _ run min; do echo "$run $min"; done
    exit 0
    ;;
*)
    echo "usage: tests/setup.sh build|check|versions" >&2
    exit 2
    ;;
esac
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    with_apt "${needs[@]}"
else
    without_apt
fi
