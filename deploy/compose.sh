#!/usr/bin/env bash
# Compose with what docker-compose.yml needs: secrets, and base images that can be had. Usage: deploy/compose.sh <compose command>…
# `up` also waits until everything is healthy and writes the addresses to var/compose.json (`make demo STACK=var/compose.json`).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
services=(candidature selection experiments notifications)
patience=${QMI_UP_PATIENCE:-240}
say() { printf 'compose: %s\n' "$*" >&2; }

# .env speaks where the environment is silent, as for compose itself.
if [ -f .env ]; then
    while IFS='=' read -r name value; do
        case "$name" in '' | \#*) ;; *) [ -n "${!name+set}" ] || export "$name=$value" ;; esac
    done <.env
fi
export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-qmi}

if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
elif command -v docker-compose >/dev/null; then
    compose=(docker-compose)
else
    say 'neither `docker compose` nor `docker-compose` was found'
    exit 1
fi

is_here() { docker image inspect "$1" >/dev/null 2>&1; }
can_be_had() { is_here "$1" || docker pull --quiet "$1" >/dev/null 2>&1; }

# The image already named, else the official one if it is here, else ours, else the official one pulled, else ours built.
choose() { # variable, official image, our stand-in, its name for build.sh
    [ -z "${!1:-}" ] || return 0
    if is_here "$2" || { ! is_here "$3" && can_be_had "$2"; }; then
        export "$1=$2"
    else
        is_here "$3" || deploy/images/build.sh "$4"
        export "$1=$3"
    fi
    say "$1=${!1}"
}

choose_all() {
    choose PYTHON_IMAGE python:3.11-slim qmi/python:3.11 python
    choose QMI_POSTGRES_IMAGE postgres:15 qmi/postgres:15 postgres
    choose QMI_KAFKA_IMAGE apache/kafka:4.3.1 qmi/kafka:4.3 kafka
    if [ -z "${COMPOSE_PROFILES+set}" ]; then
        if can_be_had "${QMI_MAILPIT_IMAGE:-axllent/mailpit:v1.27}"; then
            export COMPOSE_PROFILES=mail
        else
            say 'Mailpit cannot be pulled and is left out: mails wait in the notifications service (QMI_SMTP names another server)'
        fi
    fi
}

states() { # one line per container: name, state, health, exit code
    docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" | xargs -r docker inspect --format \
        '{{ index .Config.Labels "com.docker.compose.service" }} {{ .State.Status }} {{ if .State.Health }}{{ .State.Health.Status }}{{ else }}-{{ end }} {{ .State.ExitCode }}'
}

explain() { # the last words of what did not end well
    local name
    for name in $(docker ps --all --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Names}}'); do
        case $(docker inspect --format '{{ .State.Status }} {{ .State.ExitCode }}' "$name") in
            'exited 0') ;;
            exited*) say "$name did not end well:"; docker logs --tail 5 "$name" >&2 ;;
        esac
    done
    return 1
}

wait_until_healthy() {
    local end=$((SECONDS + patience)) now waited
    while :; do
        now=$(states)
        ! grep -qE '^\S+ exited \S+ [1-9]' <<<"$now" || return 1
        waited=$(awk '$2 == "exited" { next } $2 != "running" || ($3 != "healthy" && $3 != "-") { print $1 }' <<<"$now")
        [ -z "$waited" ] && { say "all healthy ($(wc -l <<<"$now") containers)"; return 0; }
        [ $SECONDS -lt $end ] || { say "not healthy after $patience s: ${waited//$'\n'/ }"; return 1; }
        sleep 1
    done
}

describe() {
    local port=8101 apis='' service variable
    for service in "${services[@]}"; do
        variable=QMI_${service^^}_PORT
        apis+="${apis:+, }\"$service\": \"http://127.0.0.1:${!variable:-$port}\""
        port=$((port + 1))
    done
    local password mails=''
    password=$(<var/secrets/compose/postgres)
    [ "${COMPOSE_PROFILES:-}" = mail ] && mails="http://127.0.0.1:${QMI_MAIL_PORT:-8025}"
    (
        umask 077
        cat >var/compose.json <<JSON
{
  "kafka": "127.0.0.1:${QMI_KAFKA_PORT:-9092}",
  "database": "postgresql://postgres:$password@127.0.0.1:${QMI_POSTGRES_PORT:-5433}/qmi",
  "apis": {$apis},
  "issuer": "http://127.0.0.1:${QMI_ISSUER_PORT:-8100}/dev-issuer",
  "mails": "$mails"
}
JSON
    )
    say 'addresses in var/compose.json'
}

deploy/secrets.sh
case "${1:-}" in
    up)
        choose_all
        shift
        [ $# -gt 0 ] || set -- --build --detach
        { "${compose[@]}" up "$@" && wait_until_healthy; } || explain
        describe
        ;;
    build | run | create)
        choose_all
        exec "${compose[@]}" "$@"
        ;;
    *) exec "${compose[@]}" "$@" ;;
esac
