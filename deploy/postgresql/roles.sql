-- Once for a cluster, as its superuser. Passwords are set afterwards with \password, so that they stand in no file.
--   bazargah_owner  owns tables and runs migrations; nobody else may change the schema
--   bazargah_app    web servers and workers: rows alone, and none of what is written once
--   bazargah_reader people who look
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['bazargah_owner', 'bazargah_app', 'bazargah_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', name);
        END IF;
    END LOOP;
END $$;

-- The role's own time-outs hold behind PgBouncer too, which hands on no options of a connection.
ALTER ROLE bazargah_app SET statement_timeout = '15s';
ALTER ROLE bazargah_app SET lock_timeout = '3s';
ALTER ROLE bazargah_app SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE bazargah_app SET default_transaction_isolation = 'read committed';
ALTER ROLE bazargah_app SET timezone = 'UTC';
ALTER ROLE bazargah_owner SET lock_timeout = '10s';
ALTER ROLE bazargah_owner SET timezone = 'UTC';
ALTER ROLE bazargah_reader SET default_transaction_read_only = on;
ALTER ROLE bazargah_reader SET timezone = 'UTC';
