import type { PlanInput } from '../../../src/plan/schema.ts';
import { planSchema } from '../../../src/plan/schema.ts';
import type { BackupSeen, BackupsSeen, ReadinessFacts, TemporalSeen } from '../../../src/readiness/facts.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const now = Date.parse('2026-11-24T03:30:00Z');

/** Hourly backups only, so that a scene needs few of them to be in time. */
export function planWith(changes: Partial<PlanInput> = {}) {
  return planSchema.parse({
    version: 1,
    stack: { project: 'uns' },
    database: { name: 'app', user: 'u' },
    channels: { email: { host: 'mail.example.com', from: 'kintsugi@example.com' } },
    people: { sato: { name: 'Sato', roles: ['primary-dba'] } },
    schedules: { backups: { daily: 'off', weekly: 'off', monthly: 'off' } },
    ...changes,
  });
}

const proven = { proven: true, fault: null, restoredAt: now - 10 * minute, passed: null };
export const unproven = { proven: false, fault: null, restoredAt: null, passed: null };
export const bad = {
  ...unproven,
  fault: { code: 'RESTORE_FAILED', message: 'it stopped at an error', at: '2026-11-24T03:00:00Z' },
};

export function backup(age: number, changes: Partial<BackupSeen> = {}): BackupSeen {
  return {
    id: `b${age / minute}`,
    takenAt: now - age,
    tookMs: 4_000,
    bytes: 100 * 2 ** 20,
    databaseBytes: 400 * 2 ** 20,
    tiers: ['hourly'],
    broken: null,
    standing: proven,
    failures: 0,
    ...changes,
  };
}

const temporal: TemporalSeen = {
  workers: [{ host: 'h', pid: 7, build: 'b' }],
  schedules: [{ kind: 'backups', state: 'active', note: '', next: now + 30 * minute, last: now - 30 * minute, missed: 0 }],
  incidents: [],
  recovery: null,
};

/** All is well, but for what is changed. */
export function scene(
  changes: Omit<Partial<ReadinessFacts>, 'backups' | 'temporal'> & {
    backups?: Partial<BackupsSeen> | { fault: string };
    temporal?: Partial<TemporalSeen> | { fault: string };
  } = {},
): ReadinessFacts {
  const { backups = {}, temporal: asked = {}, ...rest } = changes;
  const stored = [backup(30 * minute)];
  return {
    at: now,
    backups:
      'fault' in backups
        ? { fault: backups.fault, hint: null }
        : { is: { folder: '/b', stored, chosen: 'b30', key: null, ...backups } },
    restores: [{ kind: 'recovery', at: now - day, bytes: 100 * 2 ** 20, ms: 3 * minute }],
    recoveries: [],
    drills: [
      {
        workflowId: 'drill',
        startedAt: now - 5 * day,
        well: true,
        rtaMs: 4 * minute,
        rpaMs: hour,
        bytes: 100 * 2 ** 20,
        text: '',
      },
    ],
    channels: { at: now - hour, tried: [{ ok: true, text: 'email: it answers' }] },
    temporal: 'fault' in asked ? { fault: asked.fault, hint: 'kintsugi up' } : { is: { ...temporal, ...asked } },
    server: { is: { version: '15.14', liveBytes: 400 * 2 ** 20, walBytes: 2 ** 30, freeBytes: 50 * 2 ** 30 } },
    ...rest,
  };
}
