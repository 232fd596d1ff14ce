/**
 * Which backups may go. Pure, and afraid: whatever is not understood stays, and when the clock or the newest backups can't be
 * trusted nothing goes at all. Instants are milliseconds since 1970.
 */
import { type Tier, tierNames } from '../plan/tier-names.ts';

export interface KeptBackup {
  readonly id: string;
  /** Absolute path of its folder. */
  readonly path: string;
  readonly database: string;
  readonly takenAt: number;
  /** Empty: no schedule took it. */
  readonly tiers: readonly Tier[];
  /** What its last verification came to. */
  readonly verified: 'passed' | 'failed' | 'never';
  readonly hold: { readonly until: number; readonly reason: string; readonly by: string } | null;
  /** Who reads it now, in words. */
  readonly readers: readonly string[];
}

export interface TrashedBackup {
  readonly id: string;
  readonly path: string;
  /** null: it does not say, so its day begins now. */
  readonly deletedAt: number | null;
}

export interface RetentionRules {
  /** How long each tier is kept; a tier that is off has none, and what is of it stays. */
  readonly keep: Partial<Record<Tier, number>>;
  /** How long those are kept that no schedule took; null: for ever. */
  readonly manual: number | null;
  readonly trash: number;
  /** A clock that is further ahead of what is known is not believed. */
  readonly longestPause: number;
}

export interface RetentionInput {
  readonly backups: readonly KeptBackup[];
  /** Folders named like backups whose manifest is damaged. */
  readonly broken: readonly { readonly id: string; readonly takenAt: number }[];
  readonly trashed: readonly TrashedBackup[];
  /** When it last ran with a clock that was believed; null if never. */
  readonly lastRunAt: number | null;
}

export interface Decision {
  readonly id: string;
  readonly path: string;
  readonly verdict: 'keep' | 'delete' | 'purge';
  readonly why: string;
}

export interface RetentionPlan {
  /** Why nothing goes at all; empty when there is no such reason. */
  readonly frozen: readonly string[];
  /** Whether the clock is one of the reasons: then this run is not remembered as one. */
  readonly clockDoubted: boolean;
  readonly decisions: readonly Decision[];
}

/** Clocks of the worker and of the database server may differ a little. */
const toleranceMs = 5 * 60_000;

/** @returns what becomes of each backup and why, and why nothing goes at all if so. */
export function decideRetention(input: RetentionInput, rules: RetentionRules, now: number): RetentionPlan {
  const clock = clockDoubts(input, rules, now);
  const frozen = [...clock, ...verificationDoubts(input)];
  const wanted = [
    ...input.backups.map((backup) => decide(backup, input.backups, rules, now)),
    ...input.trashed.map((trashed) => decideTrashed(trashed, rules, now)),
  ];
  const decisions = wanted.map(
    (each): Decision =>
      frozen.length > 0 && each.verdict !== 'keep'
        ? { ...each, verdict: 'keep', why: `nothing is deleted now; else it would go: ${each.why}` }
        : each,
  );
  return { frozen, clockDoubted: clock.length > 0, decisions };
}

function clockDoubts({ backups, lastRunAt }: RetentionInput, { longestPause }: RetentionRules, now: number): string[] {
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...backups.map(({ takenAt }) => takenAt));
  const say = (at: number) => new Date(at).toISOString();
  if (newest > now + toleranceMs) return [`the clock says ${say(now)}, and the newest backup is of ${say(newest)}`];
  if (lastRunAt !== null && lastRunAt > now + toleranceMs)
    return [`the clock says ${say(now)}, and retention ran at ${say(lastRunAt)}: the clock went back`];
  if (lastRunAt !== null && now - lastRunAt > longestPause)
    return [`the clock says ${say(now)}, and retention last ran at ${say(lastRunAt)}: the clock may have jumped`];
  // Also when backups have stopped coming: what there is, is all there is.
  if (backups.length > 0 && now - newest > longestPause)
    return [
      `the clock says ${say(now)}, and the newest backup is of ${say(newest)}: the clock may have jumped, or no backup comes any more`,
    ];
  return [];
}

function verificationDoubts({ backups, broken }: RetentionInput): string[] {
  const newestTried = groups(backups).flatMap((all) => newestOf(all.filter(({ verified }) => verified !== 'never')) ?? []);
  const failed = newestTried.filter(({ verified }) => verified === 'failed');
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...newestTried.map(({ takenAt }) => takenAt));
  const damaged = broken.filter(({ takenAt }) => takenAt > newest);
  return [
    ...failed.map(({ id }) => `the newest backup that was verified, ${id}, failed`),
    ...damaged.map(({ id }) => `${id} is damaged, and no newer one is verified`),
  ];
}

