#!/usr/bin/env bash
# Makes the secrets docker-compose.yml needs, once, under var/secrets/compose: passwords, and the addresses that hold them.
# The folder is closed to other accounts; the files are not, because in a container they are read by one without privileges.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=var/secrets/compose
services=(candidature selection experiments notifications)

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
keep() { # name, content: an existing secret is never replaced
    [ -s "$folder/$1" ] && return
    printf '%s\n' "$2" >"$folder/.$1.new"
    chmod 0444 "$folder/.$1.new"
    mv "$folder/.$1.new" "$folder/$1"
}
address() { printf 'postgresql://%s:%s@postgres:5432/qmi' "$1" "$(<"$folder/$2")"; }

umask 077
mkdir -p "$folder"
chmod 0700 var/secrets "$folder"
keep postgres "$(random)"
keep admin_database_url "$(address postgres postgres)"
for role in owner "${services[@]}"; do
    keep "password_$role" "$(random)"
    keep "database_url_$role" "$(address "qmi_$role" "password_$role")"
done
keep cursor_key "$(random)"
keep audit_key "$(random)"
