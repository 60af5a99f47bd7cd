#!/bin/sh
# Puts a release into service without turning anybody away: expand the database, then one server after the other.
# Usage: release.sh /opt/bazargah/releases/NAME   (unpacked there, with its .venv made)
# The old code runs beside the new for as long as this takes, so a release only adds to the database; what it no longer
# uses goes with a later release (docs/guide/operator.md).
set -eu
release=$1
ports=${PORTS:-"8000 8001"}
workers=${WORKERS:-"1 2"}
environment=${ENVIRONMENT:-/etc/bazargah/environment}
owner=${OWNER_ENVIRONMENT:-/etc/bazargah/owner-environment}
place=${PLACE:-/opt/bazargah}

"$release/.venv/bin/bazargah" --help >/dev/null
# As bazargah_owner, straight to the database: PgBouncer's time-outs and roles are not for migrations. With the services'
# own settings before: a migration that seals fields must do it with their keys.
( set -a; if [ -e "$environment" ]; then . "$environment"; fi; . "$owner"; set +a
  "$release/.venv/bin/bazargah" db upgrade
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --file="$release/deploy/postgresql/rights.sql" "$DATABASE_URL" )

ln -sfn "$release" "$place/next"
mv -T "$place/next" "$place/current"
for port in $ports; do
    systemctl restart "bazargah-web@$port"
    tries=0
    # Nobody answers here before the new server has made its main pages: it is sent visitors when it is warm.
    until curl --fail --silent --output /dev/null "http://127.0.0.1:$port/readyz"; do
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || { echo "port $port is not ready; the others still serve" >&2; exit 1; }
        sleep 0.5
    done
    sleep "${REST_SECONDS:-3}"  # nginx believes for fail_timeout (2 s) that it is gone: until then nobody else may go
done
for worker in $workers; do systemctl restart "bazargah-worker@$worker"; done
