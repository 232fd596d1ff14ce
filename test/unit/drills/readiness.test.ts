import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendDrillLine } from '../../../src/drills/files.ts';
import { lookAtDrills } from '../../../src/readiness/look/drills.ts';
import { drill } from './fixture.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'kintsugi-drills-'));
});
afterEach(() => rm(state, { recursive: true }));

test('readiness sees the drills that came to a result, oldest first', async () => {
  const drills = [
    drill('2026-11-06T10:00', { outcome: 'failed', rtaMs: null }),
    drill('2026-10-02T10:00', { rtaMs: 42_000 }),
    drill('2026-09-04T10:00', { outcome: 'cancelled' }),
    drill('2026-08-07T10:00', { outcome: null }),
  ];
  for (const { begun, ended } of drills)
    for (const line of [begun, ...(ended === null ? [] : [ended])]) await appendDrillLine(state, begun, line);
  const seen = await lookAtDrills(state);
  expect(seen.map(({ well, rtaMs, bytes }) => ({ well, rtaMs, bytes }))).toEqual([
    { well: true, rtaMs: 42_000, bytes: 1 },
    { well: false, rtaMs: null, bytes: 1 },
  ]);
});

test('the end of a drill is written once, whoever tries again', async () => {
  const { begun, ended } = drill('2026-11-06T10:00');
  if (ended === null) throw new Error('it has an end');
  await appendDrillLine(state, begun, begun);
  await appendDrillLine(state, begun, ended);
  await appendDrillLine(state, begun, { ...ended, outcome: 'failed' });
  expect((await lookAtDrills(state)).map(({ well }) => well)).toEqual([true]);
});
