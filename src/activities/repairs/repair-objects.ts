import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { ObjectRule, RequiredObject } from '../../plan/repairs.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { identifier, serverAccess } from '../postgres/server.ts';
import { openQuarantine } from './quarantine.ts';
import { quarantine } from './repair-sql.ts';
import { describeObject, type ObjectState, stateOfObject, tableOf } from './required-objects.ts';
import { inSession, inTransaction, isOfRow, stateOf, whenFree } from './session.ts';

export interface ObjectsEvidence {
  readonly rule: string;
  /** What was made or put in force, for people. */
  readonly made: readonly string[];
  /** What is still not well, and why. */
  readonly left: readonly string[];
}

/** An index is built beside the application; it waits for transactions that are open, and nobody waits for it. */
const indexWaitMs = 60_000;

/**
 * Makes the functions, triggers, indexes and constraints that are missing, and puts in force those that are not. How to take
 * each back is written before it is made. Look, then act: what is well stays as it is.
 *
 * @returns what was made; an object that rows stand against is taken away again and told.
 * @throws KintsugiError DATABASE_BUSY, PLAN_INVALID when a definition can't be run.
 */
export async function repairObjects(
  context: WorkerContext,
  input: StepInput & { rule: ObjectRule; incident: string | null },
): Promise<ObjectsEvidence> {
  const { plan, rule } = input;
  const access = await serverAccess(context, { plan });
  let at = 0;
  return beating(
    () => ({ text: `${rule.name}: ${rule.objects[at]?.name ?? 'done'}`, fraction: at / rule.objects.length }),
    (signal) =>
      inSession(access, input.database, signal, async (client) => {
        await openQuarantine(client, milliseconds(plan.repairs.keep), input.runId);
        const repair = await begin(client, input);
        const left: string[] = [];
        for (at = 0; at < rule.objects.length; at += 1) {
          signal.throwIfAborted();
          const object = rule.objects[at] as RequiredObject;
          const why = await mend(client, { repair, position: at, lockMs: milliseconds(plan.repairs.lockWithin) }, object);
          if (why !== null) left.push(`${describeObject(object)}: ${why}`);
        }
        await client.query(`UPDATE ${quarantine}.repairs SET ended_at = clock_timestamp() WHERE id = $1`, [repair]);
        const { rows } = await client.query<{ position: number }>(
          `SELECT position FROM ${quarantine}.objects WHERE repair = $1 AND NOT taken_back ORDER BY position`,
          [repair],
        );
        return {
          rule: rule.name,
          made: rows.map(({ position }) => describeObject(rule.objects[position] as RequiredObject)),
          left,
        };
      }),
  );
}

