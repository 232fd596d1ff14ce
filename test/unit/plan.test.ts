import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadPlan } from '../../src/plan/load.ts';
import { byteCount, milliseconds } from '../../src/plan/units.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sound = ['version: 1', 'stack:', '  project: demo', 'database:', '  name: app', '  user: me'];

/** @returns the message of the error that loading these lines ends with, without the folder's name. */
async function faults(lines: readonly string[]): Promise<string> {
  const file = path.join(folder, 'kintsugi.yaml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const error: unknown = await loadPlan(file).catch((thrown: unknown) => thrown);
  return (error as Error).message.replaceAll(`${folder}/`, '');
}

test('the example is sound and has the numbers of the document', async () => {
  const { plan } = await loadPlan(fileURLToPath(new URL('../../examples/uns-claudejp/kintsugi.yaml', import.meta.url)));
  expect(milliseconds(plan.objectives.databaseCorruption.rto ?? '')).toBe(2 * 60 * 60 * 1000);
  expect(byteCount(plan.backups.floor)).toBe(10_485_760);
  expect(plan.escalation.P1.updates).toMatchObject({ responders: '15m', everyone: '30m' });
});

test('a small plan gets every default', async () => {
  const file = path.join(folder, 'small.yaml');
  writeFileSync(file, sound.join('\n'));
  const { plan } = await loadPlan(file);
  expect(plan.approvals.P1).toBe('one');
  expect(plan.backups.keepReplaced).toBe('7d');
});

test('every fault is named with its line', async () => {
  const message = await faults([...sound, 'backups:', '  keepReplacd: 7d', '  jobs: 0']);
  expect(message).toContain('kintsugi.yaml:8:3 backups.keepReplacd');
  expect(message).toContain('kintsugi.yaml:9:3 backups.jobs');
});

test('broken YAML is named with its line', async () => {
  expect(await faults([...sound, 'zone: [Asia/Tokyo'])).toMatch(/kintsugi\.yaml:[78]:\d+/);
});
