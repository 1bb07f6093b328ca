#!/usr/bin/env bash
# Makes the cluster on first start from POSTGRES_USER, POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) and POSTGRES_DB, then serves.
set -euo pipefail

first_start() {
    local user=${POSTGRES_USER:-postgres} secret
    local database=${POSTGRES_DB:-$user}
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE"); fi
    [ -n "${POSTGRES_PASSWORD:-}" ] || { echo 'POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must be set' >&2; exit 1; }
    secret=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$secret"
    initdb --username="$user" --pwfile="$secret" --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256
    rm -f "$secret"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    if [ "$database" != postgres ]; then
        pg_ctl -w start -o "-c listen_addresses=''" >/dev/null
        createdb --username="$user" --maintenance-db=postgres --owner="$user" "$database"
        pg_ctl -w -m fast stop >/dev/null
    fi
}

[ "${1#-}" = "${1:-}" ] || set -- postgres "$@"
if [ "${1:-}" = postgres ]; then
    [ -s "$PGDATA/PG_VERSION" ] || first_start
    unset POSTGRES_PASSWORD
    shift
    set -- postgres -c listen_addresses='*' "$@"
fi
exec "$@"