async function begin(
  client: pg.Client,
  { workflowId, runId, rule, incident }: StepInput & { rule: ObjectRule; incident: string | null },
) {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${quarantine}.repairs (workflow_id, run_id, incident, rule) VALUES ($1, $2, $3, $4)
     ON CONFLICT (run_id, rule) DO UPDATE SET rule = excluded.rule RETURNING id`,
    [workflowId, runId, incident, rule.name],
  );
  return rows[0]?.id ?? '';
}

interface Place {
  /** Number of the repair. */
  readonly repair: string;
  readonly position: number;
  readonly lockMs: number;
}

/** @returns why an object is not well afterwards; null when it is. */
async function mend(client: pg.Client, place: Place, object: RequiredObject): Promise<string | null> {
  const state = await stateOfObject(client, object);
  if (state === 'well') return null;
  if (object.definition === undefined && state !== 'disabled' && !(object.kind === 'constraint' && state === 'invalid'))
    return `${state}, and the plan has no definition of it`;
  const table = object.table === undefined ? 'pg_proc' : tableOf(object);
  try {
    await whenFree(client, table, () => make(client, place, object, state));
    return null;
  } catch (error) {
    if (isOfRow(error)) {
      await takeAway(client, place, object);
      return `rows stand against it (${(error as Error).message})`;
    }
    if (!/^(0A|42)/.test(stateOf(error) ?? '')) throw error;
    throw new KintsugiError('PLAN_INVALID', `The ${describeObject(object)} can’t be made: ${(error as Error).message}.`, {
      hints: [`correct its definition in the rules of the plan`],
    });
  }
}

async function make(client: pg.Client, place: Place, object: RequiredObject, state: ObjectState): Promise<void> {
  const { takeBack, makeAgain } = wayBack(object, state);
  await client.query(
    `INSERT INTO ${quarantine}.objects (repair, position, take_back, make_again) VALUES ($1, $2, $3, $4)
     ON CONFLICT (repair, position) DO UPDATE SET taken_back = false`,
    [place.repair, place.position, takeBack, makeAgain],
  );
  const built = object.kind === 'index' || object.kind === 'unique';
  await client.query(`SET lock_timeout = ${built ? indexWaitMs : place.lockMs}`);
  for (const statements of makeStatements(object, state)) {
    if (statements.length === 1) await client.query(statements[0] ?? '');
    else
      await inTransaction(client, '', async () => {
        for (const statement of statements) await client.query(statement);
      });
  }
}

/** @returns the statements that bring an object, in the groups that are a transaction each. */
export function makeStatements(object: RequiredObject, state: ObjectState): string[][] {
  const { kind, definition = '' } = object;
  const name = identifier(object.name);
  const table = object.table === undefined ? '' : tableOf(object);
  const ofSchema = object.schema === undefined ? name : `${identifier(object.schema)}.${name}`;
  switch (kind) {
    case 'function':
      return [[definition]];
    case 'trigger':
      return [[state === 'disabled' ? `ALTER TABLE ${table} ENABLE TRIGGER ${name}` : definition]];
    case 'index':
      // What an attempt that broke off left is of no use: it is not valid.
      return [[`DROP INDEX CONCURRENTLY IF EXISTS ${ofSchema}`], [`CREATE INDEX CONCURRENTLY ${name} ON ${table} ${definition}`]];
    case 'unique':
      return [
        [`DROP INDEX CONCURRENTLY IF EXISTS ${ofSchema}`],
        [`CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${table} ${definition}`],
        [`ALTER TABLE ${table} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}`],
      ];
    case 'constraint':
      // First for new rows, which needs a short lock; then the old ones are read, and the application goes on.
      return [
        ...(state === 'invalid' ? [] : [[`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`]]),
        [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`],
      ];
  }
}

/** @returns how an object is taken back, and for one that was there but not validated, how it is put back as it was. */
export function wayBack(object: RequiredObject, state: ObjectState): { takeBack: string; makeAgain: string | null } {
  const name = identifier(object.name);
  const ofSchema = object.schema === undefined ? name : `${identifier(object.schema)}.${name}`;
  const table = object.table === undefined ? '' : tableOf(object);
  const only = (takeBack: string) => ({ takeBack, makeAgain: null });
  switch (object.kind) {
    case 'function':
      return only(`DROP FUNCTION IF EXISTS ${ofSchema}`);
    case 'trigger':
      return only(
        state === 'disabled' ? `ALTER TABLE ${table} DISABLE TRIGGER ${name}` : `DROP TRIGGER IF EXISTS ${name} ON ${table}`,
      );
    case 'index':
      return only(`DROP INDEX IF EXISTS ${ofSchema}`);
    case 'unique':
      return only(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`);
    case 'constraint': {
      const again = `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${object.definition ?? ''} NOT VALID`;
      const makeAgain = state === 'invalid' && object.definition !== undefined ? again : null;
      return { takeBack: `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`, makeAgain };
    }
  }
}

/** Rows stand against an object: what is half made goes, since it would refuse the application's writes. */
async function takeAway(client: pg.Client, { repair, position, lockMs }: Place, object: RequiredObject): Promise<void> {
  const { rows } = await client.query<{ take_back: string; make_again: string | null }>(
    `SELECT take_back, make_again FROM ${quarantine}.objects WHERE repair = $1 AND position = $2`,
    [repair, position],
  );
  const name = object.schema === undefined ? identifier(object.name) : `${identifier(object.schema)}.${identifier(object.name)}`;
  await client.query(`SET lock_timeout = ${lockMs}`);
  await whenFree(client, object.table === undefined ? 'pg_proc' : tableOf(object), async () => {
    // A constraint that was there before stays.
    if (rows[0] !== undefined && rows[0].make_again === null) await client.query(rows[0].take_back);
    if (object.kind === 'unique') await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
    await client.query(`UPDATE ${quarantine}.objects SET taken_back = true WHERE repair = $1 AND position = $2`, [
      repair,
      position,
    ]);
  });
}
