/** Could we recover right now, how much would we lose, how long would it take: judged from what was seen. Pure. */
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { words } from '../text/time.ts';
import type { BackupSeen, ReadinessFacts } from './facts.ts';
import { backupLines } from './judge-backups.ts';
import { contactLine, drillLine } from './judge-people.ts';
import { serverLines, timeLine } from './judge-restore.ts';
import { temporalLines } from './judge-temporal.ts';
import { type Prediction, predict } from './predict.ts';
import { type Level, type Line, rangeText, worst } from './verdict.ts';

export interface Readiness {
  readonly level: Level;
  /** The answer in one sentence. */
  readonly sentence: string;
  /** The backup that a recovery would take. */
  readonly backup: BackupSeen | null;
  /** How old it is: what would be lost. */
  readonly loseMs: number | null;
  readonly rpoMs: number;
  /** Null: nothing was measured. */
  readonly take: Prediction | null;
  readonly rtoMs: number;
  readonly lines: readonly Line[];
}

/** @returns the objectives of a restore, in milliseconds. */
function objectivesOf({ objectives }: Pick<Plan, 'objectives'>): { readonly rtoMs: number; readonly rpoMs: number } {
  const { rto = objectives.default.rto, rpo = objectives.default.rpo } = objectives.databaseCorruption;
  return { rtoMs: milliseconds(rto), rpoMs: milliseconds(rpo) };
}

/** @returns whether a recovery of the plan's database would work now, and as promised. */
export function judgeReadiness(plan: Plan, facts: ReadinessFacts): Readiness {
  const { rtoMs, rpoMs } = objectivesOf(plan);
  const found = 'is' in facts.backups ? facts.backups.is : null;
  const backup = found?.stored.find(({ id }) => id === found.chosen) ?? null;
  const take = backup === null ? null : predict(facts.restores, backup.bytes);
  const lines = [
    ...backupLines(plan, facts, rpoMs),
    ...timeLine(backup, facts, take, rtoMs),
    ...serverLines(plan, facts, backup),
    ...temporalLines(facts),
    drillLine(plan, facts),
    contactLine(plan, facts),
  ];
  const level = worst(lines.map((line) => line.level));
  const loseMs = backup === null ? null : facts.at - backup.takenAt;
  return { level, sentence: sentenceOf(plan, { level, lines, loseMs, take }), backup, loseMs, rpoMs, take, rtoMs, lines };
}

function sentenceOf(
  { database: { name } }: Plan,
  { level, lines, loseMs, take }: Pick<Readiness, 'level' | 'lines' | 'loseMs' | 'take'>,
): string {
  if (level === 'red') {
    const bad = lines.filter((line) => line.level === 'red').map((line) => line.name);
    return `A recovery of ${name} would not work now, or not as promised: ${bad.join(', ')}.`;
  }
  const parts = [
    ...(loseMs === null ? [] : [`it would lose up to ${words(loseMs)}`]),
    ...(take === null ? [] : [`take ${take.whole ? '' : 'at least '}${rangeText(take)}`]),
  ];
  const what = `A recovery of ${name} would work now${parts.length === 0 ? '' : `; ${parts.join(' and ')}`}.`;
  if (level === 'green') return what;
  const doubtful = lines.filter((line) => line.level === 'amber').map((line) => line.name);
  return `${what} Look at: ${doubtful.join(', ')}.`;
}
