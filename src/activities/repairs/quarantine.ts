import type pg from 'pg';
import type { RunReference } from '../context.ts';
import { foundTable, quarantine } from './repair-sql.ts';

/**
 * The schema in the protected database that holds each row that was changed or deleted, as it was, and how far each repair has
 * come: both are written in the transaction of the change itself, so a killed worker repeats nothing and loses nothing.
 *
 * A row is kept as the text of the whole row, through the types' own output functions, as pg_dump writes values; the repair keeps
 * names and types of the columns. So a copy needs nothing of the table, which may change its schema or go, and nothing is lost
 * in another notation. See docs/decisions/0033-repairs.md.
 */
const definition = `
CREATE SCHEMA IF NOT EXISTS ${quarantine};
COMMENT ON SCHEMA ${quarantine} IS 'Rows that Kintsugi changed or deleted, as they were. Back with: kintsugi undo RUN';
CREATE TABLE IF NOT EXISTS ${quarantine}.repairs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workflow_id text NOT NULL, run_id text NOT NULL, incident text, rule text NOT NULL,
  table_schema text, table_name text, key_columns text[], column_names text[], column_types text[],
  found bigint NOT NULL DEFAULT 0, reached bigint NOT NULL DEFAULT 0, changed bigint NOT NULL DEFAULT 0,
  refusals bigint NOT NULL DEFAULT 0, refused jsonb NOT NULL DEFAULT '[]',
  begun_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz, undone_at timestamptz,
  UNIQUE (run_id, rule));
CREATE TABLE IF NOT EXISTS ${quarantine}.rows (
  repair bigint NOT NULL, position bigint NOT NULL,
  key text NOT NULL, was text NOT NULL, became text, put_back boolean NOT NULL DEFAULT false,
  PRIMARY KEY (repair, position));
CREATE TABLE IF NOT EXISTS ${quarantine}.objects (
  repair bigint NOT NULL REFERENCES ${quarantine}.repairs ON DELETE CASCADE, position integer NOT NULL,
  take_back text NOT NULL, make_again text, taken_back boolean NOT NULL DEFAULT false,
  PRIMARY KEY (repair, position));`;

/** How far the repair of one rule has come. */
export interface RepairRow {
  readonly id: string;
  readonly rule: string;
  readonly found: number;
  /** Position of the last row that was looked at. */
  readonly reached: number;
  readonly changed: number;
  /** Rows that could not be repaired. */
  readonly refusals: number;
  /** Why; of the first ones. */
  readonly refused: readonly string[];
  readonly ended: boolean;
}

/** A repair of a run, as undo needs it. */
export interface KeptRepair {
  readonly id: string;
  readonly rule: string;
  readonly schema: string | null;
  readonly table: string | null;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly changed: number;
}

/**
 * Makes the schema where it is not there yet, lets go what is older than `keepMs`, and clears what a terminated run left to do: its
 * rows stay, and can be put back.
 */
export async function openQuarantine(client: pg.Client, keepMs: number, runId: string): Promise<void> {
  if (!(await isThere(client))) await client.query(definition);
  // By hand: a foreign key that cascades would ask for its repair once for each row that is kept.
  const { rows } = await client.query<{ id: string }>(
    `WITH old AS (
       DELETE FROM ${quarantine}.repairs WHERE coalesce(ended_at, begun_at) < now() - $1 * interval '1 millisecond' RETURNING id
     ), rows AS (DELETE FROM ${quarantine}.rows WHERE repair IN (SELECT id FROM old))
     SELECT id FROM old`,
    [keepMs],
  );
  const { rows: left } = await client.query<{ id: string }>(
    `SELECT id FROM ${quarantine}.repairs WHERE run_id <> $1 AND to_regclass('${quarantine}.found_' || id) IS NOT NULL`,
    [runId],
  );
  for (const { id } of [...rows, ...left]) await client.query(`DROP TABLE IF EXISTS ${foundTable(id)}`);
}

/** @returns whether the database has a quarantine. */
export async function isThere(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('${quarantine}.objects') IS NOT NULL AS there`);
  return rows[0]?.there === true;
}

const repairColumns = 'id, rule, found, reached, changed, refusals, refused, ended_at IS NOT NULL AS ended';

/** @returns how far a run has come with a rule, locked until the transaction ends; null before it began. */
export async function lockRepair(client: pg.Client, runId: string, rule: string): Promise<RepairRow | null> {
  type Counts = 'found' | 'reached' | 'changed' | 'refusals';
  const { rows } = await client.query<Omit<RepairRow, Counts> & Record<Counts, string>>(
    `SELECT ${repairColumns} FROM ${quarantine}.repairs WHERE run_id = $1 AND rule = $2 FOR UPDATE`,
    [runId, rule],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { found, reached, changed, refusals } = row;
  return { ...row, found: Number(found), reached: Number(reached), changed: Number(changed), refusals: Number(refusals) };
}

/**
 * @param recovery workflow id, or workflow id and the end of a run id with a slash between; the newest run if there are several.
 * @returns the repairs of a run that are not undone yet, the last one first; none when nothing of that run is kept.
 */
export async function keptRepairs(
  client: pg.Client,
  recovery: string,
): Promise<{ run: RunReference; repairs: KeptRepair[] } | null> {
  if (!(await isThere(client))) return null;
  const { workflowId, runPart } = splitRun(recovery);
  const { rows: runs } = await client.query<RunReference>(
    `SELECT workflow_id AS "workflowId", run_id AS "runId" FROM ${quarantine}.repairs
      WHERE workflow_id = $1 AND right(run_id, length($2)) = $2 AND undone_at IS NULL ORDER BY id DESC LIMIT 1`,
    [workflowId, runPart],
  );
  const [run] = runs;
  return run === undefined ? null : { run, repairs: await repairsOf(client, run.runId) };
}

/** @returns the repairs of a run that are not undone yet, the last one first. */
export async function repairsOf(client: pg.Client, runId: string): Promise<KeptRepair[]> {
  if (!(await isThere(client))) return [];
  const { rows } = await client.query<Omit<KeptRepair, 'changed'> & { changed: string }>(
    `SELECT id, rule, table_schema AS schema, table_name AS "table", coalesce(key_columns, '{}') AS key,
            coalesce(column_names, '{}') AS columns, coalesce(column_types, '{}') AS types, changed
       FROM ${quarantine}.repairs WHERE run_id = $1 AND undone_at IS NULL ORDER BY id DESC`,
    [runId],
  );
  return rows.map((row) => ({ ...row, changed: Number(row.changed) }));
}

/** @returns runs that can be undone, newest first, as `workflowId/end of the run id`. */
export async function undoableRuns(client: pg.Client): Promise<string[]> {
  if (!(await isThere(client))) return [];
  const { rows } = await client.query<{ run: string }>(
    `SELECT workflow_id || '/' || right(run_id, 8) AS run FROM ${quarantine}.repairs WHERE undone_at IS NULL
      GROUP BY workflow_id, run_id ORDER BY max(id) DESC LIMIT 5`,
  );
  return rows.map(({ run }) => run);
}

function splitRun(recovery: string): { workflowId: string; runPart: string } {
  const slash = recovery.lastIndexOf('/');
  return slash < 0
    ? { workflowId: recovery, runPart: '' }
    : { workflowId: recovery.slice(0, slash), runPart: recovery.slice(slash + 1) };
}
