import type pg from 'pg';

/** A table with rows of its own, as the catalogs have it. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'materialized view' | 'catalog';
  /** Whether its access method is heap: amcheck knows no other. */
  readonly heap: boolean;
  /** OID of its TOAST table; 0 if it has none. */
  readonly toast: number;
  readonly blocks: number;
  /** The quoted name. */
  readonly quoted: string;
  /** Quoted columns. */
  readonly columns: readonly string[];
  readonly files: readonly string[];
  readonly missing: readonly string[];
}

export interface IndexRelation {
  readonly oid: number;
  readonly table: number;
  readonly schema: string;
  readonly name: string;
  readonly method: string;
  readonly unique: boolean;
  readonly valid: boolean;
  readonly exclusion: boolean;
  /** Of a TOAST table. */
  readonly toast: boolean;
  /** Quoted key expressions, without opclass and order. */
  readonly keys: readonly string[];
  readonly predicate: string | null;
  readonly nullsDistinct: boolean;
}

// A file's path is null where a relation has none; pg_stat_file with missing_ok says null where there is no file.
const relationsSql = `
SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name, a.amname = 'heap' AS heap, c.reltoastrelid::int8::text AS toast,
       CASE WHEN c.relkind = 'm' THEN 'materialized view' WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN 'catalog' ELSE 'table' END AS kind,
       coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int AS blocks,
       format('%I.%I', n.nspname, c.relname) AS quoted,
       ARRAY(SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS columns,
       ARRAY(SELECT pg_relation_filepath(f) FROM unnest(ARRAY[c.oid, nullif(c.reltoastrelid, 0)]) AS f WHERE pg_relation_filepath(f) IS NOT NULL) AS files,
       ARRAY(SELECT pg_relation_filepath(f) FROM unnest(ARRAY[c.oid, nullif(c.reltoastrelid, 0)]) AS f
              WHERE pg_relation_filepath(f) IS NOT NULL AND (pg_stat_file(pg_relation_filepath(f), true)).size IS NULL) AS missing
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
 WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence = 'p' AND NOT c.relisshared
 ORDER BY (n.nspname = 'pg_catalog') DESC, 2, 3`;

const indexesSql = `
SELECT i.indexrelid::int8::text AS oid, coalesce(o.oid, t.oid)::int8::text AS table, n.nspname AS schema, c.relname AS name, a.amname AS method,
       i.indisunique AS unique, i.indisvalid AND i.indisready AS valid, i.indisexclusion AS exclusion, o.oid IS NOT NULL AS toast,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) AS k) AS keys,
       pg_get_expr(i.indpred, i.indrelid) AS predicate, coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false) = false AS "nullsDistinct"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_am a ON a.oid = c.relam
  JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class o ON o.reltoastrelid = t.oid AND t.relkind = 't'
 WHERE c.relkind = 'i' AND c.relpersistence = 'p' AND NOT c.relisshared AND coalesce(o.relpersistence, t.relpersistence) = 'p'
 ORDER BY 3, 4`;

/** @returns every table that has rows of its own, the system's first. */
export async function readRelations(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query<Omit<Relation, 'oid' | 'toast' | 'blocks'> & Record<'oid' | 'toast' | 'blocks', string>>(
    relationsSql,
  );
  return rows.map((row) => ({ ...row, oid: Number(row.oid), toast: Number(row.toast), blocks: Number(row.blocks) }));
}

/** @returns every index; one of a TOAST table under the table that it belongs to. */
export async function readIndexes(client: pg.Client): Promise<IndexRelation[]> {
  const { rows } = await client.query<Omit<IndexRelation, 'oid' | 'table'> & Record<'oid' | 'table', string>>(indexesSql);
  return rows.map((row) => ({ ...row, oid: Number(row.oid), table: Number(row.table) }));
}

/** Rows of the catalogs that speak of something that is not there: each query answers what is wrong, in words. */
const catalogChecks = [
  `SELECT format('%s has %s columns in pg_class and %s in pg_attribute', c.oid::regclass, c.relnatts, count(a.attrelid))
     FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 GROUP BY c.oid, c.relnatts HAVING count(a.attrelid) <> c.relnatts`,
  `SELECT format('columns of a relation %s that is not in pg_class', attrelid) FROM pg_attribute
    WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = attrelid) GROUP BY attrelid`,
  `SELECT format('%s is in a schema %s that is not in pg_namespace', relname, relnamespace) FROM pg_class
    WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.oid = relnamespace)`,
  `SELECT format('an index %s of a relation %s, one of which is not in pg_class', indexrelid, indrelid) FROM pg_index
    WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = indexrelid) OR NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = indrelid)`,
  `SELECT format('the row type of %s is not in pg_type', relname) FROM pg_class
    WHERE reltype <> 0 AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = reltype)`,
  `SELECT format('the type of column %s of %s is not in pg_type', attname, attrelid) FROM pg_attribute
    WHERE atttypid <> 0 AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = atttypid)`,
  `SELECT format('the constraint %s is of a relation %s that is not in pg_class', conname, conrelid) FROM pg_constraint
    WHERE conrelid <> 0 AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = conrelid)`,
  `SELECT format('pg_depend speaks of a relation %s that is not in pg_class', objid) FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = objid) GROUP BY objid`,
];

/** The catalogs against each other, read without their indexes, which may be what is broken. @returns the queries. */
export function catalogQueries(): readonly string[] {
  return catalogChecks.map((sql) => `SELECT * FROM (${sql}) AS faults(text) LIMIT 5`);
}
