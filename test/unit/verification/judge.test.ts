import { describe, expect, it } from 'vitest';
import { planSchema } from '../../../src/plan/schema.ts';
import { judgeBackups, type Seen, type StoredBackup, sizeFault } from '../../../src/verification/judge.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-24T03:30:00Z');
const plan = planSchema.parse({
  version: 1,
  stack: { project: 'uns' },
  database: { name: 'app', user: 'u' },
  backups: { floor: '1KB' },
  schedules: { backups: { hourly: 'off', weekly: 'off', monthly: 'off' } },
});
const unknown = { proven: false, fault: null, restoredAt: null, passed: null };
const fault = { ...unknown, fault: { code: 'RESTORE_FAILED', message: 'it stopped at an error', at: '2026-11-24T03:00:00Z' } };

function stored(daysAgo: number, changes: Partial<StoredBackup> = {}): StoredBackup {
  const takenAt = new Date(now - 90 * 60_000 - daysAgo * day).toISOString();
  return {
    id: `b${daysAgo}`,
    path: '/b',
    database: 'app',
    takenAt,
    bytes: 2_000,
    tiers: ['daily'],
    broken: null,
    standing: unknown,
    ...changes,
  };
}

const judge = (all: readonly StoredBackup[], more: Partial<Seen> = {}) =>
  judgeBackups(plan, { stored: all, vanished: [], notProven: [], ...more }, now).map(
    ({ subject, severity, problem }) => `${severity} ${subject}: ${problem}`,
  );

describe('judgeBackups', () => {
  it('finds nothing wrong where all is well', () => expect(judge([stored(0), stored(1), stored(2)])).toEqual([]));

  it('calls for everybody when there is none, or none that can be restored', () => {
    expect(judge([])).toEqual(['P1 backups-unusable: there is no backup of app']);
    expect(judge([stored(0, { standing: fault })])).toContainEqual(
      expect.stringMatching(/^P1 backups-unusable: no backup of app/),
    );
    // Of another database, it is no help.
    expect(judge([stored(0, { database: 'other' })])).toContainEqual(expect.stringMatching(/^P1 /));
  });

  it('tells the newest from older ones', () => {
    expect(judge([stored(0, { standing: fault }), stored(1)])).toEqual([
      "P2 backup-newest: the newest backup can't be restored: it stopped at an error",
    ]);
    expect(judge([stored(0), stored(1, { broken: 'its manifest is gone', database: null })])).toEqual([
      'P3 backups-damaged: b1: its manifest is gone',
    ]);
  });

  it('tells of one that vanished', () => {
    expect(judge([stored(0)], { vanished: ['b9'] })).toEqual([
      'P3 backups-damaged: b9 vanished while it was verified, and retention did not delete it',
    ]);
  });

  it('tells of a late tier, and of a newest that is older than the RPO', () => {
    expect(judge([stored(0, { tiers: [] }), stored(1)])).toEqual(['P3 backups: the daily backup of 2026-11-24T02:00Z is late']);
    expect(judge([stored(3), stored(4)])).toEqual([
      'P2 backups: the daily backup of 2026-11-24T02:00Z is late; the newest backup of app is older than the RPO',
    ]);
  });

  it('tells of one that is smaller than the floor, or than those before it', () => {
    expect(judge([stored(0, { bytes: 10 }), stored(1)])).toEqual([
      "P2 backups-size: the newest backup, b0, is 10 bytes, below the plan's floor of 1KB",
    ]);
    const before = [1, 2, 3].map((at) => stored(at, { bytes: 100_000 }));
    expect(judge([stored(0, { bytes: 40_000 }), ...before])).toEqual([
      'P2 backups-size: the newest backup, b0, is 40000 bytes, 40 % of the usual 100000',
    ]);
    expect(judge([stored(0, { bytes: 60_000 }), ...before])).toEqual([]);
  });

  it('says what could not be proven, and calls no backup bad for it', () => {
    expect(judge([stored(0)], { notProven: [{ id: 'b0', why: 'the engine is away' }] })).toEqual([
      'P3 backups-unproven: backups could not be proven to restore, through no fault of their own: b0: the engine is away',
    ]);
    expect(judge([stored(0), stored(20)])).toEqual([expect.stringContaining('b20 was not restored within 14d')]);
  });
});

describe('sizeFault', () => {
  it('needs a history', () => expect(sizeFault(plan, 2_000, [1e6, 1e6])).toBeNull());
  it('takes what is small for good as the usual', () => {
    expect(sizeFault(plan, 2_000, [2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 1e6, 1e6, 1e6, 1e6])).toBeNull();
  });
  it('can be switched off', () => {
    const off = { ...plan, verification: { ...plan.verification, shrunk: 0 } };
    expect(sizeFault(off, 2_000, [1e9, 1e9, 1e9])).toBeNull();
  });
});
