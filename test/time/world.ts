/**
 * Years of a stack in a second: Temporal's schedules as the server keeps them (overlap SKIP, catch-up window, counts, ten remembered
 * runs), a worker and a Temporal that are away at times, and in between the product's own rules, which are pure: calendar, tiers,
 * retention, audit. That a real server's dates are those of the calendar is another test in two-years.test.ts.
 */
import { type AuditRecord, type Finding, judge, type SeenSchedule } from '../../src/audit/judge.ts';
import { windowOf } from '../../src/audit/window.ts';
import type { Plan } from '../../src/plan/schema.ts';
import type { Tier } from '../../src/plan/tier-names.ts';
import { decideRetention } from '../../src/retention/decide.ts';
import { retentionRules } from '../../src/retention/plan.ts';
import { occurrences } from '../../src/schedules/calendar.ts';
import { type WantedSchedule, wantedSchedules } from '../../src/schedules/definition.ts';
import { dueTiers } from '../../src/schedules/tiers.ts';

const minute = 60_000;

export interface Backup {
  readonly id: string;
  readonly takenAt: number;
  readonly tiers: readonly Tier[];
  verified: boolean;
}

/** From an instant on this is away, until another. */
export interface Outage {
  readonly of: 'Temporal' | 'worker';
  readonly from: number;
  readonly to: number;
}

/** A schedule as the server has it. */
class Schedule {
  wanted: WantedSchedule;
  since: number;
  readonly ran: number[] = [];
  missed = 0;
  skipped = 0;
  /** When the run that began last has ended: it may wait for the worker. */
  busyUntil = 0;
  count = 0;

  constructor(wanted: WantedSchedule, since: number) {
    this.wanted = wanted;
    this.since = since;
  }

  /** The server comes to a date, at its time or, after an outage, late. @returns whether a run begins. */
  fire(date: number, now: number): boolean {
    if (now - date > this.wanted.definition.catchUpMs) this.missed += 1;
    else if (now < this.busyUntil) this.skipped += 1;
    else {
      this.ran.push(date);
      this.count += 1;
      return true;
    }
    return false;
  }
}

export class World {
  plan: Plan;
  backups: Backup[] = [];
  trash: { readonly id: string; readonly path: string; readonly deletedAt: number }[] = [];
  /** What was told, and when. */
  readonly told: { readonly at: number; readonly finding: Finding }[] = [];
  /** Ids of backups that are gone for good. */
  purged = 0;
  #schedules = new Map<string, Schedule>();
  #record: AuditRecord | null = null;
  #retentionRanAt: number | null = null;
  #now: number;
  readonly #outages: readonly Outage[];

  constructor(plan: Plan, from: number, outages: readonly Outage[] = []) {
    this.plan = plan;
    this.#now = from;
    this.#outages = outages;
    this.apply(plan);
  }

  /** `kintsugi schedules apply` at this instant. */
  apply(plan: Plan): void {
    this.plan = plan;
    const wanted = wantedSchedules(plan);
    for (const each of wanted) {
      const there = this.#schedules.get(each.kind);
      if (there === undefined) this.#schedules.set(each.kind, new Schedule(each, this.#now));
      else if (JSON.stringify(there.wanted.definition) !== JSON.stringify(each.definition)) {
        there.wanted = each;
        there.since = this.#now;
      }
    }
    for (const kind of this.#schedules.keys()) if (!wanted.some((each) => each.kind === kind)) this.#schedules.delete(kind);
  }

  /** How often each kind ran. */
  runs(): Record<string, number> {
    return Object.fromEntries([...this.#schedules].map(([kind, { count }]) => [kind, count]));
  }

  /** Lives on. `audit` and `watch`, which come every few minutes, are left out: the world looks at itself every hour at half past. */
  live(to: number): void {
    const dates = [...this.#schedules].flatMap(([kind, { wanted }]) =>
      kind === 'audit' || kind === 'watch'
        ? []
        : occurrences(wanted.rules, this.plan.zone, this.#now, to).map((date) => ({ kind, date })),
    );
    const looks = occurrences([{ minute: 30 }], 'UTC', this.#now, to).map((date) => ({ kind: 'look', date }));
    for (const { kind, date } of [...dates, ...looks].toSorted((a, b) => a.date - b.date)) this.#come(kind, date);
    this.#now = to;
  }

  #come(kind: string, date: number): void {
    // A server that comes back goes through what it has slept through, in order; a worker does what waits for it.
    const now = Math.max(date, this.#endOf('Temporal', date));
    const done = Math.max(now, this.#endOf('worker', now));
    if (kind === 'look') {
      // Looks that fall together are one: its schedule has the overlap SKIP, too.
      if (now === date && done === date) this.#look(date);
      return;
    }
    const schedule = this.#schedules.get(kind);
    if (schedule === undefined) return;
    if (!schedule.fire(date, now)) return;
    // A moment: dump and verification.
    schedule.busyUntil = done + minute;
    this.#run(kind, schedule.busyUntil);
  }

  /** @returns the end of the outage at an instant; the instant itself if there is none. */
  #endOf(of: Outage['of'], at: number): number {
    return this.#outages.find((each) => each.of === of && each.from <= at && at < each.to)?.to ?? at;
  }

  #run(kind: string, at: number): void {
    if (kind === 'backups') {
      const tiers = dueTiers(this.plan, at - minute, this.backups);
      this.backups.push({ id: new Date(at).toISOString(), takenAt: at, tiers, verified: false });
    }
    if (kind === 'verification') for (const backup of this.backups) backup.verified = true;
    if (kind === 'retention') this.#prune(at);
  }

  #prune(at: number): void {
    const backups = this.backups.map(({ verified, ...backup }) => ({
      ...backup,
      path: backup.id,
      database: this.plan.database.name,
      verified: verified ? ('passed' as const) : ('never' as const),
      hold: null,
      readers: [],
    }));
    const input = { backups, broken: [], trashed: this.trash, lastRunAt: this.#retentionRanAt };
    const { decisions, clockDoubted } = decideRetention(input, retentionRules(this.plan), at);
    const ids = (verdict: string) => new Set(decisions.filter((each) => each.verdict === verdict).map(({ id }) => id));
    const [gone, purged] = [ids('delete'), ids('purge')];
    this.backups = this.backups.filter(({ id }) => !gone.has(id));
    this.trash = this.trash.filter(({ id }) => !purged.has(id));
    this.purged += purged.size;
    for (const id of gone) this.trash.push({ id, path: id, deletedAt: at });
    if (!clockDoubted) this.#retentionRanAt = at;
  }

  #look(now: number): void {
    const schedules = [...this.#schedules].map(([kind, { wanted, since, ran, missed, skipped }]): SeenSchedule => {
      const { from, to } = windowOf({ kind, since, ...wanted.definition }, this.#record, now);
      const { missedMatters } = wanted.run;
      const due = missedMatters && to > from ? occurrences(wanted.rules, this.plan.zone, from, to) : [];
      return { kind, there: true, paused: false, since, due, ran: ran.slice(-10), missed, skipped, missedMatters };
    });
    const backups = this.backups.filter(({ takenAt }) => takenAt <= now);
    const { tell, record } = judge(this.plan, { incidents: [], schedules, backups, recovery: null }, this.#record, now);
    this.#record = record;
    for (const finding of tell) this.told.push({ at: now, finding });
  }
}
