import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { instantOfId } from '../../src/catalog/ids.ts';
import type { Manifest } from '../../src/catalog/manifest.ts';

/** @returns the sha256 of a text, in hexadecimal. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @returns a small manifest that is whole. */
export function manifestOf(id: string, files: Record<string, string>, changes: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    id,
    stack: 'uns',
    takenAt: instantOfId(id) ?? '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-11-23T14:26:00.000Z',
    takenBy: { workflowId: 'backup-uns', runId: 'run', reason: 'test' },
    server: { version: '15.20', versionNumber: 150020, systemIdentifier: '1', image: 'postgres:15', lsn: '0/1' },
    database: {
      name: 'app',
      owner: 'owner',
      encoding: 'UTF8',
      localeProvider: 'libc',
      collate: 'C',
      ctype: 'C',
      icuLocale: null,
      connectionLimit: -1,
      tablespace: 'pg_default',
      comment: null,
      acl: null,
      settings: [],
    },
    archive: { path: 'data', format: 'directory', compression: 1, entries: 3 },
    globals: 'globals.sql',
    globalsWithPasswords: true,
    roles: ['owner'],
    extensions: [],
    tables: [{ schema: 'public', name: 't', kind: 'table', rows: 3, bytes: 8192 }],
    sequences: [],
    largeObjects: { count: 0, sum: '0/0', content: false },
    schema: { sha256: sha256(''), objects: {} },
    migration: null,
    databaseBytes: 1000,
    encryption: null,
    files: Object.entries(files).map(([name, text]) => ({ path: name, bytes: Buffer.byteLength(text), sha256: sha256(text) })),
    ...changes,
  };
}

export const smallFiles = {
  'data/toc.dat': 'PGDMP table of contents',
  'data/3001.dat.gz': 'rows',
  'globals.sql': 'CREATE ROLE owner;',
};

/** Writes a backup that is whole. @returns its folder. */
export async function writeBackup(
  folder: string,
  id: string,
  changes: Partial<Manifest> = {},
  files: Record<string, string> = smallFiles,
): Promise<string> {
  const backup = path.join(folder, id);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(backup, name)), { recursive: true });
    await writeFile(path.join(backup, name), text);
  }
  const text = JSON.stringify(manifestOf(id, files, changes));
  await writeFile(path.join(backup, 'manifest.json'), text);
  await writeFile(path.join(backup, 'manifest.json.sha256'), `${sha256(text)}  manifest.json\n`);
  return backup;
}
