import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { folderMode, insideBackup } from '../../catalog/layout.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import { readManifest } from '../../catalog/read.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { encryptedSuffix, withGpg } from '../backups/openpgp.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { parseToc } from '../postgres/toc.ts';

/**
 * Lets pg_restore list the archive of a backup of ours, and compares the number of its entries with the manifest.
 *
 * @throws KintsugiError BACKUP_CORRUPT when it can't be listed or has other entries; what the decryption throws.
 */
export async function checkListing(context: WorkerContext, input: StepInput & { path: string }): Promise<{ entries: number }> {
  const manifest = await readManifest(input.path);
  const step = `list-${manifest.id.slice(-4)}`;
  const plain = manifest.encryption === null ? null : path.join(context.stateFolder, 'lists', jobName(input, step));
  try {
    if (plain !== null) await decryptContents(context, input, manifest, plain);
    const archive = plain ?? insideBackup(input.path, manifest.archive.path);
    return { entries: await countEntries(context, input, manifest, { archive, step }) };
  } finally {
    if (plain !== null) await rm(plain, { recursive: true, force: true });
  }
}

/** Of a directory dump the list reads one small file only. */
async function decryptContents(
  context: WorkerContext,
  input: StepInput & { path: string },
  manifest: Manifest,
  to: string,
): Promise<void> {
  await mkdir(to, { recursive: true, mode: folderMode });
  const encrypted = insideBackup(input.path, `${manifest.archive.path}/toc.dat${encryptedSuffix}`);
  await withGpg(context, input.plan, cancellationSignal(), (gpg) => gpg.decrypt(encrypted, path.join(to, 'toc.dat')));
}

async function countEntries(
  context: WorkerContext,
  input: StepInput,
  { id, archive: promised }: Manifest,
  { archive, step }: { archive: string; step: string },
): Promise<number> {
  const server = await databaseContainer(context, input);
  const lines: string[] = [];
  const result = await runJob(
    context.docker,
    {
      name: jobName(input, step),
      image: server.image,
      network: 'none',
      command: ['pg_restore', '--list', '/kintsugi/archive'],
      mounts: [{ source: archive, target: '/kintsugi/archive', readOnly: true }],
      labels: jobLabels(input, step),
    },
    { onLine: (line, stream) => stream === 'stdout' && lines.push(line) },
  );
  const entries = parseToc(lines).length;
  if (result.exitCode === 0 && entries === promised.entries) return entries;
  const why =
    result.exitCode === 0
      ? `its archive lists ${entries} entries, its manifest says ${promised.entries}`
      : `pg_restore can't list its archive: ${result.stderr.trim().slice(-300)}`;
  throw new KintsugiError('BACKUP_CORRUPT', `${id} is damaged: ${why}.`, { state: 'Nothing was stopped or changed.' });
}
