#!/usr/bin/env bash
# tests/setup.sh, with a made-up dpkg, apt and sudo around it: what it installs, what it says, when it keeps quiet.
set -u
cd "${0%/*}/../.." || exit 1
command -v dpkg >/dev/null || { echo 'ok 1 - set-up # SKIP it takes dpkg to compare versions' && echo 1..1; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
mkdir "$T/bin" "$T/bare"
export T
n=0

check() { # DESC CONDITION...: CONDITION is a command
    local desc=$1
    shift
    n=$((n + 1))
    if "$@"; then
        echo "ok $n - $desc"
    else
        echo "not ok $n - $desc"
        { echo "exit code $code"; cat "$T/out" "$T/done"; } | sed 's/^/#   /'
    fi
}
tool() { cat >"$T/bin/$1" && chmod +x "$T/bin/$1"; }
# What is installed is $T/db, "PACKAGE VERSION"; what can be had, $T/archive; what was done, $T/done.
tool dpkg-query <<'STUB'
#!/bin/bash
for name; do
    case $name in -*) ;; *) sed -n "s/^$name /$name ii /p" "$T/db" ;; esac
done
STUB
tool apt-cache <<'STUB'
#!/bin/bash
grep -q "^$2 " "$T/archive"
STUB
tool apt-get <<'STUB'
#!/bin/bash
echo "apt-get $*" >>"$T/done"
case " $* " in *' install '*) ;; *) exit 0 ;; esac
if [ -e "$T/broken" ]; then echo 'E: no space'; exit 100; fi
for name; do
    case $name in *-dev) runtime=$(sed -n "s/^$name .* brings //p" "$T/archive") ;; *) runtime= ;; esac
    for it in "$name" $runtime; do
        version=$(sed -n "s/^$it \([^ ]*\).*/\1/p" "$T/archive")
        [ -z "$version" ] || { sed -i "/^$it /d" "$T/db"; echo "$it $version" >>"$T/db"; }
    done
done
STUB
tool sudo <<'STUB'
#!/bin/bash
echo "sudo $1" >>"$T/done"
exec "$@"
STUB
tool id <<'STUB'
#!/bin/bash
cat "$T/uid"
STUB
for it in bash cat sed grep sort head env dpkg id echo mktemp; do ln -s "$(command -v $it)" "$T/bare/$it"; done

needs=$(sed -n '/^build=(/,/^)/p; /^check=(/,/^)/p' tests/setup.sh | grep -v '[()=]' | tr -d "'")
printf 'ID=debian\nVERSION_CODENAME=bookworm\n' >"$T/os"
everything() { # a machine with all of it, as in Debian 12
    for it in $needs; do echo "${it%%|*} 9"; done >"$T/archive"
    sed -i '/^libevent-dev \|^libssl-dev /d' "$T/archive"
    cat >>"$T/archive" <<'ARCHIVE'
libevent-dev 2.1.12-stable-8+deb12u1 brings libevent-core-2.1-7 libevent-openssl-2.1-7
libevent-core-2.1-7 2.1.12-stable-8+deb12u1
libevent-openssl-2.1-7 2.1.12-stable-8+deb12u1
libssl-dev 3.0.22-1~deb12u2 brings libssl3
libssl3 3.0.22-1~deb12u2
ARCHIVE
    sed 's/ brings .*//' "$T/archive" >"$T/db"
    echo 0 >"$T/uid"
    rm -f "$T/broken"
}
setup() {
    : >"$T/done"
    OS_RELEASE=$T/os PATH=${path:-$T/bin:$PATH} bash tests/setup.sh "$@" >"$T/out" 2>&1 </dev/null
    code=$?
}
said() { grep -qF -- "$1" "$T/out"; }
did() { grep -qF -- "$1" "$T/done"; }
quiet() { [ $code -eq 0 ] && [ ! -s "$T/out" ] && [ ! -s "$T/done" ]; }
failed() { [ $code -ne 0 ]; }
never() { ! "$@"; }

everything && setup check
check 'all is there: nothing is said or done' quiet

everything && sed -i '/^valgrind /d' "$T/db" && setup check
check 'a missing package is named' said 'Installing: valgrind'
check 'and installed' did 'install -y --no-install-recommends valgrind'
check 'after one update' [ "$(grep -c ' update$' "$T/done")" = 1 ]
check 'as root without sudo' never did sudo
setup check
check 'and then there is nothing left to do' quiet

everything && sed -i '/^valgrind /d' "$T/db" && setup build
check 'building alone does not need the tools of the tests' quiet

everything && sed -i '/^libmsgpack-dev /d' "$T/db" && echo 'libmsgpack-c-dev 6' >>"$T/db" && setup check
check 'the name of Debian 13 is as good' quiet
everything && sed -i 's/^libmsgpack-dev /libmsgpack-c-dev /' "$T/archive" && sed -i '/^libmsgpack-dev /d' "$T/db" && setup check
check 'of two names the one that can be had is installed' did 'recommends libmsgpack-c-dev'

everything && sed -i '/^libevent-core/s/+deb12u1//' "$T/db" && setup check
check 'an old libevent is replaced' did 'recommends libevent-dev'
setup check
check 'and is new afterwards' quiet
everything && sed -i '/^libssl3 /s/22/19/' "$T/db" && setup build
check 'an old OpenSSL is replaced' did 'recommends libssl-dev'
everything && sed -i '/^libssl3 /s/22/19/' "$T/db" "$T/archive" && setup build
check 'when there is no newer one, it says so' said 'older than it should be: libssl-dev'

everything && sed -i '/^expect /d' "$T/db" && echo 1000 >"$T/uid" && setup check
check 'a user installs through sudo' did 'sudo env'
mv "$T/bin/sudo" "$T/sudo" && sed -i '/^expect /d' "$T/db" && path=$T/bin:$T/bare setup check
check 'without sudo it says what to do' said 'As root, run: tests/setup.sh check'
check 'and fails' failed
check 'and touches nothing' [ ! -s "$T/done" ]
mv "$T/sudo" "$T/bin/sudo"

everything && sed -i '/^expect /d' "$T/db" && touch "$T/broken" && setup check
check 'what apt-get said is shown when it fails' said 'E: no space'
check 'and setup fails' failed

rm "$T/bin/apt-get" && path=$T/bin:$T/bare setup build
check 'elsewhere the libraries are named' said 'libevent_core'
check 'and missing ones stop it' failed
path=''
setup nonsense
check 'an unknown mode is refused' [ $code -eq 2 ]
echo "1..$n"
