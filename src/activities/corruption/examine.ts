import { activityInfo } from '@temporalio/activity';
import type pg from 'pg';
import type { ConstraintTrouble, Examination, IndexTrouble, TableTrouble } from '../../corruption/examination.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { listDatabases } from '../postgres/marker.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { attempt, borrowExtensions, isOfStatement, textOf } from './attempt.ts';
import { type Borrowed, checkIndex, countLostBlocks } from './check-index.ts';
import { checkConstraint, readConstraints } from './constraints.ts';
import { catalogQueries, type IndexRelation, type Relation, readIndexes, readRelations } from './relations.ts';

/** So often the server may go down while it is examined before that is taken for its answer. */
const mostBreaks = 5;

/** So many complaints of a table are told; its pages all are. */
const told = 5;

/**
 * Finds out how bad it is, without changing anything: whether a session can be had, the catalogs against each other and against the
 * files, every page and row of every table by amcheck, a read of every value, every index against its table, every constraint
 * against the rows. Each object apart, so that one that is broken does not hide the others. Other clients go on meanwhile.
 *
 * @throws KintsugiError DATABASE_SERVER_DOWN, DATABASE_AUTH, CONNECTION_LOST (retryable)
 */
export async function examineDatabase(context: WorkerContext, input: StepInput): Promise<Examination> {
  const access = await serverAccess(context, input);
  const exists = await withClient(access, access.maintenance, async (client) =>
    (await listDatabases(client)).some(({ name }) => name === input.database),
  );
  if (!exists) return { ...nothing, exists };
  let at = 'opening a session';
  return beating(
    () => ({ text: at }),
    async (signal) => {
      try {
        return await withClient(access, input.database, (client) =>
          examine(client, signal, (where) => {
            at = where;
          }),
        );
      } catch (error) {
        const { severity, code } = error as { severity?: string; code?: string };
        const refused = severity === 'FATAL' && code !== undefined && /^(?:XX|58|42|22)/.test(code);
        // The server answered just now, and each time goes down over what it reads: that is an answer, too.
        const breaks = error instanceof KintsugiError && error.code === 'CONNECTION_LOST' && activityInfo().attempt >= mostBreaks;
        if (!refused && !breaks && !isOfStatement(error)) throw error;
        return { ...nothing, exists, unreachable: textOf(error) };
      }
    },
  );
}

const nothing = {
  unreachable: null,
  catalog: [],
  tables: [],
  looked: { tables: 0, indexes: 0, constraints: 0 },
  checksums: { on: false, failures: 0 },
  unseen: [],
} as const;

async function examine(client: pg.Client, signal: AbortSignal, at: (where: string) => void): Promise<Examination> {
  await client.query('BEGIN');
  // An event trigger must not hear of what is borrowed. No index may be used for what is to be found out of the rows.
  await client.query(
    `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s'; SET LOCAL row_security = off; SET LOCAL jit = off;
     SET LOCAL transaction_read_only = off; SET LOCAL search_path = pg_catalog; SET LOCAL client_min_messages = error;
     SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off`,
  );
  await attempt(client, () => client.query('SET LOCAL session_replication_role = replica'));
  const checksums = await readChecksums(client);
  at('the catalogs');
  const catalog = await checkCatalog(client);
  // Before the sizes of the catalogs are read, which grow by them.
  const extensions = await borrowExtensions(client, ['amcheck', 'pageinspect']);
  const known = await attempt(client, async () => ({
    relations: await readRelations(client),
    indexes: await readIndexes(client),
    constraints: await readConstraints(client),
  }));
  if (known.error !== null) return { ...nothing, exists: true, checksums, catalog: [...catalog, known.error] };
  const { relations, indexes, constraints } = known.value;
  const unseen = [...extensions].flatMap(([name, has]) => ('why' in has ? [`${name} could not be had: ${has.why}`] : []));
  const schemaOf = (name: string): string | null => {
    const has = extensions.get(name);
    return has !== undefined && 'schema' in has ? has.schema : null;
  };
  const borrowed = { amcheck: schemaOf('amcheck'), pageinspect: schemaOf('pageinspect') };
  const tables: TableTrouble[] = [];
  for (const [done, relation] of relations.entries()) {
    signal.throwIfAborted();
    at(`${relation.schema}.${relation.name}: ${done + 1} of ${relations.length} tables`);
    const own = {
      indexes: indexes.filter(({ table }) => table === relation.oid),
      constraints: constraints.filter(({ table }) => table === relation.oid),
    };
    const trouble = await examineTable(client, relation, own, borrowed);
    if (trouble !== null) tables.push(trouble);
  }
  await client.query('ROLLBACK');
  const looked = { tables: relations.length, indexes: indexes.length, constraints: constraints.length };
  return { exists: true, unreachable: null, catalog, tables, looked, checksums, unseen };
}

