#!/usr/bin/env bash
# Builds qmi/python, qmi/postgres and qmi/kafka from OS packages and Maven artefacts, for places where no image can be pulled.
# Usage: build.sh [python|postgres|kafka]…   (all three by default). An image carries the hash of its recipe: what exists is left alone.
# DEBIAN_MIRROR names another mirror for debootstrap; QMI_REBUILD=1 builds again whatever exists.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=bookworm
base=qmi/debian:$suite
declare -A tags=([python]=qmi/python:3.11 [postgres]=qmi/postgres:15 [kafka]=qmi/kafka:4.3)
# The classic builder: what engines from OS packages have, and what docker-compose 1.29 uses.
export DOCKER_BUILDKIT=0

say() { printf 'images: %s\n' "$*" >&2; }
hash_of() { (cd "$here" && find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16); }
is_built() { [ "$(docker image inspect -f '{{ index .Config.Labels "qmi.recipe" }}' "$1" 2>/dev/null)" = "$2" ]; }
current() { [ -z "${QMI_REBUILD:-}" ] && is_built "$1" "$2"; }

need_tool() {
    command -v "$1" >/dev/null && return
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || { say "$1 is missing: install the package $2"; exit 1; }
    say "installing $2"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" </dev/null >&2
}

build_base() {
    local hash=$1 root=$scratch/root
    [ "$(id -u)" -eq 0 ] || { say "debootstrap needs root: run this as root, or set the image names to ones you have"; exit 1; }
    need_tool debootstrap debootstrap
    debootstrap --variant=minbase --include=ca-certificates $suite "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >&2
    # The host's sources bring its security updates; its certificates let package clients through its proxies.
    if [ -f /etc/apt/sources.list.d/debian.sources ] && grep -q $suite /etc/apt/sources.list.d/debian.sources; then
        cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
        rm -f "$root/etc/apt/sources.list"
    fi
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log
    tar -C "$root" -c . | docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        -c "LABEL qmi.recipe=$hash" - "$base" >&2
}

build_image() {
    local name=$1 hash=$2
    local context=$scratch/$name
    cp -r "$here/$name" "$context"
    if [ "$name" = kafka ]; then
        need_tool mvn maven
        mvn -B -q -f "$context/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$context/libs" </dev/null >&2
    fi
    docker build --quiet --label "qmi.recipe=$hash" --build-arg "BASE=$base" -t "${tags[$name]}" "$context" </dev/null >&2
}

build_if_changed() {
    local name=$1 hash
    hash=$(hash_of build.sh "$name")
    if current "${tags[$name]}" "$hash"; then say "${tags[$name]} is there"; return; fi
    say "building ${tags[$name]}"
    SECONDS=0
    build_image "$name" "$hash"
    say "${tags[$name]} built in ${SECONDS} s"
}

docker version >/dev/null 2>&1 || { say "no Docker engine answers: run engine.sh first"; exit 1; }
# Two runs at once would build everything twice.
exec 9>"${TMPDIR:-/tmp}/qmi-images.lock"
flock 9
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(python postgres kafka)
for name in "${wanted[@]}"; do
    [ -n "${tags[$name]:-}" ] || { say "unknown image: $name (known: ${!tags[*]})"; exit 2; }
done

base_hash=$(hash_of build.sh)
missing=()
for name in "${wanted[@]}"; do
    current "${tags[$name]}" "$(hash_of build.sh "$name")" || missing+=("$name")
done
if [ ${#missing[@]} -gt 0 ] && ! current "$base" "$base_hash"; then
    say "building $base"
    build_base "$base_hash"
fi
running=()
for name in "${wanted[@]}"; do
    (trap - EXIT; build_if_changed "$name") 9>&- &
    running+=($!)
done
status=0
for pid in "${running[@]}"; do wait "$pid" || status=1; done
exit $status
