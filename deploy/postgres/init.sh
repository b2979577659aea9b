#!/usr/bin/env bash
# Creates the services' roles and schemas in a fresh PostgreSQL; the official image runs it once, at its first start.
# Mount it in /docker-entrypoint-initdb.d and its directory as /etc/nclcc/postgres (or name that in NCLCC_SQL_DIR).
# Wants NCLCC_DATABASE_PASSWORD_<SERVICE> for each service; none has a default.
set -euo pipefail

sql_dir="${NCLCC_SQL_DIR:-/etc/nclcc/postgres}"
for service in INTEL TASKING SAFEGUARDING NOTIFY; do
    name="NCLCC_DATABASE_PASSWORD_${service}"
    [[ -n "${!name:-}" ]] || { echo "${name} is not set" >&2; exit 1; }
done

psql -X --quiet -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-nclcc}" <<SQL
\\o /dev/null
\\getenv intel NCLCC_DATABASE_PASSWORD_INTEL
\\getenv tasking NCLCC_DATABASE_PASSWORD_TASKING
\\getenv safeguarding NCLCC_DATABASE_PASSWORD_SAFEGUARDING
\\getenv notify NCLCC_DATABASE_PASSWORD_NOTIFY
SELECT set_config('nclcc.password_intel', :'intel', false),
       set_config('nclcc.password_tasking', :'tasking', false),
       set_config('nclcc.password_safeguarding', :'safeguarding', false),
       set_config('nclcc.password_notify', :'notify', false);
\\i ${sql_dir}/roles.sql
\\i ${sql_dir}/schemas.sql
SQL
