/** Whether there is something to restore from, and how much it would lose. Pure. */
import type { Plan } from '../plan/schema.ts';
import { lateTiers } from '../schedules/tiers.ts';
import { clock, words } from '../text/time.ts';
import type { BackupSeen, BackupsSeen, ReadinessFacts } from './facts.ts';
import type { Line } from './verdict.ts';

/** @returns what there is to say of the stored backups: which one a recovery takes, what is wrong with others, what is late. */
export function backupLines(plan: Plan, { backups, at }: ReadinessFacts, rpoMs: number): Line[] {
  if ('fault' in backups) return [{ name: 'backup', level: 'red', text: backups.fault, command: backups.hint }];
  const seen = backups.is;
  return [chosenLine(plan, seen, at, rpoMs), ...keyLine(seen), ...otherLines(seen), ...lateLine(plan, seen, at)];
}

const name = 'backup';

function chosenLine({ database, zone }: Plan, { stored, chosen }: BackupsSeen, now: number, rpoMs: number): Line {
  const taken = stored.find(({ id }) => id === chosen);
  if (taken === undefined) {
    const text =
      stored.length === 0
        ? `there is no backup of ${database.name}`
        : `none of ${stored.length} can be restored; the newest, ${stored[0]?.id}: ${faultOf(stored[0])}`;
    return { name, level: 'red', text, command: 'kintsugi backup take' };
  }
  const { id, takenAt, standing } = taken;
  const age = now - takenAt;
  const of = `${id} of ${clock(takenAt, zone, now)}`;
  const lost = `up to ${words(age)} would be lost`;
  if (age > rpoMs) {
    const newer = stored.find((each) => faultOf(each) === null && now - each.takenAt <= rpoMs);
    if (newer === undefined)
      return { name, level: 'red', text: `${of}: ${lost}, and the RPO is ${words(rpoMs)}`, command: 'kintsugi backup take' };
    return {
      name,
      level: 'amber',
      text: `${of} is the newest that was proven to restore: ${lost}, and the RPO is ${words(rpoMs)}; ${newer.id} is ${words(now - newer.takenAt)} old and not proven yet`,
      command: `kintsugi backup verify ${newer.id}`,
    };
  }
  if (!standing.proven)
    return {
      name,
      level: 'amber',
      text: `${of}: ${lost} (RPO ${words(rpoMs)}); no backup was ever proven to restore`,
      command: `kintsugi backup verify ${id}`,
    };
  const proven = standing.restoredAt === null ? '' : `, proven to restore ${clock(standing.restoredAt, zone, now)}`;
  return { name, level: 'green', text: `${of}${proven}: ${lost} (RPO ${words(rpoMs)})`, command: null };
}

/** @returns what is wrong with a backup; null if nothing is known to be. */
export function faultOf(backup: BackupSeen | undefined): string | null {
  return backup?.broken ?? backup?.standing.fault?.message ?? null;
}

function keyLine({ key }: BackupsSeen): Line[] {
  if (key === null) return [];
  return [{ name: 'key', level: key.ok ? 'green' : 'red', text: key.text, command: key.ok ? null : 'kintsugi plan check' }];
}

/** What a recovery would not take is still a hole in what can be had back, or a sign of a disk that goes bad. */
function otherLines({ stored, chosen }: BackupsSeen): Line[] {
  const bad = stored.filter((each) => each.id !== chosen && faultOf(each) !== null);
  const [first] = bad;
  if (first === undefined || chosen === null) return [];
  const more = bad.length > 1 ? `; and ${bad.length - 1} more` : '';
  const text = `${first.id} is bad: ${faultOf(first)}${more}`;
  return [{ name: 'other backups', level: 'amber', text, command: 'kintsugi backup list' }];
}

/** Before the first backup of a schedule nothing is late: that there is no schedule is told elsewhere. */
function lateLine(plan: Plan, { stored }: BackupsSeen, now: number): Line[] {
  const tiered = stored.filter(({ tiers }) => tiers.length > 0);
  if (tiered.length === 0) return [];
  const since = Math.min(...tiered.map(({ takenAt }) => takenAt));
  const late = lateTiers(plan, now, since, tiered);
  if (late.length === 0) return [];
  const text = `late: ${late.map(({ tier, dueAt }) => `${tier} of ${clock(dueAt, plan.zone, now)}`).join(', ')}`;
  return [{ name: 'tiers', level: 'amber', text, command: 'kintsugi schedules list' }];
}
