import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { named } from '../../../src/activities/backups/pick.ts';
import { readHold, removeHold, writeHold } from '../../../src/catalog/hold.ts';
import { listBackups } from '../../../src/catalog/list.ts';
import { byText } from '../../../src/catalog/order.ts';
import { readManifest } from '../../../src/catalog/read.ts';
import { markReader, readersOf, unmarkReader } from '../../../src/catalog/readers.ts';
import { purgeBackup, trashBackup, undeleteBackup } from '../../../src/catalog/trash.ts';
import { appendVerification, readVerifications } from '../../../src/catalog/verification.ts';
import { verifyFiles } from '../../../src/catalog/verify-files.ts';
import { planSchema } from '../../../src/plan/schema.ts';
import { planRetention } from '../../../src/retention/plan.ts';
import { writeBackup } from '../catalog-fixture.ts';

const id = '20261123T142501Z-7f3a';
const run = { workflowId: 'restore-uns', runId: 'run-1' };
let folder: string;
let backup: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kintsugi-keep-'));
  backup = await writeBackup(folder, id);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const passed = { at: '2026-11-24T00:00:00.000Z', means: 'checksums', outcome: 'passed', by: run, durationMs: 5 } as const;

test('what stands beside the manifest is no damage', async () => {
  await appendVerification(backup, passed);
  await writeHold(backup, { until: '2027-01-01T00:00:00.000Z', reason: 'audit', by: 'Sato', at: '2026-11-24T00:00:00.000Z' });
  await markReader(backup, run, 60_000);
  await expect(verifyFiles(backup, await readManifest(backup))).resolves.toMatchObject({ files: 3 });
  await writeFile(path.join(backup, 'verification.txt'), '');
  await expect(verifyFiles(backup, await readManifest(backup))).rejects.toThrow(/not in its manifest/);
});

test('results of verifications: the newest last, a torn line is none', async () => {
  await appendVerification(backup, passed);
  await appendVerification(backup, { ...passed, outcome: 'failed', code: 'BACKUP_CORRUPT', message: 'x' });
  await writeFile(path.join(backup, 'verification.jsonl'), '{"at":"2026', { flag: 'a' });
  expect((await readVerifications(backup)).map(({ outcome }) => outcome)).toEqual(['passed', 'failed']);
});

test('a hold that can’t be read holds', async () => {
  expect(await readHold(backup)).toBeNull();
  await writeFile(path.join(backup, 'hold.json'), 'no JSON');
  expect((await readHold(backup))?.until).toMatch(/^9999/);
  expect(await removeHold(backup)).toBe(true);
  expect(await removeHold(backup)).toBe(false);
});

test('a reader’s mark expires, is renewed, and goes without a trace', async () => {
  await markReader(backup, run, 60_000);
  await markReader(backup, { ...run, runId: 'run-2' }, 3_600_000);
  expect((await readersOf(backup, Date.now())).map(({ runId }) => runId).toSorted(byText)).toEqual(['run-1', 'run-2']);
  expect((await readersOf(backup, Date.now() + 120_000)).map(({ runId }) => runId)).toEqual(['run-2']);
  await unmarkReader(backup, run);
  await unmarkReader(backup, { runId: 'run-2' });
  await unmarkReader(backup, run);
  expect(await readdir(backup)).not.toContain('readers');
});

test('a mark that can’t be read counts for a day', async () => {
  await markReader(backup, run, 60_000);
  const [file] = await readdir(path.join(backup, 'readers'));
  const mark = path.join(backup, 'readers', file ?? '');
  await writeFile(mark, '{');
  expect(await readersOf(backup, Date.now())).toHaveLength(1);
  await utimes(mark, 0, 0);
  expect(await readersOf(backup, Date.now())).toHaveLength(0);
});

test('deleted: no reader takes it for a backup, and it can be had back', async () => {
  expect(await trashBackup(backup, 'its time is over', Date.now())).toBe(true);
  expect(await trashBackup(backup, 'its time is over', Date.now())).toBe(true);
  const entries = await listBackups(folder);
  expect(entries).toMatchObject([{ state: 'deleted', id, why: 'its time is over' }]);
  expect(() => named(entries, id, folder)).toThrow(/was deleted/);
  await expect(markReader(backup, run, 60_000)).rejects.toThrow(/was deleted a moment ago/);
  expect(await undeleteBackup(`${backup}.deleted`)).toBe(backup);
  expect(await listBackups(folder)).toMatchObject([{ state: 'whole', id }]);
  await verifyFiles(backup, await readManifest(backup));
});

test('one that somebody began to read at the last moment is there as before', async () => {
  await markReader(backup, run, 60_000);
  expect(await trashBackup(backup, 'its time is over', Date.now())).toBe(false);
  expect(await listBackups(folder)).toMatchObject([{ state: 'whole', id }]);
});

test('only what is in the trash can be removed', async () => {
  await expect(purgeBackup(backup)).rejects.toThrow(RangeError);
  await trashBackup(backup, 'old', Date.now());
  await purgeBackup(`${backup}.deleted`);
  await expect(stat(`${backup}.deleted`)).rejects.toThrow();
});

test('the plan of retention reads tiers, holds, readers and results from the folder; others’ backups are not in it', async () => {
  const plan = planSchema.parse({ version: 1, stack: { project: 'uns' }, database: { name: 'app', user: 'admin' } });
  const now = Date.parse('2026-11-25T15:00:00Z');
  const newest = await writeBackup(folder, '20261125T140000Z-0001', { tiers: ['hourly'] });
  await appendVerification(newest, passed);
  await writeBackup(folder, '20261123T150000Z-0002', { tiers: ['hourly'] });
  await writeBackup(folder, '20261101T150000Z-0003', { tiers: ['hourly'], stack: 'another' });
  await writeFile(path.join(folder, 'theirs.sql'), '-- PostgreSQL database dump\n');
  const { decisions, frozen } = await planRetention(
    plan,
    await listBackups(folder),
    { lastRunAt: null, clockIsRight: false },
    now,
  );
  expect(frozen).toEqual([]);
  expect(Object.fromEntries(decisions.map((each) => [each.id, each.verdict]))).toEqual({
    '20261125T140000Z-0001': 'keep',
    [id]: 'keep',
    '20261123T150000Z-0002': 'delete',
  });
});
