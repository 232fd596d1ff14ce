CREATE FUNCTION objects.double_it(value integer, INOUT times integer DEFAULT 1, VARIADIC others integer[] DEFAULT '{}')
    LANGUAGE plpgsql IMMUTABLE COST 10 AS $body$ BEGIN times := value * 2 * times + coalesce(cardinality(others), 0); END $body$;
CREATE FUNCTION objects.double_it(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT value || value $$;
CREATE FUNCTION objects.rows_of(n integer) RETURNS TABLE (number integer, "二乗" bigint)
    LANGUAGE sql STABLE ROWS 10 BEGIN ATOMIC SELECT i, i::bigint * i FROM generate_series(1, n) AS i; END;
CREATE FUNCTION objects.as_owner() RETURNS name LANGUAGE sql STABLE SECURITY DEFINER LEAKPROOF
    SET search_path = pg_catalog, pg_temp SET work_mem = '8MB' AS 'SELECT current_user';
CREATE FUNCTION objects."関数 with ""name"""("引数" text DEFAULT 'it''s; -- not a comment') RETURNS text
    LANGUAGE plpgsql AS $outer$ BEGIN RETURN format($inner$%s $$ \ %s$inner$, "引数", E'\t'); END $outer$;
CREATE PROCEDURE objects.do_nothing(IN a integer, OUT b integer) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
ALTER FUNCTION objects.as_owner() OWNER TO objects_owner;
ALTER PROCEDURE objects.do_nothing(integer) OWNER TO "quoted""role";

CREATE FUNCTION objects.sum_step(state bigint, value integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN coalesce(state, 0) + coalesce(value, 0);
CREATE FUNCTION objects.sum_back(state bigint, value integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN coalesce(state, 0) - coalesce(value, 0);
CREATE FUNCTION objects.sum_join(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(a, 0) + coalesce(b, 0);
CREATE AGGREGATE objects.sum_of(integer) (SFUNC = objects.sum_step, STYPE = bigint, INITCOND = '0', COMBINEFUNC = objects.sum_join,
    MSFUNC = objects.sum_step, MINVFUNC = objects.sum_back, MSTYPE = bigint, MINITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE objects.percentile_of(float8 ORDER BY anyelement)
    (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE objects.rank_of(VARIADIC "any" ORDER BY VARIADIC "any")
    (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);

CREATE FUNCTION objects.reverse_compare(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN btint4cmp($2, $1);
CREATE FUNCTION objects.same_remainder(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 % 10 = $2 % 10;
CREATE OPERATOR objects.=%= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = objects.same_remainder,
    COMMUTATOR = OPERATOR(objects.=%=), RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR objects.!! (RIGHTARG = integer, FUNCTION = pg_catalog.int4um);
CREATE OPERATOR FAMILY objects.reversed USING btree;
CREATE OPERATOR CLASS objects.reversed_int FOR TYPE integer USING btree FAMILY objects.reversed AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 objects.reverse_compare(integer, integer);

CREATE TRANSFORM FOR integer LANGUAGE sql
    (FROM SQL WITH FUNCTION pg_catalog.prsd_lextype(internal), TO SQL WITH FUNCTION pg_catalog.int4recv(internal));
CREATE CONVERSION objects.latin1_again FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
-- With handlers of its own: pg_dump writes a language that borrows another's as if it were an extension.
CREATE FUNCTION objects.second_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION objects.second_inline(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION objects.second_validator(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE LANGUAGE second_plpgsql HANDLER objects.second_handler INLINE objects.second_inline VALIDATOR objects.second_validator;
CREATE FUNCTION objects.in_second_language() RETURNS integer LANGUAGE second_plpgsql AS $$ BEGIN RETURN 2; END $$;
CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;

CREATE TEXT SEARCH PARSER objects.parser_again
    (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE objects.template_again (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY objects.stop_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH DICTIONARY objects.stems (TEMPLATE = snowball, LANGUAGE = german);
CREATE TEXT SEARCH CONFIGURATION objects.notes (PARSER = objects.parser_again);
ALTER TEXT SEARCH CONFIGURATION objects.notes ADD MAPPING FOR asciiword, word WITH objects.stop_words, objects.stems;
ALTER TEXT SEARCH CONFIGURATION objects.notes ADD MAPPING FOR email, url, int WITH pg_catalog.simple;
