#!/usr/bin/env bash
# Goal: with nothing but the paper a person comes back on a new machine: the history opens, other devices are put out
# unless kept, a new epoch and a new paper begin, the old paper is over. And the paper can be tested, and the passphrase
# changed.
. "${0%/*}/lib.sh"

clinic_new
kapd_start
# maria's first device, with the code she wrote down
printf '%s\n%s\n' "$PASSPHRASE" "$PASSPHRASE" >"$T/.passphrase"
maria() { KAP_HOME=$T/$1 kap --passphrase-fd 9 "${@:2}" 9<"$T/.passphrase"; }
paper_of() { sed -n 's/.*"recovery-code": *"\([0-9A-Z-]*\)".*/\1/p' <<<"$1" | tail -1; }
ok "joining shows a recovery code" maria maria --json join "$(at "$FOUNDING")" --name 'Maria Ortiz' --kdf-cost 16
PAPER=$(paper_of "$OUT")
like "of six groups" "$PAPER" '^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$'
if by maria unlock --minutes 60 >/dev/null 2>&1; then : >"$T/.unlocked.maria"; fi
by maria write --file "$(text first 'The first winter here')" >/dev/null
sync maria

# --- the paper ---
typed() { printf '%s\n' "$1" | by "${2:-maria}" recovery test; }
ok "the right code is found right" typed "$PAPER"
ok "with the address, too" typed "$(at "$PAPER")"
like "the day is remembered" "$(by maria device list)" 'last tested'
fails "a mistyped one is not compared" 3 typed "${PAPER%?}$([ "${PAPER: -1}" = 0 ] && echo 1 || echo 0)"
like "and says so" "$ERR" 'mistyped'
fails "another code's kind is told" 3 typed "${FOUNDING}"

# --- coming back ---
ok "the paper brings maria back" maria back --json recover "$(at "$PAPER")" --device-name laptop --kdf-cost 16
NEW=$(paper_of "$OUT")
unlike "with another paper" "$NEW" "^$PAPER\$"
like "the old device was put out" "$OUT" '"review": *"is put out"'
if by back unlock --minutes 60 >/dev/null 2>&1; then : >"$T/.unlocked.back"; fi
like "the history opens" "$(by back read 1 2>&1)" 'first winter'
like "the clinic is told by where it is" "$(by back status 2>&1)" 'Clinic +the clinic at localhost'
like "the name came back" "$(by back team 2>&1)" 'you'
fails "the old device is refused" 7 by maria sync
fails "the old paper is over" 4 maria again recover "$(at "$PAPER")" --kdf-cost 16
fails "and no longer the right one" 6 typed "$PAPER" back
ok "the new one is" typed "$NEW" back
ok "the new paper works" maria third --json recover "$(at "$NEW")" --kdf-cost 16 --device-name tablet --keep laptop
like "the kept one stays" "$OUT" '"review": *"stays"'
ok "and goes on" by back sync

# --- the passphrase ---
change() { KAP_HOME=$T/third kap passphrase --kdf-cost 16 --passphrase-fd 8 8<<<"$1"; }
with() { KAP_HOME=$T/third kap list --passphrase-fd 8 8<<<"$1"; }
by third lock --keep-screen >/dev/null 2>&1
fails "a wrong passphrase changes nothing" 5 change $'wrong horse battery staple\nanother horse altogether'
fails "nor does a short new one" 3 change "$PASSPHRASE"$'\nshort'
ok "it opens with the old one" with "$PASSPHRASE"
ok "the passphrase is changed" change "$PASSPHRASE"$'\nanother horse altogether'
ok "it opens with the new one" with 'another horse altogether'
fails "and not with the old one" 5 with "$PASSPHRASE"

# --- another paper without a loss ---
ok "a new paper is made" by back --json --yes recovery new
NEWER=$(paper_of "$OUT")
fails "the one before is over" 6 typed "$NEW" back
ok "the new one is right" typed "$NEWER" back
fails "nobody answers for a code that is none of this clinic's" 3 maria again recover "$(at "${NEW/0/1}X")"

kapd_stop
finish
