#!/bin/sh
# tools/list.sh FOLDER PATTERN -- the files of a folder, sorted; nothing when there are none.
cd "${MESON_SOURCE_ROOT:-.}" || exit 1
find "$1" -maxdepth 1 -name "$2" 2>/dev/null | LC_ALL=C sort
