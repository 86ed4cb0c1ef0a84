#!/usr/bin/env bash
# long.sh -- what takes too long for every day: each fuzz target for SANSHE_FUZZ_SECONDS (60) over its corpus, and 200 kills on each store.
# Prints "ok"/"not ok" lines. What a fuzzer finds is left in $SANSHE_TEST_OUT/fuzz; what it learns does not change tests/fuzz/corpus.
set -u
cd "$(dirname "$0")/.."
: "${SANSHE_TEST_OUT:=$PWD/out/test}" "${SANSHE_FUZZ_SECONDS:=60}"
export SANSHE_TEST_OUT
build=${SANSHE_FUZZ_BUILD:-$PWD/build-fuzz}
out=$SANSHE_TEST_OUT/fuzz
mkdir -p "$out"

fuzz() {
	local t name kind code
	if ! command -v clang >/dev/null; then echo "not ok fuzz: clang is needed"; return; fi
	if [ ! -f "$build/build.ninja" ]; then
		CC=clang meson setup "$build" . --buildtype=debugoptimized -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false >"$out/build.txt" 2>&1
	fi
	if ! ninja -C "$build" $(for t in tests/fuzz/fuzz_*.c; do basename "$t" .c; done) >>"$out/build.txt" 2>&1; then
		tail -n 40 "$out/build.txt" | sed 's/^/#  /'
		echo "not ok fuzz: build"
		return
	fi
	for t in "$build"/fuzz_*; do
		[ -x "$t" ] && [ -f "$t" ] || continue
		name=$(basename "$t") kind=${name#fuzz_}
		mkdir -p "$out/$kind" "tests/fuzz/corpus/$kind"
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 timeout $((SANSHE_FUZZ_SECONDS + 120)) "$t" -max_total_time="$SANSHE_FUZZ_SECONDS" -timeout=10 \
			-rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$out/$kind-" "$out/$kind" "tests/fuzz/corpus/$kind" >"$out/$name.txt" 2>&1
		code=$?
		if [ $code -eq 0 ]; then
			echo "ok $name: $(sed -nE 's/^Done ([0-9]+) runs in ([0-9]+) second.*/\1 inputs in \2 s/p' "$out/$name.txt")"
		else
			echo "not ok $name ended with $code"
			grep -E 'ERROR|runtime error|Assertion|^ +#[0-9]+ .*/src/|Test unit written' "$out/$name.txt" | head -n 12 | sed 's/^/#  /'
		fi
	done
}
fuzz
SANSHE_KILLS=200 timeout 3600 node tests/shake/kill.test.mjs
