SET LOCAL search_path = objects, extensions, pg_catalog;

CREATE VIEW grown_people WITH (security_barrier = true) AS SELECT id, full_name, born FROM objects.people WHERE born < '1990-01-01' WITH LOCAL CHECK OPTION;
CREATE VIEW old_people WITH (security_invoker = true) AS SELECT * FROM grown_people WHERE born < '1985-01-01' WITH CASCADED CHECK OPTION;
ALTER VIEW grown_people ALTER COLUMN born SET DEFAULT '1970-01-01';
CREATE RECURSIVE VIEW countdown (n) AS VALUES (3) UNION ALL SELECT n - 1 FROM countdown WHERE n > 0;
-- Depends on the primary key: pg_dump has to write it after the constraint.
CREATE VIEW department_sizes AS SELECT d.*, count(p.id) AS members FROM departments d LEFT JOIN people p ON p.department = d.id GROUP BY d.id;
CREATE VIEW "ビュー ""quoted""" AS SELECT 1 AS "列", 'x' AS "select";

CREATE MATERIALIZED VIEW feelings WITH (fillfactor = 90) AS SELECT feeling, count(*) AS n FROM people GROUP BY feeling;
CREATE UNIQUE INDEX feelings_key ON feelings (feeling) NULLS NOT DISTINCT;
CREATE MATERIALIZED VIEW feelings_total AS SELECT sum(n) AS total FROM feelings;
CREATE MATERIALIZED VIEW never_filled AS SELECT id, full_name FROM people WITH NO DATA;

CREATE TABLE log (at timestamptz DEFAULT now(), what text);
INSERT INTO log VALUES ('2025-01-01 00:00+00', 'first');
CREATE VIEW log_view AS SELECT what FROM log;
CREATE RULE log_insert AS ON INSERT TO log_view DO INSTEAD INSERT INTO log (what) VALUES (NEW.what) RETURNING what;
CREATE RULE log_no_delete AS ON DELETE TO log DO INSTEAD NOTHING;
CREATE RULE bookings_also AS ON INSERT TO bookings WHERE NEW.cancelled DO ALSO (INSERT INTO log (what) VALUES ('cancelled'); INSERT INTO log (what) VALUES (NEW.room));
CREATE RULE bookings_notify AS ON DELETE TO bookings DO ALSO NOTIFY bookings;
CREATE RULE log_disabled AS ON UPDATE TO log DO ALSO NOTHING;
ALTER TABLE log DISABLE RULE log_disabled;

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO objects.log (what) VALUES (TG_NAME || ' ' || TG_OP || coalesce(' ' || TG_ARGV[0], ''));
    RETURN coalesce(NEW, OLD);
END $$;
CREATE FUNCTION count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO objects.log (what) SELECT 'rows ' || count(*) FROM changed; RETURN NULL; END $$;
CREATE TRIGGER people_row AFTER UPDATE OF first_name, last_name ON people FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_change('it''s "quoted"');
CREATE TRIGGER people_statement AFTER INSERT ON people REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changes();
CREATE TRIGGER people_truncate BEFORE TRUNCATE ON people EXECUTE FUNCTION note_change();
CREATE CONSTRAINT TRIGGER people_later AFTER DELETE ON people DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER view_insert INSTEAD OF INSERT ON department_sizes FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER events_row AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION note_change('partition');
ALTER TABLE events_2024 DISABLE TRIGGER events_row;
CREATE TRIGGER disabled_one BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER replica_one BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER always_one BEFORE DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION note_change();
ALTER TABLE bookings DISABLE TRIGGER disabled_one, ENABLE REPLICA TRIGGER replica_one, ENABLE ALWAYS TRIGGER always_one;

CREATE TABLE audit.drops (at timestamptz DEFAULT now(), tag text, object text);
INSERT INTO audit.drops VALUES ('2025-01-01 00:00+00', 'none', 'the first row');
CREATE FUNCTION audit.note_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_catalog AS $$
BEGIN
    INSERT INTO audit.drops (tag, object) SELECT tg_tag, object_identity FROM pg_event_trigger_dropped_objects() WHERE original AND NOT is_temporary;
END $$;
CREATE EVENT TRIGGER note_drops ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION audit.note_drop();
CREATE EVENT TRIGGER disabled_event ON ddl_command_end EXECUTE FUNCTION audit.note_drop();
ALTER EVENT TRIGGER disabled_event DISABLE;
-- Audits what a restore itself does at its end, when event triggers are there already.
CREATE FUNCTION audit.note_refresh() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_catalog AS $$
BEGIN
    INSERT INTO audit.drops (tag, object) SELECT tg_tag, object_identity FROM pg_event_trigger_ddl_commands();
END $$;
CREATE EVENT TRIGGER note_refreshes ON ddl_command_end WHEN TAG IN ('REFRESH MATERIALIZED VIEW') EXECUTE FUNCTION audit.note_refresh();
