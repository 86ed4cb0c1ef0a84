# lib.sh -- shared by ./test and its parts: a private PostgreSQL on a socket, started and stopped here.
pgbin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
as_pg() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
pg_start() { # folder -> PGURL_BASE (without database)
	PG_DIR=$1
	rm -rf "$PG_DIR"
	mkdir -p "$PG_DIR"
	[ "$(id -u)" -ne 0 ] || chown postgres "$PG_DIR"
	as_pg "$(pgbin)/initdb" -D "$PG_DIR/data" -A trust -U sanshe -E UTF8 --locale=C.UTF-8 >"$PG_DIR.log" 2>&1
	as_pg "$(pgbin)/pg_ctl" -D "$PG_DIR/data" -w -l "$PG_DIR/server.log" -o "-c listen_addresses='' -c unix_socket_directories='$PG_DIR' -c fsync=off -c max_connections=120 -c shared_buffers=64MB" start >>"$PG_DIR.log" 2>&1
	PGURL_BASE="postgresql://sanshe@/%s?host=$PG_DIR"
	export PGHOST=$PG_DIR PGUSER=sanshe
}
pg_url() { printf "$PGURL_BASE" "$1"; }
pg_stop() { [ -z "${PG_DIR:-}" ] || as_pg "$(pgbin)/pg_ctl" -D "$PG_DIR/data" -m immediate stop >/dev/null 2>&1 || true; PG_DIR=; }
# An empty database for one test program.
pg_fresh() { psql -XAtq -d "$(pg_url postgres)" -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" -c "CREATE DATABASE \"$1\"" 2>/dev/null; }
