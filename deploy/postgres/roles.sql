-- The roles and schemas of the database, for its administrator; may be run again at any time.
--
-- Owner: qmi_owner has the tables and runs the migrations. Each service logs in with a role that owns nothing and sees its own
-- schema only. Services are named by the setting qmi.services, passwords by qmi.password_<service> and qmi.password_owner; a
-- password that is not given is left as it is, so that none is ever written here:
--   psql -c "SET qmi.password_owner = '…'" … -f roles.sql      or      python -m deploy.postgres.roles

DO $roles$
DECLARE
    service  text;
    role     text;
    password text;
    services text[] := string_to_array(
        coalesce(nullif(current_setting('qmi.services', true), ''), 'candidature,selection,experiments,notifications'), ','
    );
BEGIN
    FOREACH role IN ARRAY array_prepend('owner', services) LOOP
        password := nullif(current_setting('qmi.password_' || role, true), '');
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'qmi_' || role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', 'qmi_' || role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- made by another administrator at this very moment
            END;
        END IF;
        IF password IS NOT NULL THEN
            EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', 'qmi_' || role, password);
        END IF;
    END LOOP;

    -- Nobody comes in, and nobody makes a table, by default.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO qmi_owner', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;

    FOREACH service IN ARRAY services LOOP
        role := 'qmi_' || service;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', service);
        EXECUTE format('ALTER SCHEMA %I OWNER TO qmi_owner', service);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, role);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', role, current_database(), service);
        -- What the owner's migrations make is for the service to use; they take back what is append-only.
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE qmi_owner IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
            service, role
        );
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE qmi_owner IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I', service, role
        );
    END LOOP;
END
$roles$;
