import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BackupFacts, BackupKind } from '../../catalog/facts.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';

const untouched = { state: 'Nothing was stopped or changed.' } as const;

/** @returns the format of what somebody's pg_dump wrote, told by its first bytes. @throws BACKUP_MISSING, BACKUP_EMPTY, BACKUP_UNREADABLE */
export async function recogniseBackup(file: string): Promise<BackupKind> {
  const found = await stat(file).catch(() => {
    throw new KintsugiError('BACKUP_MISSING', `There is no backup ${file}.`, { ...untouched, hints: ['kintsugi backup list'] });
  });
  if (found.isDirectory()) {
    if (await stat(path.join(file, 'toc.dat')).catch(() => null)) return 'directory';
    throw new KintsugiError(
      'BACKUP_UNREADABLE',
      `${file} is a folder without a toc.dat: not a directory dump of pg_dump.`,
      untouched,
    );
  }
  if (found.size === 0)
    throw new KintsugiError('BACKUP_EMPTY', `${file} is empty.`, { ...untouched, hints: ['kintsugi backup list'] });
  const handle = await open(file);
  const head = Buffer.alloc(512);
  await handle.read(head, 0, 512, 0).finally(() => handle.close());
  if (head.subarray(0, 5).toString('latin1') === 'PGDMP') return 'custom';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'plain.gz';
  if (head.readUInt32LE(0) === 0xfd2fb528) return 'plain.zst';
  if (head.subarray(0, 7).toString('latin1') === 'toc.dat') return 'tar';
  if (/PostgreSQL database dump|^--|^\\restrict|^SET /m.test(head.toString('utf8'))) return 'plain';
  throw new KintsugiError('BACKUP_UNREADABLE', `${file} is in no format that pg_dump writes.`, {
    ...untouched,
    hints: ['kintsugi backup list'],
  });
}

// Reads an archive to its end, which a listing of its contents does not.
const archiveScript = 'pg_restore --list "$1" && pg_restore --file=/dev/null "$1"';
const readers: Partial<Record<BackupKind, string>> = { plain: 'cat', 'plain.gz': 'gzip -dc', 'plain.zst': 'zstd -dcq' };

/** Reads a foreign backup whole, in a job without network, from the database's own image. @throws as `chooseBackup` */
export async function foreignFacts(context: WorkerContext, input: StepInput, file: string): Promise<BackupFacts> {
  const kind = await recogniseBackup(file);
  const reader = readers[kind];
  const server = await databaseContainer(context, input.plan);
  const script =
    reader === undefined
      ? archiveScript
      : `set -o pipefail; ${reader} "$1" | awk '/^-- (Dumped|PostgreSQL database dump complete)|^\\\\connect |^CREATE EXTENSION/'`;
  const lines: string[] = [];
  const result = await runJob(
    context.docker,
    {
      name: jobName(input, 'check-backup'),
      image: server.image,
      network: 'none',
      command: ['bash', '-c', script, 'check', '/kintsugi/archive'],
      mounts: [{ source: file, target: '/kintsugi/archive', readOnly: true }],
      labels: jobLabels(input, 'check-backup'),
    },
    { onLine: (line, stream) => stream === 'stdout' && lines.push(line) },
  );
  const text = lines.join('\n');
  if (result.exitCode !== 0) throw unreadable(file, result.stderr);
  if (reader !== undefined && !text.includes('PostgreSQL database dump complete')) {
    throw new KintsugiError(
      'BACKUP_TRUNCATED',
      `${file} ends before its end: the line “PostgreSQL database dump complete” is missing.`,
      { ...untouched, hints: ['kintsugi backup list'] },
    );
  }
  if (lines.filter((line) => line.startsWith('\\connect ')).length > 1) {
    throw new KintsugiError(
      'BACKUP_UNREADABLE',
      `${file} holds several databases (pg_dumpall); a dump of one is needed.`,
      untouched,
    );
  }
  const version = /Dumped from database version:? (\d+)\.(\d+)/.exec(text);
  const found = await stat(file);
  return {
    id: path.basename(file),
    path: file,
    kind,
    takenAt: instantOf(file, found.mtime),
    bytes: found.size,
    files: 1,
    databaseName: /^;\s+dbname: (.*)$/m.exec(text)?.[1] ?? null,
    serverVersion: version === null ? null : `${version[1]}.${version[2]}`,
    serverVersionNumber: version === null ? null : Number(version[1]) * 10_000 + Number(version[2]),
    databaseBytes: null,
    roles: [],
    extensions: [],
    tocEntries: reader === undefined ? lines.filter((line) => /^\d+; /.test(line)).length : null,
    hasManifest: false,
    encrypted: false,
    createsDatabase: text.includes('\\connect '),
    checkedBy: [reader === undefined ? 'read to its end' : 'end marker'],
  };
}

function unreadable(file: string, stderr: string): KintsugiError {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (/unsupported version/.test(said))
    return new KintsugiError('BACKUP_NEWER_SERVER', `${file} was made by a newer pg_dump: ${said}`, untouched);
  if (/unexpected end|end of file|could not read|premature/i.test(said))
    return new KintsugiError('BACKUP_TRUNCATED', `${file} ends before its end: ${said}`, untouched);
  return new KintsugiError('BACKUP_CORRUPT', `${file} cannot be read: ${said}`, {
    ...untouched,
    hints: ['kintsugi backup list'],
  });
}

/** The document's names tell the instant: production_backup_YYYY_MM_DD_HHMMSS.sql, in the zone of who made it; else the file's time. */
function instantOf(file: string, modified: Date): string {
  const match = /(\d{4})_(\d{2})_(\d{2})_(\d{2})(\d{2})(\d{2})/.exec(path.basename(file));
  if (match === null) return modified.toISOString();
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`).toISOString();
}
