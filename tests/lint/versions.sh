#!/usr/bin/env bash
# The libraries that face the network are no older than the oldest without known holes (tests/setup.sh has the table
# for Debian), and nowhere older than what the code is written for.
set -u
cd "${0%/*}/../.." || exit 1
n=0
report() { # CODE DESC
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
pkg=${PKG:-pkg-config}
$pkg --atleast-version=3.0 libcrypto
report $? "OpenSSL $($pkg --modversion libcrypto) is at least 3.0"
case $($pkg --modversion libevent_core) in
2.1.1[2-9]* | 2.[2-9]* | [3-9]*) report 0 'libevent is at least 2.1.12' ;;
*) report 1 'libevent is at least 2.1.12' ;;
esac
if command -v dpkg-query >/dev/null && [ -n "$(tests/setup.sh versions)" ]; then
    newer() { dpkg --compare-versions "$1" ge "$2"; }
    ! newer 2.1.12-stable-8 2.1.12-stable-8+deb12u1
    report $? 'control: an older version is refused'
    newer 3.0.22-1~deb12u3 3.0.22-1~deb12u2
    report $? 'control: a newer version passes'
    while read -r package oldest; do
        have=$(dpkg-query -W -f='${Version}' "$package" 2>/dev/null) && newer "$have" "$oldest"
        report $? "$package ${have:-(not installed)} is at least $oldest"
    done < <(tests/setup.sh versions)
else
    n=$((n + 1))
    echo "ok $n - security versions of packages # SKIP no table for this system"
fi
echo "1..$n"
