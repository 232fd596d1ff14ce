-- A comment on everything that takes one and has none. Quotes, dollar signs and Japanese in all of them.
DO $block$
DECLARE
    target record;
    comment_text CONSTANT text := E'about %s: it''s "quoted", $$ \\ and 日本語\non two lines';
BEGIN
    FOR target IN
        SELECT kind, classid, objid, objsubid, identity FROM (
            SELECT a.type AS kind, o.classid, o.objid, o.objsubid, a.identity
            FROM (
                SELECT 'pg_class'::regclass::oid AS classid, c.oid AS objid, 0 AS objsubid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') AND nspname !~ '^pg_|^information_schema$'
                UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND attnum > 0 AND NOT attisdropped AND nspname !~ '^pg_|^information_schema$'
                UNION ALL SELECT 'pg_namespace'::regclass, oid, 0 FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'
                UNION ALL SELECT 'pg_type'::regclass, t.oid, 0 FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
                    WHERE typtype IN ('b', 'd', 'e', 'r', 'c') AND typcategory <> 'A' AND (typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = typrelid) = 'c')
                    AND nspname !~ '^pg_|^information_schema$'
                UNION ALL SELECT 'pg_constraint'::regclass, c.oid, 0 FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
                    WHERE contype <> 't' AND conislocal AND nspname !~ '^pg_|^information_schema$'
                UNION ALL SELECT 'pg_trigger'::regclass, oid, 0 FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
                UNION ALL SELECT 'pg_rewrite'::regclass, oid, 0 FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384
                UNION ALL SELECT 'pg_policy'::regclass, oid, 0 FROM pg_policy
                UNION ALL SELECT 'pg_proc'::regclass, oid, 0 FROM pg_proc WHERE oid >= 16384
                UNION ALL SELECT 'pg_operator'::regclass, oid, 0 FROM pg_operator WHERE oid >= 16384
                UNION ALL SELECT 'pg_opclass'::regclass, oid, 0 FROM pg_opclass WHERE oid >= 16384
                UNION ALL SELECT 'pg_opfamily'::regclass, oid, 0 FROM pg_opfamily WHERE oid >= 16384
                UNION ALL SELECT 'pg_cast'::regclass, oid, 0 FROM pg_cast WHERE oid >= 16384
                UNION ALL SELECT 'pg_transform'::regclass, oid, 0 FROM pg_transform
                UNION ALL SELECT 'pg_collation'::regclass, oid, 0 FROM pg_collation WHERE oid >= 16384 AND collnamespace = 'objects'::regnamespace
                UNION ALL SELECT 'pg_conversion'::regclass, oid, 0 FROM pg_conversion WHERE oid >= 16384 AND connamespace = 'objects'::regnamespace
                UNION ALL SELECT 'pg_language'::regclass, oid, 0 FROM pg_language WHERE oid >= 16384
                UNION ALL SELECT 'pg_am'::regclass, oid, 0 FROM pg_am WHERE oid >= 16384
                UNION ALL SELECT 'pg_ts_parser'::regclass, oid, 0 FROM pg_ts_parser WHERE oid >= 16384
                UNION ALL SELECT 'pg_ts_template'::regclass, oid, 0 FROM pg_ts_template WHERE oid >= 16384
                UNION ALL SELECT 'pg_ts_dict'::regclass, oid, 0 FROM pg_ts_dict WHERE oid >= 16384
                UNION ALL SELECT 'pg_ts_config'::regclass, oid, 0 FROM pg_ts_config WHERE oid >= 16384
                UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, 0 FROM pg_statistic_ext
                UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0 FROM pg_foreign_data_wrapper
                UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 0 FROM pg_foreign_server
                UNION ALL SELECT 'pg_event_trigger'::regclass, oid, 0 FROM pg_event_trigger
                UNION ALL SELECT 'pg_publication'::regclass, oid, 0 FROM pg_publication
                UNION ALL SELECT 'pg_subscription'::regclass, oid, 0 FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            ) AS o,
            LATERAL pg_identify_object(o.classid, o.objid, o.objsubid) AS a
            -- Not what belongs to an extension or was made along with a type: pg_dump leaves such comments out.
            WHERE NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.objid
                AND (d.deptype = 'e' OR d.deptype = 'i' AND d.classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)))
            AND NOT EXISTS (SELECT FROM pg_description d WHERE d.classoid = o.classid AND d.objoid = o.objid AND d.objsubid = o.objsubid)
        ) AS found
    LOOP
        -- COMMENT wants another syntax for each kind; the catalog row is the same one for all.
        INSERT INTO pg_description (objoid, classoid, objsubid, description)
        VALUES (target.objid, target.classid, target.objsubid, format(comment_text, target.identity));
    END LOOP;
END $block$;

-- The last statement: whoever finds it, finds all.
CREATE TABLE public.objects_loaded AS SELECT 1 AS version;
COMMENT ON TABLE public.objects_loaded IS 'written last by the importer';
