import type pg from 'pg';

export interface LargeObjects {
  readonly count: number;
  /** Order-independent hash over owners, privileges and comments; with `content` also over every byte. */
  readonly sum: string;
}

// A hole and a page that was never filled to its end read as zeros, and pg_dump writes them out as such.
const pages = `
SELECT loid, pageno, encode(data || decode(repeat('00', 2048 - length(data)), 'hex'), 'hex') AS page FROM pg_largeobject`;

const described = `
SELECT concat_ws('|', m.oid, pg_get_userbyid(m.lomowner),
         (SELECT string_agg(item::text, ',' ORDER BY item::text COLLATE "C") FROM unnest(coalesce(m.lomacl, acldefault('L', m.lomowner))) AS item),
         coalesce(obj_description(m.oid, 'pg_largeobject'), '')) AS line
  FROM pg_largeobject_metadata m`;

const content = `
UNION ALL SELECT concat_ws('|', loid, pageno, page) FROM (${pages}) AS filled WHERE page <> repeat('00', 2048)
UNION ALL SELECT DISTINCT ON (loid) concat_ws('|', loid, 'bytes', pageno::bigint * 2048 + length(data)) FROM (SELECT * FROM pg_largeobject ORDER BY loid, pageno DESC) AS last`;

/** @returns the large objects of the database that the client is connected to. @param whole also their content: reads all of it. */
export async function readLargeObjects(client: pg.Client, whole: boolean): Promise<LargeObjects> {
  const { rows } = await client.query<{ count: string; sum: string }>(
    `SELECT (SELECT count(*) FROM pg_largeobject_metadata) AS count,
            (SELECT coalesce(sum(hashtextextended(line, 0)), 0) || '/' || coalesce(sum(hashtextextended(line, 1)), 0)
               FROM (${described} ${whole ? content : ''}) AS lines) AS sum`,
  );
  return { count: Number(rows[0]?.count), sum: rows[0]?.sum ?? '' };
}
