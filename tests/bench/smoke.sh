#!/usr/bin/env bash
# Goal: the benchmark runs, every push is acknowledged, and a new cursor pulls all of 10,000 records.
. "${0%/*}/../e2e/lib.sh"
export TMPDIR=$T
ok "the benchmark runs" "$ROOT/tests/bench/run" "$BUILD" 0.2
like "256 connections were served" "$OUT" "256 connections +[0-9]+ pushes/s"
like "all records were pulled" "$OUT" "pulls 1[0-9]{4} records"
finish
