import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { heartbeat } from '@temporalio/activity';
import type { Manifest } from '../../catalog/manifest.ts';
import { readManifest } from '../../catalog/read.ts';
import type { TakeBackupResult } from '../../workflows/contract.ts';
import type { WorkerContext } from '../context.ts';
import { databaseContainer } from '../docker/stack.ts';
import { readInventory } from '../postgres/inventory.ts';
import { parseMarker } from '../postgres/marker.ts';
import { countRows } from '../postgres/row-counts.ts';
import { databaseObjects } from '../postgres/schema-text.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { checksums } from './checksums.ts';
import { type DumpInput, partialFolder } from './dump.ts';

export interface FinishInput extends DumpInput {
  readonly reason: string;
  readonly fingerprints: boolean;
}

/** What the manifest says of the content, read in the dump's snapshot, beside the dump. */
export type Described = Pick<Manifest, 'tables' | 'schema'> & { readonly inventory: Awaited<ReturnType<typeof readInventory>> };

const describedFile = 'described.json';

/**
 * Counts and describes everything in the dump's snapshot, while pg_dump runs. Written into the unfinished backup, since it can be
 * large; done already, it is not done again.
 */
export async function describeContent(context: WorkerContext, input: FinishInput): Promise<{ tables: number; rows: number }> {
  const beat = setInterval(() => heartbeat({ text: 'counting' }), 1000);
  try {
    const access = await serverAccess(context, input.plan);
    const snapshot = input.snapshot.name;
    const [tables, objects, inventory] = await Promise.all([
      countRows(access, input.database, { jobs: input.plan.backups.jobs, fingerprints: input.fingerprints, snapshot }),
      databaseObjects(context, input, input.database, { step: `schema-${input.round}`, snapshot }),
      withClient(access, input.database, async (client) => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        await client.query(`SET TRANSACTION SNAPSHOT '${snapshot.replace(/[^0-9A-F-]/gi, '')}'`);
        return readInventory(client);
      }),
    ]);
    const entries = [...objects].toSorted(([a], [b]) => a.localeCompare(b)).map(([key, sums]): [string, string[]] => [key, [...sums]]);
    const sha256 = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
    const described: Described = { tables, schema: { sha256, objects: Object.fromEntries(entries) }, inventory };
    await writeWhole(path.join(partialFolder(context, input), describedFile), JSON.stringify(described));
    return { tables: tables.length, rows: tables.reduce((sum, table) => sum + table.rows, 0) };
  } finally {
    clearInterval(beat);
  }
}

/**
 * Makes a backup of what was dumped: checksums, manifest, everything synced, then renamed. Until the rename it is no backup.
 * Done already, it tells the same.
 */
export async function finishBackup(context: WorkerContext, input: FinishInput): Promise<TakeBackupResult> {
  const partial = partialFolder(context, input);
  const whole = partial.replace(/\.partial$/, '');
  if ((await stat(whole).catch(() => null)) === null) {
    const beat = setInterval(() => heartbeat({ text: 'checksums' }), 1000);
    try {
      await writeManifest(context, input, partial);
      await syncTree(partial);
      await rename(partial, whole);
      await sync(path.dirname(whole));
    } finally {
      clearInterval(beat);
    }
  }
  const manifest = await readManifest(whole);
  return {
    id: manifest.id,
    path: whole,
    takenAt: manifest.takenAt,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    tables: manifest.tables.length,
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    fingerprints: manifest.tables.some((table) => table.fingerprint !== undefined),
  };
}

async function writeManifest(context: WorkerContext, input: FinishInput, partial: string): Promise<void> {
  const file = path.join(partial, describedFile);
  const { inventory, tables, schema } = JSON.parse(await readFile(file, 'utf8')) as Described;
  const { server, database, ...rest } = inventory;
  const image = (await databaseContainer(context, input.plan)).image;
  const marker = parseMarker(database.comment);
  const files = (await checksums(partial)).filter((entry) => entry.path !== describedFile);
  const manifest: Manifest = {
    format: 1,
    id: input.snapshot.id,
    stack: input.plan.stack.project,
    takenAt: input.snapshot.takenAt,
    finishedAt: new Date().toISOString(),
    takenBy: { workflowId: input.workflowId, runId: input.runId, reason: input.reason },
    server: { ...server, image, lsn: input.snapshot.lsn },
    // A marker of ours is no comment of the database.
    database: { ...database, comment: marker === null ? database.comment : marker.comment },
    archive: { path: 'data', format: 'directory', compression: input.plan.backups.compression, entries: Object.keys(schema.objects).length },
    globals: 'globals.sql',
    globalsWithPasswords: true,
    ...rest,
    tables,
    schema,
    encryption: null,
    files,
  };
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  await writeWhole(path.join(partial, 'manifest.json'), text);
  await writeWhole(path.join(partial, 'manifest.json.sha256'), createHash('sha256').update(text).digest('hex'));
  await rm(file, { force: true });
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function syncTree(folder: string): Promise<void> {
  const items = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const item of items) await sync(path.join(item.parentPath, item.name));
  await sync(folder);
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Removes what a failed or cancelled backup left. */
export async function removePartial(context: WorkerContext, input: DumpInput): Promise<void> {
  await rm(partialFolder(context, input), { recursive: true, force: true });
}
