CREATE SCHEMA objects AUTHORIZATION objects_owner;
CREATE SCHEMA extensions;
CREATE SCHEMA audit AUTHORIZATION objects_auditor;
CREATE SCHEMA "with space" AUTHORIZATION "Role With Space";
CREATE SCHEMA "Quoted ""Schema""";
CREATE SCHEMA "スキーマ-1" AUTHORIZATION "読み取り専用";
CREATE SCHEMA empty_schema;

CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE EXTENSION ltree SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA extensions;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION postgres_fdw SCHEMA extensions;
CREATE EXTENSION file_fdw SCHEMA extensions;

CREATE COLLATION objects.case_insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION objects.numeric_order (provider = icu, locale = 'en-u-kn-true');
CREATE COLLATION objects.c_copy FROM "C";

CREATE TYPE objects.mood AS ENUM ('sad', 'ok', 'とても嬉しい', 'it''s "fine"');
ALTER TYPE objects.mood ADD VALUE 'between' BEFORE 'ok';
CREATE TYPE objects.address AS (street text, city text COLLATE objects.numeric_order, zip varchar(8));
CREATE TYPE objects.person_key AS (id integer, name text);
CREATE TYPE objects.time_range AS RANGE (subtype = time, multirange_type_name = objects.time_spans);
CREATE FUNCTION objects.float_distance(a double precision, b double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT a - b';
CREATE TYPE objects.float_range AS RANGE (subtype = double precision, subtype_diff = objects.float_distance);

CREATE DOMAIN objects.percentage AS numeric(5,2) DEFAULT 0 CONSTRAINT percentage_bounds CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN objects.small_percentage AS objects.percentage NOT NULL CONSTRAINT small CHECK (VALUE <= 10);
CREATE DOMAIN objects.tags AS text[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN objects.post_code AS text COLLATE "C" CHECK (VALUE ~ '^\d{3}-\d{4}$');
CREATE DOMAIN objects.later_checked AS integer;
ALTER DOMAIN objects.later_checked ADD CONSTRAINT not_checked_yet CHECK (VALUE > 0) NOT VALID;

-- A base type of our own, with the server's functions for text.
CREATE TYPE objects.label;
CREATE FUNCTION objects.label_in(cstring) RETURNS objects.label LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION objects.label_out(objects.label) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE objects.label (INPUT = objects.label_in, OUTPUT = objects.label_out, LIKE = text, CATEGORY = 'S', COLLATABLE = true);
CREATE TYPE objects.shell_only;
CREATE CAST (objects.label AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS objects.label) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE FUNCTION objects.address_to_text(objects.address) RETURNS text
    LANGUAGE sql IMMUTABLE RETURN ($1).street || ', ' || ($1).city;
CREATE CAST (objects.address AS text) WITH FUNCTION objects.address_to_text(objects.address);
CREATE CAST (objects.person_key AS json) WITH INOUT;
