#!/usr/bin/env bash
# run.sh -- the browser test: fetches its one package when it is missing, then plays the whole loop by mouse.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f tests/browser/node_modules/.stamp ] || [ tests/browser/package-lock.json -nt tests/browser/node_modules/.stamp ]; then
	(cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
	touch tests/browser/node_modules/.stamp
fi
exec node tests/browser/loop.mjs
