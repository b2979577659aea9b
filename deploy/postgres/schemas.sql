-- One schema for each service in the current database, owned by the role of the same name; no role reaches another's.
DO $schemas$
DECLARE
    services constant text[] := ARRAY['intel', 'tasking', 'safeguarding', 'notify'];
    service text;
    other text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('nclcc schemas'));
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    FOREACH service IN ARRAY services LOOP
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service);
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service);
        EXECUTE format('REVOKE ALL ON SCHEMA public FROM %I', service);
        FOREACH other IN ARRAY array_remove(services, service) LOOP
            EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', service, other);
        END LOOP;
        -- TEMPORARY: bulk loads go through temporary tables.
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), service);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', service, current_database(), service);
    END LOOP;
END
$schemas$;
