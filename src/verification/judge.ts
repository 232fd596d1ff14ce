/** What the stored backups as a whole give cause to say. Pure. Instants are milliseconds since 1970. */

import type { Plan, Severity } from '../plan/schema.ts';
import type { Tier } from '../plan/tier-names.ts';
import { byteCount, milliseconds } from '../plan/units.ts';
import { lateTiers } from '../schedules/tiers.ts';
import type { Standing } from './known.ts';

/** A stored backup, as the catalog and the results beside it tell. Instants are ISO 8601 in UTC. */
export interface StoredBackup {
  readonly id: string;
  readonly path: string;
  /** Null of one whose manifest is damaged. */
  readonly database: string | null;
  readonly takenAt: string;
  readonly bytes: number;
  readonly tiers: readonly Tier[];
  /** What is wrong with its manifest; null of a sound one. */
  readonly broken: string | null;
  readonly standing: Standing;
}

/** Something that people must hear of; its subject names its incident. */
export interface BackupFinding {
  readonly subject: (typeof subjects)[number];
  readonly severity: Severity;
  readonly problem: string;
  readonly impact: string;
}

/** All that is judged: what is not found any more, is well again. `backups` is shared with the audit, which withdraws it. */
export const subjects = [
  'backups',
  'backups-unusable',
  'backup-newest',
  'backups-damaged',
  'backups-size',
  'backups-unproven',
] as const;

export interface Seen {
  /** Newest first. */
  readonly stored: readonly StoredBackup[];
  /** Ids of those that vanished while they were verified, although retention did not delete them. */
  readonly vanished: readonly string[];
  /** What kept a backup from being proven that is no fault of it. */
  readonly notProven: readonly { readonly id: string; readonly why: string }[];
}

/** @returns what is wrong with the stored backups of the plan's database, and with any that is damaged. */
export function judgeBackups(plan: Plan, seen: Seen, now: number): BackupFinding[] {
  // One whose manifest is damaged may have been of it.
  const stored = seen.stored.filter(({ database }) => database === null || database === plan.database.name);
  return [
    ...unusable(plan, stored),
    ...damaged(plan, seen),
    ...late(plan, stored, now),
    ...small(plan, stored),
    ...unproven(plan, stored, seen, now),
  ];
}

function faultOf({ broken, standing }: StoredBackup): string | null {
  return broken ?? standing.fault?.message ?? null;
}

function unusable({ database }: Plan, stored: readonly StoredBackup[]): BackupFinding[] {
  if (stored.some((backup) => faultOf(backup) === null)) return [];
  const [newest] = stored;
  const problem =
    newest === undefined
      ? `there is no backup of ${database.name}`
      : `no backup of ${database.name} can be restored; the newest, ${newest.id}: ${faultOf(newest)}`;
  return [
    { subject: 'backups-unusable', severity: 'P1', problem, impact: 'If the database is lost now, nothing brings it back.' },
  ];
}

/** The newest of the plan's database, and any other of the stack. */
function damaged(plan: Plan, { stored, vanished }: Seen): BackupFinding[] {
  const newest = stored.find(({ database }) => database === null || database === plan.database.name);
  const bad = stored.filter((backup) => backup !== newest && faultOf(backup) !== null);
  const first = newest === undefined ? null : faultOf(newest);
  const lost = vanished.map((id) => `${id} vanished while it was verified, and retention did not delete it`);
  return [
    ...(newest === undefined || first === null
      ? []
      : [
          {
            subject: 'backup-newest' as const,
            severity: 'P2' as const,
            problem: `the newest backup can't be restored: ${first}`,
            impact: 'A recovery would have to take an older one.',
          },
        ]),
    ...(bad.length + lost.length === 0
      ? []
      : [
          {
            subject: 'backups-damaged' as const,
            severity: 'P3' as const,
            problem: [...bad.map((backup) => `${backup.id}: ${faultOf(backup)}`), ...lost].join('; '),
            impact: 'What was written between the others cannot be had back.',
          },
        ]),
  ];
}

/** The schedule began at the latest with the oldest backup that it took; without any, the audit says what is missing. */
function late(plan: Plan, stored: readonly StoredBackup[], now: number): BackupFinding[] {
  const tiered = stored
    .map(({ takenAt, tiers }) => ({ takenAt: Date.parse(takenAt), tiers }))
    .filter(({ tiers }) => tiers.length > 0);
  const since = Math.min(...tiered.map(({ takenAt }) => takenAt));
  const missing = tiered.length === 0 ? [] : lateTiers(plan, now, since, tiered);
  const age = now - Math.max(...stored.map(({ takenAt }) => Date.parse(takenAt)));
  const rpo = milliseconds(plan.objectives.databaseCorruption.rpo ?? plan.objectives.default.rpo);
  const tooOld = stored.length > 0 && age > rpo;
  if (missing.length === 0 && !tooOld) return [];
  const problem = [
    ...missing.map(({ tier, dueAt }) => `the ${tier} backup of ${new Date(dueAt).toISOString().slice(0, 16)}Z is late`),
    ...(tooOld ? [`the newest backup of ${plan.database.name} is older than the RPO`] : []),
  ].join('; ');
  return [
    {
      subject: 'backups',
      severity: tooOld ? 'P2' : 'P3',
      problem,
      impact: 'More would be lost in a recovery than the plan allows for.',
    },
  ];
}

const historyLength = 10;

/** @returns why a backup's size is suspicious; null if it is not. @param before the sizes of those before it, newest first. */
export function sizeFault(plan: Plan, bytes: number, before: readonly number[]): string | null {
  const floor = byteCount(plan.backups.floor);
  if (bytes < floor) return `is ${bytes} bytes, below the plan's floor of ${plan.backups.floor}`;
  const history = before.slice(0, historyLength).toSorted((a, b) => a - b);
  // One size is no history.
  if (history.length < 3) return null;
  const usual = history[Math.floor(history.length / 2)] ?? 0;
  if (bytes >= usual * plan.verification.shrunk) return null;
  return `is ${bytes} bytes, ${Math.round((100 * bytes) / usual)} % of the usual ${usual}`;
}

/** Of the newest only: those before it were the newest once, and what is small for good becomes the usual. */
function small(plan: Plan, stored: readonly StoredBackup[]): BackupFinding[] {
  const [newest, ...before] = stored.filter(({ broken }) => broken === null);
  if (newest === undefined) return [];
  const why = sizeFault(
    plan,
    newest.bytes,
    before.map(({ bytes }) => bytes),
  );
  if (why === null) return [];
  return [
    {
      subject: 'backups-size',
      severity: 'P2',
      problem: `the newest backup, ${newest.id}, ${why}`,
      impact: 'Data may be missing: in the backup, or in the database already.',
    },
  ];
}

function unproven(plan: Plan, stored: readonly StoredBackup[], { notProven }: Seen, now: number): BackupFinding[] {
  const every = milliseconds(plan.verification.every);
  const overdue = stored.filter(
    ({ standing, takenAt }) => now - (standing.restoredAt ?? Date.parse(takenAt)) > every + 86_400_000,
  );
  const texts = [
    ...notProven.map(({ id, why }) => `${id}: ${why}`),
    ...overdue.map(({ id }) => `${id} was not restored within ${plan.verification.every}`),
  ];
  if (texts.length === 0) return [];
  return [
    {
      subject: 'backups-unproven',
      severity: 'P3',
      problem: `backups could not be proven to restore, through no fault of their own: ${texts.join('; ')}`,
      impact: 'It is not known whether they can be restored.',
    },
  ];
}