function decide(backup: KeptBackup, all: readonly KeptBackup[], rules: RetentionRules, now: number): Decision {
  const why = whyKept(backup, all, rules, now);
  const { id, path } = backup;
  return why === null ? { id, path, verdict: 'delete', why: whyGone(backup) } : { id, path, verdict: 'keep', why };
}

function whyGone({ tiers }: KeptBackup): string {
  return tiers.length === 0
    ? 'the plan’s time for backups that no schedule took is over'
    : `its time as ${tiers.join(', ')} is over`;
}

/** @returns the first reason for which a backup stays; null if there is none. */
function whyKept(backup: KeptBackup, all: readonly KeptBackup[], rules: RetentionRules, now: number): string | null {
  const { id, database, tiers, takenAt, hold, readers } = backup;
  if (hold !== null && hold.until > now)
    return `held until ${new Date(hold.until).toISOString().slice(0, 16)}Z by ${hold.by}: ${hold.reason}`;
  if (readers.length > 0) return `being read by ${readers.join(', ')}`;
  const wanted = stillWanted(backup, rules, now);
  if (wanted !== null) return wanted;
  const siblings = all.filter((each) => each.database === database);
  for (const kind of kindsOf(tiers)) {
    const same = siblings.filter((each) => kindsOf(each.tiers).includes(kind));
    if (newestOf(same)?.id === id) return `the newest ${kind} backup`;
    if (newestOf(same.filter(({ verified }) => verified === 'passed'))?.id === id) return `the newest verified ${kind} backup`;
  }
  const proof = newestOf(siblings.filter(({ verified }) => verified === 'passed'));
  if (proof === null || proof.takenAt <= takenAt) return 'no newer backup is verified';
  return null;
}

const manual = 'manual';

/** @returns the kinds that a backup is of. */
function kindsOf(tiers: readonly Tier[]): readonly string[] {
  return tiers.length === 0 ? [manual] : tiers;
}

function stillWanted({ tiers, takenAt }: KeptBackup, rules: RetentionRules, now: number): string | null {
  if (tiers.length === 0) {
    if (rules.manual === null) return 'no schedule took it: kept until the plan says otherwise';
    return takenAt + rules.manual > now ? keptUntil(manual, takenAt + rules.manual) : null;
  }
  const unknown = tiers.find((tier) => rules.keep[tier] === undefined);
  if (unknown !== undefined) return `the plan does not say how long ${unknown} backups are kept`;
  // The coarsest tier is kept longest, as a rule; the one that is kept longest counts.
  const ends = tierNames
    .filter((tier) => tiers.includes(tier))
    .map((tier) => ({ tier, until: takenAt + (rules.keep[tier] ?? 0) }));
  const last = ends.reduce((a, b) => (b.until >= a.until ? b : a));
  return last.until > now ? keptUntil(last.tier, last.until) : null;
}

function keptUntil(kind: string, until: number): string {
  return `${kind}, kept until ${new Date(until).toISOString().slice(0, 16)}Z`;
}

function decideTrashed({ id, path, deletedAt }: TrashedBackup, { trash }: RetentionRules, now: number): Decision {
  if (deletedAt === null) return { id, path, verdict: 'keep', why: 'deleted, and it does not say when: remove it by hand' };
  return deletedAt + trash <= now && deletedAt <= now
    ? { id, path, verdict: 'purge', why: `deleted at ${new Date(deletedAt).toISOString().slice(0, 16)}Z` }
    : {
        id,
        path,
        verdict: 'keep',
        why: `deleted; can be had back until ${new Date(deletedAt + trash).toISOString().slice(0, 16)}Z`,
      };
}

function newestOf(backups: readonly KeptBackup[]): KeptBackup | null {
  // By id too, so that two of one instant have an order.
  return backups.reduce<KeptBackup | null>(
    (best, each) =>
      best === null || each.takenAt > best.takenAt || (each.takenAt === best.takenAt && each.id > best.id) ? each : best,
    null,
  );
}

function groups(backups: readonly KeptBackup[]): KeptBackup[][] {
  return [...new Set(backups.map(({ database }) => database))].map((name) => backups.filter(({ database }) => database === name));
}
