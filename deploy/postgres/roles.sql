-- One login role for each service. Cluster-wide; may be run again, and then sets the passwords anew.
-- The session holds the passwords as settings: nclcc.password_<service>.
DO $roles$
DECLARE
    service text;
    secret text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('nclcc roles'));
    FOREACH service IN ARRAY ARRAY['intel', 'tasking', 'safeguarding', 'notify'] LOOP
        secret := current_setting('nclcc.password_' || service, true);
        IF secret IS NULL OR secret = '' THEN
            RAISE EXCEPTION 'no password given for role %', service;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            EXECUTE format('CREATE ROLE %I', service);
        END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = service
                   AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)) THEN
            RAISE EXCEPTION 'role % may do more than a service needs', service;
        END IF;
        EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', service, secret);
        -- An administrator who is no superuser must be a member to make a schema that the role owns.
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', service);
        END IF;
    END LOOP;
END
$roles$;
