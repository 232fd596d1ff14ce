import { mkdir, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instantOfId, isBackupId, makeBackupId } from '../../src/catalog/ids.ts';
import { listBackups } from '../../src/catalog/list.ts';
import { readManifest } from '../../src/catalog/read.ts';
import { verifyFiles } from '../../src/catalog/verify-files.ts';
import { manifestOf, smallFiles, writeBackup } from './catalog-fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kintsugi-catalog-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const older = '20261123T142501Z-7f3a';
const newer = '20261123T152501Z-0a1b';

describe('ids', () => {
  it('are made of the instant in UTC and four digits, and tell it again', () => {
    const id = makeBackupId(new Date('2026-11-23T14:25:01.987Z'), '7f3a');
    expect(id).toBe(older);
    expect(instantOfId(id)).toBe('2026-11-23T14:25:01.000Z');
  });

  it.each(['20261323T142501Z-7f3a', '20261123T142501Z', '20261123T142501Z-7F3A', `${older}.partial`, '20260231T000000Z-0000'])(
    'do not include %s',
    (text) => expect(isBackupId(text)).toBe(false),
  );
});

describe('listBackups', () => {
  it('lists nothing of a folder that is not there', async () => {
    expect(await listBackups(path.join(folder, 'none'))).toEqual([]);
  });

  it('lists backups newest first', async () => {
    await writeBackup(folder, older);
    await writeBackup(folder, newer);
    const entries = await listBackups(folder);
    expect(entries.map((entry) => [entry.id, entry.state])).toEqual([
      [newer, 'whole'],
      [older, 'whole'],
    ]);
  });

  it('never takes a partial, a stranger or a broken manifest for a backup', async () => {
    await writeBackup(folder, older);
    const partial = await writeBackup(folder, newer);
    await rename(partial, `${partial}.partial`);
    await writeFile(
      path.join(`${partial}.partial`, 'owner.json'),
      JSON.stringify({ workflowId: 'w', runId: 'r', attempt: 1, at: 'now' }),
    );
    const broken = await writeBackup(folder, '20261123T162501Z-0a1b');
    await rm(path.join(broken, 'manifest.json.sha256'));
    await writeFile(path.join(folder, 'notes.bin'), Buffer.from([0, 1, 2, 3]));
    await mkdir(path.join(folder, '.staging'));
    const entries = await listBackups(folder);
    const states = Object.fromEntries(entries.map((entry) => [entry.id, entry.state]));
    expect(states).toEqual({ [older]: 'whole', [newer]: 'partial', '20261123T162501Z-0a1b': 'broken', 'notes.bin': 'stranger' });
    expect(entries.find((entry) => entry.state === 'partial')).toMatchObject({ owner: { workflowId: 'w', runId: 'r' } });
    expect(entries.find((entry) => entry.state === 'broken')).toMatchObject({
      why: expect.stringContaining('manifest.json.sha256'),
    });
  });

  it('calls a manifest broken when one byte of it changed, when it names another backup, and when it has unknown keys', async () => {
    const changed = await writeBackup(folder, older);
    await writeFile(path.join(changed, 'manifest.json'), ' ', { flag: 'a' });
    await writeBackup(folder, newer, { id: older });
    await writeBackup(folder, '20261123T162501Z-0a1b', { unknown: 1 } as never);
    const entries = await listBackups(folder);
    expect(entries.map((entry) => entry.state === 'broken' && entry.why)).toEqual([
      expect.stringContaining('not understood'),
      expect.stringContaining(older),
      expect.stringContaining('does not match'),
    ]);
  });

  it('lists what others made as not ours, with the instant of the name, else of the file', async () => {
    await writeFile(path.join(folder, 'production_backup_2025_11_12_120000.sql'), '--\n-- PostgreSQL database dump\n--\n');
    await writeFile(path.join(folder, 'latest.dump'), 'PGDMP');
    await utimes(path.join(folder, 'latest.dump'), 1_700_000_000, 1_700_000_000);
    expect(await listBackups(folder)).toMatchObject([
      {
        id: 'production_backup_2025_11_12_120000.sql',
        state: 'foreign',
        kind: 'plain',
        takenFrom: 'name',
        takenAt: new Date(2025, 10, 12, 12).toISOString(),
      },
      { id: 'latest.dump', state: 'foreign', kind: 'custom', takenFrom: 'mtime', takenAt: '2023-11-14T22:13:20.000Z' },
    ]);
  });
});

describe('verifyFiles', () => {
  it('passes a whole backup and tells how much it read', async () => {
    const backup = await writeBackup(folder, older);
    const seen: number[] = [];
    const result = await verifyFiles(backup, await readManifest(backup), { onProgress: (read) => seen.push(read) });
    expect(result).toEqual({ files: 3, bytes: seen.at(-1) });
  });

  it.each([
    [
      'a changed byte',
      (at: string) => writeFile(path.join(at, 'data/3001.dat.gz'), 'rowz'),
      'BACKUP_CORRUPT',
      'data/3001.dat.gz does not match its checksum',
    ],
    [
      'a shorter file',
      (at: string) => truncate(path.join(at, 'data/toc.dat'), 5),
      'BACKUP_TRUNCATED',
      'data/toc.dat has 5 of 23 bytes',
    ],
    [
      'a longer file',
      (at: string) => writeFile(path.join(at, 'globals.sql'), ';', { flag: 'a' }),
      'BACKUP_CORRUPT',
      '1 more than were written',
    ],
    ['a missing file', (at: string) => rm(path.join(at, 'data/3001.dat.gz')), 'BACKUP_CORRUPT', 'data/3001.dat.gz is missing'],
    [
      'an extra file',
      (at: string) => writeFile(path.join(at, 'data/9.dat'), 'x'),
      'BACKUP_CORRUPT',
      'data/9.dat is in it, but not in its manifest',
    ],
  ] as const)('finds %s', async (_name, spoil, code, message) => {
    const backup = await writeBackup(folder, older);
    const manifest = await readManifest(backup);
    await spoil(backup);
    await expect(verifyFiles(backup, manifest)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('refuses a manifest that names files outside of the backup', async () => {
    const backup = await writeBackup(folder, older);
    await writeFile(path.join(folder, 'outside'), 'x');
    const manifest = manifestOf(older, { ...smallFiles, '../outside': 'x' });
    await expect(verifyFiles(backup, manifest)).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
  });

  it('stops when it is aborted', async () => {
    const backup = await writeBackup(folder, older);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(verifyFiles(backup, await readManifest(backup), { signal })).rejects.toThrow('enough');
  });
});