async function readChecksums(client: pg.Client): Promise<Examination['checksums']> {
  const { value } = await attempt(client, () =>
    client.query<{ on: boolean; failures: string | null }>(
      `SELECT current_setting('data_checksums')::boolean AS on, (SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()) AS failures`,
    ),
  );
  return { on: value?.rows[0]?.on ?? false, failures: Number(value?.rows[0]?.failures ?? 0) };
}

async function checkCatalog(client: pg.Client): Promise<string[]> {
  const faults: string[] = [];
  for (const sql of catalogQueries()) {
    const { value, error } = await attempt(client, () => client.query<{ text: string }>(sql));
    faults.push(...(error === null ? value.rows.map(({ text }) => text) : [error]));
  }
  return [...new Set(faults)];
}

async function examineTable(
  client: pg.Client,
  relation: Relation,
  own: { readonly indexes: readonly IndexRelation[]; readonly constraints: Awaited<ReturnType<typeof readConstraints>> },
  borrowed: Borrowed,
): Promise<TableTrouble | null> {
  const { schema, name, kind, quoted, columns } = relation;
  const fileMissing = relation.missing.length > 0;
  const heap = fileMissing ? { complaints: [], badRows: [] } : await checkHeap(client, relation, borrowed);
  // Every value, unpacked and made into text, as a dump would: a broken TOAST value shows only then.
  const read = await attempt(client, () =>
    client.query(`SELECT count(*), sum(octet_length(ROW(${columns.join(', ')})::text)) FROM ONLY ${quoted}`),
  );
  const isWhole = !fileMissing && read.error === null && heap.complaints.length === 0;
  const indexes: IndexTrouble[] = [];
  for (const index of own.indexes) {
    const trouble = await checkIndex(client, relation, index, borrowed);
    if (trouble !== null) indexes.push(trouble);
  }
  const whole = own.indexes.find(
    ({ method, predicate, toast, valid, name: of }) =>
      method === 'btree' && predicate === null && !toast && valid && !indexes.some((broken) => broken.name === of),
  );
  const lostBlocks = isWhole && whole !== undefined ? await countLostBlocks(client, relation, whole, borrowed) : 0;
  const constraints: ConstraintTrouble[] = [];
  if (isWhole) {
    for (const constraint of own.constraints) {
      const trouble = await checkConstraint(client, relation, constraint);
      if (trouble !== null) constraints.push(trouble);
    }
  }
  if (isWhole && lostBlocks === 0 && indexes.length === 0 && constraints.length === 0) return null;
  // The application may have dropped it meanwhile.
  const { rowCount } = await client.query('SELECT FROM pg_class WHERE oid = $1::oid', [relation.oid]);
  if (rowCount === 0) return null;
  return { schema, name, kind, fileMissing, readError: read.error, ...heap, lostBlocks, indexes, constraints };
}

async function checkHeap(
  client: pg.Client,
  { oid, toast, heap }: Relation,
  { amcheck }: Borrowed,
): Promise<Pick<TableTrouble, 'complaints' | 'badRows'>> {
  if (!heap || amcheck === null) return { complaints: [], badRows: [] };
  const complaints: string[] = [];
  const badRows: { block: number; row: number | null }[] = [];
  for (const [of, what] of [
    [oid, ''],
    [toast, 'in its TOAST table: '],
  ] as const) {
    if (of === 0) continue;
    const { value, error } = await attempt(client, () =>
      client.query<{ block: string; offset: number | null; msg: string }>(
        `SELECT blkno AS block, offnum AS offset, msg FROM ${amcheck}.verify_heapam($1::oid, false, true) LIMIT 2000`,
        [of],
      ),
    );
    if (error !== null) complaints.push(`${what}${error}`);
    for (const { block, offset, msg } of value?.rows ?? []) {
      if (complaints.length < told) complaints.push(`${what}page ${block}${offset === null ? '' : `, row ${offset}`}: ${msg}`);
      if (of === oid) badRows.push({ block: Number(block), row: offset });
    }
  }
  return { complaints, badRows };
}
