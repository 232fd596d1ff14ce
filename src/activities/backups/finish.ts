import { createHash } from 'node:crypto';
import { chmod, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow, flush, flushFolders, writeDurably } from '../../catalog/durable.ts';
import { hashFile, inParallel } from '../../catalog/hash.ts';
import {
  archiveName,
  fileMode,
  globalsName,
  manifestName,
  manifestSumName,
  ownerName,
  partialSuffix,
  workName,
} from '../../catalog/layout.ts';
import type { Manifest, ManifestFile } from '../../catalog/manifest.ts';
import { readManifest } from '../../catalog/read.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Tier } from '../../plan/tier-names.ts';
import type { TakeBackupResult } from '../../workflows/contract.ts';
import type { WorkerContext } from '../context.ts';
import { archiveSequences } from './archive-sequences.ts';
import { beating, megabytes } from './beat.ts';
import { type Described, type DescribeInput, describedNote } from './describe.ts';
import { encryptedSuffix, withGpg } from './openpgp.ts';
import { notePath, partialFolder, readNote } from './partial.ts';

export interface FinishInput extends DescribeInput {
  readonly reason: string;
  readonly tiers?: readonly Tier[] | undefined;
}

/**
 * Makes a backup of what was dumped: encryption, checksums, manifest, everything flushed to the disk, then renamed. Until the
 * rename it is no backup. Done already, it tells the same.
 */
export async function finishBackup(context: WorkerContext, input: FinishInput): Promise<TakeBackupResult> {
  const partial = partialFolder(context, input);
  const whole = partial.slice(0, -partialSuffix.length);
  if ((await stat(whole).catch(() => null)) === null) {
    let done = 'manifest';
    const say = (text: string): void => {
      done = text;
    };
    await beating(
      () => ({ text: done }),
      (signal) => seal(context, input, partial, signal, say),
    );
    await rename(partial, whole);
    await flush(path.dirname(whole));
  }
  return summary(await readManifest(whole), whole);
}

function summary(manifest: Manifest, folder: string): TakeBackupResult {
  return {
    id: manifest.id,
    path: folder,
    takenAt: manifest.takenAt,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    tables: manifest.tables.length,
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    fingerprints: manifest.tables.some((table) => table.fingerprint !== undefined),
  };
}

type Say = (text: string) => void;

async function seal(context: WorkerContext, input: FinishInput, partial: string, signal: AbortSignal, say: Say): Promise<void> {
  // The notes go last but one: with the manifest there, an earlier attempt came that far.
  const sealed = await readManifest(partial).catch(() => null);
  if (sealed === null) {
    const manifest = await describeBackup(context, input, partial);
    if (input.plan.backups.encryption !== undefined) await encryptAll(context, input, partial, signal, say);
    const files = await sealFiles(partial, signal, say);
    const text = `${JSON.stringify({ ...manifest, finishedAt: new Date().toISOString(), files }, null, 1)}\n`;
    await writeDurably(path.join(partial, manifestName), text);
    const sum = createHash('sha256').update(text).digest('hex');
    await writeDurably(path.join(partial, manifestSumName), `${sum}  ${manifestName}\n`);
  }
  await rm(path.join(partial, workName), { recursive: true, force: true });
  await rm(path.join(partial, ownerName), { force: true });
  await flushFolders(partial);
}

/** @returns the files of the backup itself, without notes and manifest. */
async function contents(partial: string): Promise<string[]> {
  const names = await filesBelow(partial);
  return names.filter((name) => name.startsWith(`${archiveName}/`) || name.startsWith(globalsName));
}

async function encryptAll(
  context: WorkerContext,
  input: FinishInput,
  partial: string,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  const names = await contents(partial);
  for (const name of names.filter((entry) => entry.endsWith('.new'))) await rm(path.join(partial, name));
  const plain = names.filter((name) => !name.endsWith(encryptedSuffix) && !name.endsWith('.new'));
  await withGpg(context, input.plan, signal, async (gpg) => {
    let done = names.length - plain.length;
    await inParallel(plain, input.plan.backups.jobs, async (name) => {
      await gpg.encrypt(path.join(partial, name));
      done += 1;
      say(`encrypted ${done} of ${names.length} files`);
    });
  });
}

/** @returns every file with its size and sha256; each is flushed and made private while it is open. */
async function sealFiles(partial: string, signal: AbortSignal, say: Say): Promise<ManifestFile[]> {
  let read = 0;
  const onBytes = (count: number): void => {
    read += count;
    say(`checksums: ${megabytes(read)}`);
  };
  return inParallel(await contents(partial), 4, async (name) => {
    const file = path.join(partial, name);
    await chmod(file, fileMode);
    return { path: name, ...(await hashFile(file, { signal, onBytes, flush: true })) };
  });
}

type Unsealed = Omit<Manifest, 'files' | 'finishedAt'>;

async function describeBackup(context: WorkerContext, input: FinishInput, partial: string): Promise<Unsealed> {
  const described = await readNote<Described>(notePath(context, input, describedNote));
  const globals = await readNote<{ passwords: boolean }>(notePath(context, input, 'globals.json'));
  const dumped = await readNote<unknown>(notePath(context, input, 'dump.json'));
  if (described === null || globals === null || dumped === null) {
    throw new KintsugiError('CONNECTION_LOST', `${path.basename(partial)} lost its notes: the backup begins again.`);
  }
  const encrypted = input.plan.backups.encryption !== undefined;
  const { server, database, ...rest } = described.inventory;
  const toc = await readFile(notePath(context, input, 'toc'), 'utf8');
  return {
    format: 1,
    id: input.snapshot.id,
    stack: input.plan.stack.project,
    takenAt: input.snapshot.takenAt,
    takenBy: { workflowId: input.workflowId, runId: input.runId, reason: input.reason },
    ...(input.tiers === undefined ? {} : { tiers: [...input.tiers] }),
    server: { ...server, image: described.image, lsn: input.snapshot.lsn },
    database,
    archive: {
      path: archiveName,
      format: 'directory',
      compression: input.plan.backups.compression,
      entries: (toc.match(/^\d+; /gm) ?? []).length,
    },
    globals: encrypted ? `${globalsName}${encryptedSuffix}` : globalsName,
    globalsWithPasswords: globals.passwords,
    ...rest,
    sequences: archiveSequences(await readFile(notePath(context, input, 'sequences.sql'), 'utf8')),
    tables: described.tables,
    schema: described.schema,
    encryption: encrypted ? { format: 'openpgp', cipher: 'AES256' } : null,
  };
}
