import { createHash } from 'node:crypto';
import type { Manifest } from '../../catalog/manifest.ts';
import type { WorkerContext } from '../context.ts';
import { databaseContainer } from '../docker/stack.ts';
import { type Inventory, readInventory } from '../postgres/inventory.ts';
import { countRows } from '../postgres/row-counts.ts';
import type { SchemaObjects } from '../postgres/schema-objects.ts';
import { databaseObjects } from '../postgres/schema-text.ts';
import { type ServerAccess, serverAccess, withClient } from '../postgres/server.ts';
import { beating } from './beat.ts';
import type { DumpInput } from './dump.ts';
import { notePath, readNote, writeWhole } from './partial.ts';
import { queryFailure } from './tool-job.ts';

export interface DescribeInput extends DumpInput {
  readonly fingerprints: boolean;
}

/** What the manifest says of the content, read in the dump's snapshot, beside the dump. */
export interface Described {
  readonly tables: Manifest['tables'];
  readonly schema: Manifest['schema'];
  readonly inventory: Inventory;
  /** Image of the server. */
  readonly image: string;
}

export const describedNote = 'described.json';

/**
 * Counts and describes everything in the dump's snapshot, while pg_dump runs. Written into the unfinished backup, since it can be
 * large; done already, it is not done again.
 *
 * @throws KintsugiError CONNECTION_LOST, JOB_LOST: a new round is needed; DATABASE_AUTH.
 */
export async function describeContent(context: WorkerContext, input: DescribeInput): Promise<{ tables: number; rows: number }> {
  const file = notePath(context, input, describedNote);
  const described = (await readNote<Described>(file)) ?? (await describe(context, input));
  await writeWhole(file, described);
  return { tables: described.tables.length, rows: described.tables.reduce((sum, table) => sum + table.rows, 0) };
}

async function describe(context: WorkerContext, input: DescribeInput): Promise<Described> {
  const access = await serverAccess(context, input);
  const { image } = await databaseContainer(context, input);
  const snapshot = input.snapshot.name;
  let counted = 'counting';
  const onTable = (done: number, of: number): void => {
    counted = `counted ${done} of ${of} tables`;
  };
  const counts = { jobs: input.plan.backups.jobs, fingerprints: input.fingerprints, snapshot, onTable };
  return beating(
    () => ({ text: counted }),
    async (signal) => {
      const [tables, objects, inventory] = await Promise.all([
        countRows(access, input.database, { ...counts, signal }),
        databaseObjects(context, input, input.database, { step: `schema-${input.round}`, snapshot }),
        inventoryOf(access, input.database, snapshot, input.fingerprints),
      ]).catch((error: unknown) => {
        throw queryFailure(error);
      });
      return { tables, schema: summed(objects), inventory, image };
    },
  );
}

function inventoryOf(access: ServerAccess, database: string, snapshot: string, whole: boolean): Promise<Inventory> {
  return withClient(access, database, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET TRANSACTION SNAPSHOT '${snapshot.replace(/[^0-9A-F-]/gi, '')}'`);
    return readInventory(client, whole);
  });
}

/** @returns the objects in an order that does not depend on the locale, and one sum over all. */
function summed(objects: SchemaObjects): Manifest['schema'] {
  const entries = [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, sums]): [string, string[]] => [key, [...sums]]);
  return { sha256: createHash('sha256').update(JSON.stringify(entries)).digest('hex'), objects: Object.fromEntries(entries) };
}
