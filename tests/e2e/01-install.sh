#!/usr/bin/env bash
# Goal: what `make install` puts somewhere runs from there, and is all that belongs there.
. "${0%/*}/lib.sh"

BUILT=${BUILD#"$PWD/"}
VARIANT=${BUILT#build/}
ok 'make install works' make -s -C "$ROOT" install VARIANT="$VARIANT" DESTDIR="$T/root" PREFIX=/opt/kap
for program in bin/kap sbin/kapd sbin/kapctl; do
    ok "$program runs" "$T/root/opt/kap/$program" --help
    is "$program is for everybody to run, for root to change" "$(stat -c %a "$T/root/opt/kap/$program")" 755
done
is 'nothing is put outside the prefix' "$(ls "$T/root")" opt
want=$(cd "$ROOT" && for page in docs/man/*.[1-8]; do [ ! -e "$page" ] || echo "man${page##*.}/${page##*/}"; done | sort)
is 'every man page is there' "$(cd "$T/root/opt/kap/share/man" 2>/dev/null && ls -d man*/* | sort)" "$want"
want=$(cd "$ROOT" && for unit in systemd/*.{service,socket,timer}; do [ ! -e "$unit" ] || echo "${unit##*/}"; done | sort)
is 'every unit is there' "$(ls "$T/root/opt/kap/lib/systemd/system" 2>/dev/null)" "$want"
is 'the default prefix is /usr/local' \
    "$(make -s -n -C "$ROOT" install VARIANT="$VARIANT" DESTDIR=/D | sed -n 's/.* \(\/D.*\/bin\)\/$/\1/p')" /D/usr/local/bin
finish
