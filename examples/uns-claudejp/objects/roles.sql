-- Roles belong to the whole server, not to a database: pg_dump leaves them out. Run at every start.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'objects_owner', 'objects_reader', 'objects_writer', 'objects_auditor',
        'Role With Space', 'quoted"role', '読み取り専用', 'dash-role'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXECUTE format('COMMENT ON ROLE %I IS %L', wanted, 'example role ' || wanted);
        END IF;
    END LOOP;
END $$;

ALTER ROLE objects_owner CREATEDB CONNECTION LIMIT 20;
ALTER ROLE objects_auditor BYPASSRLS;
ALTER ROLE "Role With Space" NOINHERIT VALID UNTIL '2099-12-31 00:00+00';
ALTER ROLE objects_reader SET statement_timeout = '5min';
ALTER ROLE objects_reader SET search_path = objects, "with space", public;
GRANT objects_reader TO objects_writer;
GRANT objects_reader TO "読み取り専用" WITH ADMIN OPTION;
GRANT objects_writer TO "Role With Space";
GRANT pg_read_all_stats TO objects_auditor;
GRANT SET ON PARAMETER log_min_duration_statement TO objects_auditor WITH GRANT OPTION;
