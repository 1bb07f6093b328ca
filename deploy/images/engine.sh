#!/usr/bin/env bash
# Makes a Docker engine answer: says so if one does, otherwise installs it from OS packages and starts it. Safe to repeat.
set -euo pipefail

log=${QMI_DOCKERD_LOG:-/var/log/qmi-dockerd.log}
pid_file=${QMI_DOCKERD_PID:-/var/run/qmi-dockerd.pid}

say() { printf 'engine: %s\n' "$*" >&2; }
answers() { command -v docker >/dev/null && docker version >/dev/null 2>&1; }

install_missing() {
    local missing=()
    command -v dockerd >/dev/null || missing+=(docker.io)
    command -v debootstrap >/dev/null || missing+=(debootstrap debian-archive-keyring)
    command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1 || missing+=(docker-compose)
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || { say "no apt-get here: install Docker by hand (${missing[*]})"; exit 1; }
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >&2
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
}

if answers; then
    say "answers (server $(docker version --format '{{.Server.Version}}'))"
    exit 0
fi
if [ -n "${DOCKER_HOST:-}" ]; then
    say "DOCKER_HOST is $DOCKER_HOST and nothing answers there"
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    say "no Docker engine answers, and installing or starting one needs root: run this as root, or start Docker yourself"
    exit 1
fi

install_missing
say "starting dockerd (log: $log)"
# Detached, with its own files: whoever called this script must not wait for the engine's output to close.
# Without its userland proxy, which would stand between every test and its server: a round trip costs half as much again.
setsid dockerd --userland-proxy=false --pidfile "$pid_file" </dev/null >"$log" 2>&1 &
started=$!
for _ in $(seq 120); do
    answers && { say "answers (server $(docker version --format '{{.Server.Version}}'))"; exit 0; }
    kill -0 "$started" 2>/dev/null || break
    sleep 0.5
done
say "dockerd did not come up; its last words:"
tail -n 15 "$log" >&2
exit 1
