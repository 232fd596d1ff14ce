import { describe, expect, it } from 'vitest';
import type { EvidenceLine } from '../../../src/evidence/line.ts';
import { triedIn } from '../../../src/readiness/look/channels.ts';
import { measureOf } from '../../../src/readiness/look/recoveries.ts';
import { seen } from '../../../src/readiness/look/seen.ts';
import { predict, restoreRate } from '../../../src/readiness/predict.ts';
import type { ProcedureRecord, StepProgress } from '../../../src/workflows/contract.ts';
import { hour, minute } from './scene.ts';

const at = (seconds: number) => new Date(Date.parse('2026-11-24T03:00:00Z') + seconds * 1000).toISOString();
const step = (name: string, from: number, to: number): StepProgress => ({
  name,
  title: name,
  state: 'done',
  startedAt: at(from),
  endedAt: at(to),
});
const record = (steps: readonly StepProgress[], more: Partial<ProcedureRecord> = {}) =>
  ({
    steps,
    failure: null,
    endedAt: at(900),
    backup: { id: 'b', takenAt: null, path: '/b', bytes: 10 },
    ...more,
  }) as ProcedureRecord;

describe('measureOf', () => {
  const steps = [
    step('chooseBackup', 0, 5),
    step('approval', 10, 310),
    step('restoreBeside', 310, 330),
    step('health', 340, 350),
  ];

  it('counts until the application is back, without the waiting for a person and what comes after', () =>
    expect(measureOf(record([...steps, step('freshBackup', 350, 800)]))).toMatchObject({
      kind: 'recovery',
      bytes: 10,
      ms: 50_000,
    }));

  it('tells nothing of a recovery that failed, or that restored nothing', () => {
    expect(measureOf(record(steps, { failure: { code: 'X', message: '', state: null, hints: [] } }))).toBeNull();
    expect(measureOf(record(steps.filter(({ name }) => name !== 'restoreBeside')))).toBeNull();
  });
});

describe('predict', () => {
  const restore = (kind: 'recovery' | 'drill' | 'verification', ms: number, bytes: number | null = 100) => ({
    kind,
    at: 0,
    bytes,
    ms,
  });

  it('prefers what was measured to the healthy application', () => {
    const all = [restore('verification', hour), restore('recovery', 3 * minute), restore('drill', 5 * minute)];
    expect(predict(all, 100)).toMatchObject({
      lowMs: 3 * minute,
      highMs: 5 * minute,
      whole: true,
      from: { recovery: 1, drill: 1 },
    });
    expect(predict([restore('verification', minute)], 100)).toMatchObject({ highMs: minute, whole: false });
    expect(predict([], 100)).toBeNull();
  });

  it('takes longer for more data, and is not quicker for less', () => {
    expect(predict([restore('recovery', minute)], 300)).toMatchObject({ highMs: 3 * minute, scaledBy: 3 });
    expect(predict([restore('recovery', minute)], 10)).toMatchObject({ highMs: minute, scaledBy: 1 });
    expect(predict([restore('recovery', minute, null)], 10)).toMatchObject({ highMs: minute });
  });

  it('tells the rate of the median restore', () =>
    expect(
      restoreRate([restore('verification', 1_000, 10), restore('verification', 1_000, 30), restore('verification', 1_000, 20)]),
    ).toBe(20));
});

describe('triedIn', () => {
  const line = (activityId: string, attempt: number, more: Partial<EvidenceLine>) =>
    ({ activity: 'probeChannel', activityId, attempt, endedAt: at(attempt), outcome: 'done', ...more }) as EvidenceLine;

  it('takes the last attempt of each channel', () => {
    const done = { outcome: 'done' as const, result: { channel: 'email', ok: true, text: 'it answers' } };
    expect(
      triedIn([
        line('1', 1, { outcome: 'failed', message: 'email: refused' }),
        line('2', 1, { outcome: 'failed', message: 'slack: no answer' }),
        line('1', 2, done),
        line('2', 2, { outcome: 'failed', message: 'slack: no answer' }),
      ]),
    ).toEqual({
      at: Date.parse(at(2)),
      tried: [
        { ok: true, text: 'email: it answers' },
        { ok: false, text: 'slack: no answer' },
      ],
    });
    expect(triedIn([])).toBeNull();
  });
});

describe('seen', () => {
  it('turns what a look throws into a fault', async () => {
    expect(await seen(() => Promise.reject(new Error('no\nstack')))).toEqual({ fault: 'no', hint: null });
    expect(await seen(() => Promise.resolve(7))).toEqual({ is: 7 });
  });
});
