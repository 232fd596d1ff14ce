import type pg from 'pg';
import type { IndexTrouble } from '../../corruption/examination.ts';
import { attempt } from './attempt.ts';
import type { IndexRelation, Relation } from './relations.ts';

/** Quoted schemas of the extensions that could be had. */
export interface Borrowed {
  readonly amcheck: string | null;
  readonly pageinspect: string | null;
}

/**
 * Checks an index against its table: a B-tree by amcheck, each row of the table looked for in it; of others, which amcheck does not
 * know, every page is read. Of a unique one the rows are counted that are too many, read without any index.
 *
 * @returns null where all is well.
 */
export async function checkIndex(
  client: pg.Client,
  table: Relation,
  index: IndexRelation,
  borrowed: Borrowed,
): Promise<IndexTrouble | null> {
  const structure = index.valid ? await checkStructure(client, index, borrowed) : null;
  const surplus =
    index.unique && !index.toast && table.kind === 'table' ? await countSurplus(client, table, index) : { groups: 0, rows: 0 };
  if (structure === null && index.valid && surplus.rows === 0) return null;
  return {
    schema: index.schema,
    name: index.name,
    error: structure,
    valid: index.valid,
    duplicates: surplus.groups,
    surplus: surplus.rows,
    system: index.toast || table.kind === 'catalog',
    exclusion: index.exclusion,
  };
}

async function checkStructure(
  client: pg.Client,
  index: IndexRelation,
  { amcheck, pageinspect }: Borrowed,
): Promise<string | null> {
  if (index.method === 'btree' && amcheck !== null) {
    return (await attempt(client, () => client.query(`SELECT ${amcheck}.bt_index_check($1::oid, true)`, [index.oid]))).error;
  }
  if (pageinspect === null) return null;
  const name = `${index.schema}.${index.name}`;
  const read = await attempt(client, () =>
    client.query(
      `SELECT count(length(${pageinspect}.get_raw_page(format('%I.%I', $2::text, $3::text), 'main', block)))
         FROM generate_series(0, pg_relation_size($1::oid) / current_setting('block_size')::int - 1) AS block`,
      [index.oid, index.schema, index.name],
    ),
  );
  return read.error === null ? null : `${name}: ${read.error}`;
}

/** What groups the rows that a unique index takes for equal. */
export function uniqueness({ keys, predicate, nullsDistinct }: IndexRelation): {
  readonly group: string;
  readonly where: string;
} {
  const known = nullsDistinct ? keys.map((key) => `(${key}) IS NOT NULL`) : [];
  return {
    group: keys.map((key) => `(${key})`).join(', '),
    where: [...known, ...(predicate === null ? [] : [`(${predicate})`]), 'true'].join(' AND '),
  };
}

async function countSurplus(
  client: pg.Client,
  { quoted }: Relation,
  index: IndexRelation,
): Promise<{ groups: number; rows: number }> {
  const { group, where } = uniqueness(index);
  const counted = await attempt(client, () =>
    client.query<{ groups: string; rows: string }>(
      `SELECT count(*) AS groups, coalesce(sum(n - 1), 0) AS rows
         FROM (SELECT count(*) AS n FROM ONLY ${quoted} WHERE ${where} GROUP BY ${group} HAVING count(*) > 1) AS equal`,
    ),
  );
  // Rows that can't be read are a matter of the table.
  return { groups: Number(counted.value?.rows[0]?.groups ?? 0), rows: Number(counted.value?.rows[0]?.rows ?? 0) };
}

/**
 * Rows that an index has and the table has not: on pages that are empty (zeroed), or beyond the table's end (its file was cut off).
 * Nothing else shows them: reading such a table meets no error.
 *
 * @param index a whole B-tree over all rows. @returns how many pages of the table have lost rows.
 */
export async function countLostBlocks(
  client: pg.Client,
  table: Relation,
  index: IndexRelation,
  { pageinspect }: Borrowed,
): Promise<number> {
  if (pageinspect === null) return 0;
  const first = await countOnce(client, table, index, pageinspect);
  // A page that was being filled while it was looked at is whole the second time.
  return first === 0 ? 0 : countOnce(client, table, index, pageinspect);
}

async function countOnce(client: pg.Client, table: Relation, index: IndexRelation, pageinspect: string): Promise<number> {
  const counted = await attempt(client, () =>
    client.query<{ blocks: string }>(
      `WITH empty AS MATERIALIZED (
         SELECT block FROM generate_series(0, pg_relation_size($2::oid) / current_setting('block_size')::int - 1) AS block
          WHERE (${pageinspect}.page_header(${pageinspect}.get_raw_page($3::text, 'main', block))).upper = 0),
       pointed AS MATERIALIZED (
         SELECT DISTINCT (tid::text::point)[0]::bigint AS block
           FROM ${entriesFrom(pageinspect, '$1', '$4', '$5')})
       SELECT count(*) AS blocks FROM pointed WHERE block >= (SELECT pg_relation_size($2::oid) / current_setting('block_size')::int) OR block IN (SELECT block FROM empty)`,
      [index.oid, table.oid, table.quoted, index.schema, index.name],
    ),
  );
  return Number(counted.value?.rows[0]?.blocks ?? 0);
}

/** @returns how many entries an index has on certain pages of its table (null: all) and beyond the table's end. */
export async function countEntriesOn(
  client: pg.Client,
  table: Pick<Relation, 'oid'>,
  index: IndexRelation,
  pageinspect: string,
  pages: readonly number[] | null,
): Promise<number> {
  const { rows } = await client.query<{ entries: string }>(
    `SELECT count(*) FILTER (WHERE $5::bigint[] IS NULL OR block = ANY ($5::bigint[]) OR block >= pg_relation_size($2::oid) / current_setting('block_size')::int) AS entries
       FROM (SELECT (tid::text::point)[0]::bigint AS block
               FROM ${entriesFrom(pageinspect, '$1', '$3', '$4')}) AS pointed`,
    [index.oid, table.oid, index.schema, index.name, pages],
  );
  return Number(rows[0]?.entries);
}

/** The entries of a B-tree's leaves, as `tid`; the first of every leaf but the last one is its high key, which is no entry. */
function entriesFrom(pageinspect: string, oid: string, schema: string, name: string): string {
  return `generate_series(1, pg_relation_size(${oid}::oid) / current_setting('block_size')::int - 1) AS page,
          LATERAL ${pageinspect}.bt_page_stats(format('%I.%I', ${schema}::text, ${name}::text), page) AS stats,
          LATERAL ${pageinspect}.bt_page_items(format('%I.%I', ${schema}::text, ${name}::text), page) AS item,
          LATERAL unnest(coalesce(item.tids, ARRAY[item.htid])) AS tid
    WHERE stats.type IN ('l', 'r') AND stats.btpo_level = 0 AND NOT coalesce(item.dead, false) AND tid IS NOT NULL
      AND NOT (item.itemoffset = 1 AND stats.btpo_next <> 0)`;
}
