import type { Plan } from '../../plan/schema.ts';
import type { Tier } from '../../plan/tier-names.ts';
import { milliseconds } from '../../plan/units.ts';
import type { BackupSeen } from '../../readiness/facts.ts';
import { nextOccurrences, type Rule } from '../../schedules/calendar.ts';
import { tierRules } from '../../schedules/tiers.ts';
import { clock, words } from '../../text/time.ts';
import type { Block, Lane } from '../document/document.ts';

/** A tier that is later than this is drawn to the edge. */
const furthest = 2;

/**
 * @returns the age of the newest backup of each tier as a part of the age at which it is late: an hour and a year fit on one scale then.
 *   The lane of a tier that is off is left out.
 */
export function agesPicture(plan: Plan, stored: readonly BackupSeen[], now: number): Block {
  const rules = Object.entries(tierRules(plan)) as [Tier, Rule][];
  const lanes = rules.map(([tier, rule]) => laneOf(plan, tier, rule, stored, now));
  return {
    kind: 'picture',
    picture: {
      label: 'Age of the newest backup of each tier, as a part of the age at which it is late',
      from: 0,
      until: furthest,
      ticks: [
        { at: 0, text: 'just taken' },
        { at: 1, text: 'late' },
        { at: furthest, text: `${furthest} ×` },
      ],
      lanes,
      limit: { at: 1 },
      legend: [
        { look: 'good', text: 'in time' },
        { look: 'bad', text: 'late, or there is none' },
        { look: 'limit', text: 'when the next one is late' },
      ],
    },
  };
}

function laneOf(plan: Plan, tier: Tier, rule: Rule, stored: readonly BackupSeen[], now: number): Lane {
  const newest = stored.find(({ tiers, broken }) => broken === null && tiers.includes(tier));
  if (newest === undefined)
    return { name: `${tier}: none yet`, bars: [], dots: [{ at: 0, look: 'bad', title: `there is no ${tier} backup` }] };
  const age = now - newest.takenAt;
  const part = age / allowedAge(plan, rule, newest.takenAt);
  return {
    name: `${tier}: ${words(age)}`,
    bars: [
      {
        from: 0,
        until: Math.min(furthest, part),
        look: part > 1 ? 'bad' : 'good',
        title: `${newest.id}, ${clock(newest.takenAt, plan.zone, now)}`,
      },
    ],
    dots: [],
  };
}

/** The next one is due after it was taken, and late when the plan's patience is over, too. */
function allowedAge(plan: Plan, rule: Rule, takenAt: number): number {
  const next = nextOccurrences([rule], plan.zone, takenAt, 1)[0] ?? takenAt;
  return Math.max(1, next - takenAt + milliseconds(plan.schedules.backups.lateAfter));
}
