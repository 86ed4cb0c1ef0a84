#!/usr/bin/env bash
# run.sh -- the browser test: fetches its one package when it is missing, then plays the whole loop and the other screens by mouse.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f tests/browser/node_modules/.stamp ] || [ tests/browser/package-lock.json -nt tests/browser/node_modules/.stamp ]; then
	(cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
	touch tests/browser/node_modules/.stamp
fi
code=0
node tests/browser/loop.mjs || code=1
node tests/browser/screens.mjs || code=1
exit $code
