#!/bin/sh
# What a service's container runs: api | worker | migrate | healthy [path].
set -eu

serve() {
    exec uvicorn "services.$SERVICE.main:create_$1" --factory --host 0.0.0.0 --port "$QMI_PORT" \
        --no-access-log --no-server-header --no-proxy-headers --log-level warning --timeout-graceful-shutdown 30
}

case "${1:-api}" in
    api | worker) serve "$1" ;;
    migrate) exec python -m shared.kit.migrate "$SERVICE" ;;
    healthy) exec python -c 'import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=2.5)' \
        "http://127.0.0.1:$QMI_PORT${2:-/livez}" ;;
    *) exec "$@" ;;
esac
