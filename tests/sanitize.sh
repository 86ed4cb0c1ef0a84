#!/usr/bin/env bash
# sanitize.sh -- the unit tests, the plays and the whole loop with AddressSanitizer, UndefinedBehaviorSanitizer and the leak checker.
# Prints "ok"/"not ok" lines. Any report a sanitizer writes is a failed check, also one written while a server ends.
# Leaks: tests/sanitize.supp names the one-time allocations of libraries that are not freed by design; nothing of ours is in it.
set -u
cd "$(dirname "$0")/.."
. tests/lib.sh
: "${SANSHE_TEST_OUT:=$PWD/out/test}" "${SANSHE_DEMO_PASSWORD:=test-Passw0rd-79}"
: "${SANSHE_KEY:=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff}"
build=${SANSHE_ASAN_BUILD:-$PWD/build-asan}
reports=$SANSHE_TEST_OUT/sanitizers
rm -rf "$reports"
mkdir -p "$reports"
export SANSHE_TEST_OUT SANSHE_DEMO_PASSWORD SANSHE_KEY
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:allocator_may_return_null=1:log_path=$reports/report"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:log_path=$reports/report"
export LSAN_OPTIONS="suppressions=$PWD/tests/sanitize.supp:print_suppressions=0"

# What the sanitizers wrote since the last call, as one failed check.
reported() {
	local f n=0
	for f in "$reports"/report.*; do
		[ -s "$f" ] || continue
		n=$((n + 1))
		echo "not ok sanitizers: $1: $(grep -m1 -E 'ERROR|runtime error' "$f" | cut -c1-160)"
		grep -E '^ +#[0-9]' "$f" | head -n 12 | sed 's/^/#  /'
		mv "$f" "$reports/seen.${f##*.}.$RANDOM"
	done
	[ $n -gt 0 ] || echo "ok sanitizers: $1: nothing reported"
}
build_it() {
	local compiler=${CC:-gcc}
	command -v clang >/dev/null && compiler=clang
	if [ ! -f "$build/build.ninja" ]; then
		CC=$compiler meson setup "$build" . --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false || return 1
	fi
	ninja -C "$build"
}
unit() {
	local t name pg=(env -u SANSHE_TEST_PG)
	[ -z "${SANSHE_TEST_PG_UNIT:-}" ] || pg=(env "SANSHE_TEST_PG=$SANSHE_TEST_PG_UNIT")
	for t in "$build"/test_*; do
		[ -x "$t" ] && [ -f "$t" ] || continue
		name=$(basename "$t")
		[ -z "${SANSHE_TEST_PG_UNIT:-}" ] || PGURL_BASE=$SANSHE_TEST_PG pg_fresh unit
		if "${pg[@]}" timeout 900 "$t" >"$reports/$name.txt" 2>&1; then
			echo "ok sanitizers: $name"
		else
			echo "not ok sanitizers: $name ended with $?"
			grep -E 'FAILED|ERROR|Error' "$reports/$name.txt" | head -n 10 | sed 's/^/#  /'
		fi
	done
	reported "unit tests"
}
template() {
	[ -f "$SANSHE_TEST_OUT/template.db" ] && return 0
	"$build/sanshe" demo --db "sqlite:$SANSHE_TEST_OUT/template.db" --data data/scenario >"$reports/demo.txt" 2>&1 || return 1
	sqlite3 "$SANSHE_TEST_OUT/template.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
}
play() { # name, command …
	local name=$1
	shift
	SANSHE_TEST_STORE=sqlite SANSHE_BIN=$build/sanshe timeout 1800 "$@" 2>&1 | sed -E 's/^(ok|not ok) /\1 sanitizers: /'
	reported "$name"
}

build_it >"$reports/build.txt" 2>&1 || { tail -n 40 "$reports/build.txt" | sed 's/^/#  /'; echo "not ok sanitizers: build"; exit 1; }
echo "ok sanitizers: builds"
unit
template || { sed 's/^/#  /' "$reports/demo.txt"; echo "not ok sanitizers: demonstration data"; exit 1; }
play scenarios node tests/node/scenario.mjs
play flows node tests/flows/loop.test.mjs
play import node tests/import/dirty.test.mjs
play limits node tests/shake/limits.test.mjs
