/**
 * What is not well with Kintsugi itself, told from what was seen. Pure, so that outages of weeks can be tested in milliseconds.
 * Instants are milliseconds since 1970.
 */
import type { Plan, Severity } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { lateTiers, type TieredBackup } from '../schedules/tiers.ts';
import { clock, words } from '../text/time.ts';

/** An open incident, and when it would do something by itself next. */
export interface SeenIncident {
  readonly workflowId: string;
  readonly nextDeadline: number | null;
  /** Why it could not be asked; null if it answered. */
  readonly silent: string | null;
}

/** A schedule that the plan wants. */
export interface SeenSchedule {
  readonly kind: string;
  readonly there: boolean;
  readonly paused: boolean;
  /** When it was made, or last changed: dates before that are another schedule's. */
  readonly since: number;
  /** Dates that passed in the time that was looked at, by the server's own calendar. */
  readonly due: readonly number[];
  /** Dates for which something was started lately: the server remembers ten. */
  readonly ran: readonly number[];
  /** All that the server ever counted. */
  readonly missed: number;
  readonly skipped: number;
  readonly missedMatters: boolean;
}

export interface Seen {
  readonly incidents: readonly SeenIncident[];
  readonly schedules: readonly SeenSchedule[];
  readonly backups: readonly TieredBackup[];
  /** The last date of a drill that can't be held any more, and when a drill passed last; null where none was due. */
  readonly drill?: { readonly dueAt: number; readonly passedAt: number | null } | null | undefined;
  /** Workflow id of the recovery that is at work: until it ends no backup is taken. */
  readonly recovery: string | null;
}

/** Something that is not well; its subject names its incident. */
export interface Finding {
  readonly subject: string;
  readonly severity: Severity;
  readonly problem: string;
  /** It happened, and does not pass by itself: no later audit withdraws it. */
  readonly past: boolean;
}

/** What the audit remembers from one look to the next. */
export interface AuditRecord {
  readonly lookedAt: number;
  readonly schedules: Readonly<Record<string, { readonly missed: number; readonly skipped: number; readonly from: number }>>;
  /** What was told, by subject. */
  readonly told: Readonly<Record<string, { readonly problem: string; readonly at: number; readonly past: boolean }>>;
}

/** An incident acts within seconds; a worker that has just come back needs a moment. */
export const overdueAfterMs = 5 * 60_000;
/** What is still so is told again: an incident that a person closed too early opens anew. */
const tellAgainMs = 60 * 60_000;
const remembered = 10;

export interface Judgement {
  readonly findings: readonly Finding[];
  /** Those that are news. */
  readonly tell: readonly Finding[];
  /** Subjects that are well again. */
  readonly recovered: readonly string[];
  readonly record: AuditRecord;
}

/** @returns all that is not well, and what of it has to be told. @param before what the last look remembered; null at the first. */
export function judge(plan: Plan, seen: Seen, before: AuditRecord | null, now: number): Judgement {
  const findings = [
    ...overdueIncidents(plan, seen, now),
    ...seen.schedules.flatMap((schedule) => missingOrMissed(plan, schedule, seen, before)),
    ...lateBackups(plan, seen, now),
    ...oldDrill(plan, seen),
  ];
  const told = before?.told ?? {};
  const tell = findings.filter(({ subject, problem, past }) => {
    const last = told[subject];
    return last === undefined || past || last.problem !== problem || now - last.at >= tellAgainMs;
  });
  const current = new Set(findings.map(({ subject }) => subject));
  const recovered = Object.entries(told).flatMap(([subject, { past }]) => (current.has(subject) || past ? [] : [subject]));
  const kept = Object.fromEntries(
    findings.map(({ subject, problem, past }) => {
      const again = tell.some((each) => each.subject === subject);
      return [subject, { problem, past, at: again ? now : (told[subject]?.at ?? now) }];
    }),
  );
  const schedules = Object.fromEntries(
    seen.schedules.map(({ kind, missed, skipped, paused, there, since }) => {
      const from = before?.schedules[kind]?.from ?? since;
      // Dates of a time in which it was paused, or not there, are nobody's fault.
      return [kind, { missed, skipped, from: paused || !there ? now : Math.max(from, since) }];
    }),
  );
  return { findings, tell, recovered, record: { lookedAt: now, schedules, told: kept } };
}

