#!/bin/sh
# Is the newest backup good for anything? Restores it into a database of its own, tries it, and drops that database.
# Usage: drill.sh /var/backups/bazargah [KEY-FILE]      (a monthly timer, on another machine than the site's)
# PostgreSQL: PGUSER and PGHOST as for createdb. SQLite needs nothing.
set -eu
newest=$(find "$1" -mindepth 2 -maxdepth 2 -name manifest.json -printf '%h\n' | sort | tail -n 1)
[ -n "$newest" ] || { echo "there is no backup under $1" >&2; exit 1; }
set -- ${2:+--key-file "$2"}
if ls "$newest"/database.dump* >/dev/null 2>&1; then
    name=bazargah_drill_$$
    createdb --template=template0 "$name"
    trap 'dropdb --force "$name"' EXIT
    set -- "$@" --database "${DRILL_URL:-postgresql:///}$name"
fi
bazargah drill --from "$newest" "$@"
