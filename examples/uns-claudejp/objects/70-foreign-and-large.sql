CREATE FOREIGN DATA WRAPPER wrapper_without_handler OPTIONS (debug 'true');
CREATE SERVER itself FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'localhost', dbname 'uns_claudejp', fetch_size '500');
CREATE SERVER "files ""here""" TYPE 'files' VERSION '1.0' FOREIGN DATA WRAPPER file_fdw;
CREATE USER MAPPING FOR objects_owner SERVER itself OPTIONS (user 'nobody', password 'example');
CREATE USER MAPPING FOR PUBLIC SERVER itself OPTIONS (user 'public');
CREATE FOREIGN TABLE objects.far_cards (id integer OPTIONS (column_name 'id') NOT NULL, work_date date, CONSTRAINT positive CHECK (id > 0))
    SERVER itself OPTIONS (schema_name 'public', table_name 'timer_cards');
CREATE FOREIGN TABLE objects.operating_system (line text) SERVER "files ""here""" OPTIONS (filename '/etc/os-release', format 'text', delimiter E'\x01');

SELECT lo_from_bytea(700001, 'a small large object'), lo_from_bytea(700002, decode(repeat(md5('kintsugi'), 20000), 'hex')), lo_from_bytea(700003, '');
ALTER LARGE OBJECT 700002 OWNER TO objects_owner;
GRANT SELECT ON LARGE OBJECT 700002 TO objects_reader;
GRANT SELECT, UPDATE ON LARGE OBJECT 700001 TO objects_writer WITH GRANT OPTION;
COMMENT ON LARGE OBJECT 700001 IS 'a comment on a large object: 大きい';
CREATE TABLE objects.attachments (name text PRIMARY KEY, content oid);
INSERT INTO objects.attachments VALUES ('small', 700001), ('big', 700002), ('empty', 700003);

CREATE PUBLICATION some_rows FOR TABLE objects.people (id, department) WHERE (id > 10), TABLE objects.replicated WITH (publish = 'insert, update');
CREATE PUBLICATION whole_schema FOR TABLES IN SCHEMA audit WITH (publish = 'insert');
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert', publish_via_partition_root = true);
-- Never connects. A database with a subscription can't be dropped while it has one.
CREATE SUBSCRIPTION from_nowhere CONNECTION 'host=nowhere.invalid dbname=none' PUBLICATION some_rows
    WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false);
