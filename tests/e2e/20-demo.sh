#!/usr/bin/env bash
# Goal: the demonstration that `make demo` plays runs to its end: the main job with real processes, a SIGKILL in the
# middle of a push, and a search of store, log and wire that finds nothing.
. "${0%/*}/lib.sh"

ok "the demonstration plays to its end" bash "$ROOT/tests/demo/demo.sh" "$BUILD"
like "it says so" "$OUT" "That is the main job"
like "nothing was found" "$OUT" "files searched: nothing found"

# the control: a server that keeps a text in the open is found out by the same search
printf 'a secret sentence\n' >"$T/texts"
mkdir "$T/leaky" && printf 'x\0a secret sentence\0' >"$T/leaky/data.mdb"
fails "a text in the open is found" 1 "$ROOT/tests/demo/search.py" "$T/texts" "$T/leaky"
printf 'x%sx' "$(printf 'a secret sentence' | base64)" >"$T/leaky/data.mdb"
fails "also as base64" 1 "$ROOT/tests/demo/search.py" "$T/texts" "$T/leaky"
finish
