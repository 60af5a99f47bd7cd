-- In the database, as bazargah_owner (or superuser), after every `bazargah db upgrade`. Safe to repeat.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO bazargah_owner;
GRANT USAGE ON SCHEMA public TO bazargah_app, bazargah_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO bazargah_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO bazargah_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bazargah_reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO bazargah_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE bazargah_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bazargah_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bazargah_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO bazargah_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bazargah_owner IN SCHEMA public GRANT SELECT ON TABLES TO bazargah_reader;

-- What is written once: its triggers refuse a change, and the app has no right to try one. Nor may it say that it is
-- migrated.
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT DISTINCT tgrelid::regclass AS name FROM pg_trigger WHERE tgname LIKE '%\_append\_only'
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM bazargah_app', found.name);
    END LOOP;
END $$;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM bazargah_app;