function overdueIncidents({ zone }: Plan, { incidents }: Seen, now: number): Finding[] {
  return incidents.flatMap(({ workflowId, nextDeadline, silent }) => {
    const late = nextDeadline === null ? 0 : now - nextDeadline;
    if (silent === null && late <= overdueAfterMs) return [];
    const problem =
      silent === null
        ? `incident ${workflowId} should have acted at ${clock(nextDeadline ?? now, zone, now)} and did not`
        : `incident ${workflowId} does not answer: ${silent}`;
    // Whoever it should call is not called.
    return [{ subject: `overdue-${workflowId}`, severity: 'P2', problem: problem.slice(0, 400), past: false }];
  });
}

function missingOrMissed({ zone }: Plan, schedule: SeenSchedule, seen: Seen, before: AuditRecord | null): Finding[] {
  const { kind, there, paused, missedMatters } = schedule;
  if (!there) {
    const problem = `there is no schedule for ${kind}, which the plan wants: kintsugi schedules apply`;
    return [{ subject: `schedule-${kind}`, severity: 'P3', problem, past: false }];
  }
  if (paused || !missedMatters) return [];
  // The recovery waits for nobody, and the backup for the recovery.
  if (kind === 'backups' && seen.recovery !== null) return [];
  const missed = missedDates(schedule, before?.schedules[kind] ?? null);
  if (missed.length === 0) return [];
  const dates = missed.slice(0, 3).map((at) => clock(at, zone, 0));
  const more = missed.length > 3 ? ` and ${missed.length - 3} more` : '';
  const problem = `${kind} did not run at ${dates.join(', ')}${more}`;
  return [{ subject: `missed-${kind}`, severity: 'P3', problem, past: true }];
}

/**
 * @returns the dates that passed without a run. Of those that are older than what the server remembers, its own counts tell how
 *   many were missed or skipped since the last look.
 */
export function missedDates(
  { due, ran, missed, skipped }: Pick<SeenSchedule, 'due' | 'ran' | 'missed' | 'skipped'>,
  before: { readonly missed: number; readonly skipped: number } | null,
): number[] {
  const started = new Set(ran);
  const oldest = ran.length < remembered ? Number.NEGATIVE_INFINITY : Math.min(...ran);
  const certain = due.filter((at) => at >= oldest && !started.has(at));
  const forgotten = due.filter((at) => at < oldest);
  const counted = missed + skipped - (before === null ? 0 : before.missed + before.skipped);
  return [...forgotten.slice(0, Math.max(0, counted - certain.length)), ...certain];
}

function lateBackups(plan: Plan, { backups, schedules, recovery }: Seen, now: number): Finding[] {
  const schedule = schedules.find(({ kind }) => kind === 'backups');
  if (schedule === undefined || !schedule.there || recovery !== null) return [];
  const late = lateTiers(plan, now, schedule.since, backups);
  const newest = Math.max(schedule.since, ...backups.map(({ takenAt }) => takenAt));
  const rpo = milliseconds(plan.objectives.databaseCorruption.rpo ?? plan.objectives.default.rpo);
  const age = now - newest;
  if (late.length === 0 && age <= rpo) return [];
  const problem = [
    ...(late.length === 0
      ? []
      : [`late: ${late.map(({ tier, dueAt }) => `${tier} of ${clock(dueAt, plan.zone, now)}`).join(', ')}`]),
    ...(age > rpo ? [`the newest is older than the RPO of ${words(rpo)}`] : []),
  ].join('; ');
  const severity = age > rpo ? 'P2' : 'P3';
  return [{ subject: 'backups', severity, problem: `backups of ${plan.database.name} ${problem}`, past: false }];
}

/** That a date was missed is past; that nothing has passed since is so until a drill passes. */
function oldDrill({ zone, database }: Plan, { drill }: Seen): Finding[] {
  if (drill == null || (drill.passedAt !== null && drill.passedAt >= drill.dueAt)) return [];
  const last = drill.passedAt === null ? 'none ever did' : `the last one did on ${clock(drill.passedAt, zone, 0)}`;
  const problem = `no drill of ${database.name} has passed since ${clock(drill.dueAt, zone, 0)}, when one was due; ${last}: kintsugi drill run`;
  return [{ subject: 'drill-age', severity: 'P3', problem, past: false }];
}
