import type { Plan } from '../plan/schema.ts';
import { clock, words } from '../text/time.ts';
import type { Diagnosis, Observed, Remedy, Sign, Suggestion } from './facts.ts';
import { type DiagnosisPlan, signsOf } from './signs.ts';

/** From here on it comes before the others. */
const sureEnough = 0.6;

/** Below this, it is not worth a person's time. */
const least = 0.15;

/**
 * Signs that say the same make one surer, and never sure: the chance that none of them is right.
 *
 * @returns from 0 to 1.
 */
export function confidenceOf(signs: readonly Pick<Sign, 'weight'>[]): number {
  return 1 - signs.reduce((none, { weight }) => none * (1 - weight), 1);
}

/**
 * @param isServerUp whether the database server answers: nothing can be restored into one that is down, however sure that is.
 * @returns the remedies that the signs speak for, the first to start first.
 */
export function rank(signs: readonly Sign[], isServerUp: boolean): Suggestion[] {
  const before: readonly Remedy[] = isServerUp ? ['cascade'] : ['cascade', 'service'];
  const isFirst = ({ remedy, confidence }: Suggestion) => before.includes(remedy) && confidence >= sureEnough;
  const remedies = [...new Set(signs.map(({ remedy }) => remedy))].filter((remedy) => remedy !== 'none');
  const all = remedies.map((remedy) => {
    const own = signs.filter((sign) => sign.remedy === remedy).toSorted((a, b) => b.weight - a.weight);
    return { remedy, confidence: confidenceOf(own), reasons: own.map(({ text }) => text), command: commandOf(remedy) };
  });
  return all
    .filter(({ confidence }) => confidence >= least)
    .toSorted(
      (a, b) => Number(isFirst(b)) - Number(isFirst(a)) || Number(isLast(a)) - Number(isLast(b)) || b.confidence - a.confidence,
    );
}

/** A backup of what is broken helps nobody: first it is mended. */
function isLast({ remedy }: Suggestion): boolean {
  return remedy === 'backup';
}

/** @returns what is typed to start a remedy. */
function commandOf(remedy: Remedy): string {
  if (remedy === 'backup') return 'kintsugi backup take';
  return remedy === 'none' ? 'kintsugi doctor' : `kintsugi recover ${remedy}`;
}

/** @returns what is wrong, what is most likely behind it, and what to start. Pure: the same facts give the same answer. */
export function diagnose(seen: Observed, plan: DiagnosisPlan & Pick<Plan, 'zone'>): Diagnosis {
  const signs = signsOf(seen, plan);
  const suggestions = rank(signs, seen.database.problem === null);
  const { newest } = seen.backups;
  const lost = lossFrom(seen, plan);
  return {
    at: seen.at,
    well: signs.length === 0,
    wrong: signs.map(({ text }) => text),
    likely: likelyOf(suggestions, signs, seen, plan),
    suggestions,
    backup:
      newest === null ? null : { id: newest.id, takenAt: newest.takenAt, lossMs: Math.max(0, lost - Date.parse(newest.takenAt)) },
    unseen: unseenOf(seen),
  };
}

function isGone(seen: Observed, { database }: DiagnosisPlan): boolean {
  return seen.database.problem === null && !seen.database.databases.includes(database.name);
}

/** What was written after the database was dropped, nobody could write. */
function lossFrom(seen: Observed, plan: DiagnosisPlan): number {
  const dropped = isGone(seen, plan) ? droppedAt(seen) : null;
  return Date.parse(dropped ?? seen.at);
}

/** @returns about when the database went: when the server's log says so, else when it was first missed. */
function droppedAt({ symptoms }: Observed): string | null {
  const dropped = symptoms.find(({ symptom }) => symptom === 'databaseDropped');
  const missed = symptoms.filter(({ symptom }) => symptom === 'databaseMissing').map(({ firstAt }) => firstAt);
  return dropped?.lastAt ?? missed.toSorted((a, b) => a.localeCompare(b))[0] ?? null;
}

function likelyOf(
  [first]: readonly Suggestion[],
  signs: readonly Sign[],
  seen: Observed,
  plan: DiagnosisPlan & Pick<Plan, 'zone'>,
): string | null {
  if (first === undefined) return signs[0]?.text ?? null;
  if (first.remedy === 'restore' && isGone(seen, plan)) {
    const at = droppedAt(seen);
    const commit =
      seen.lastCommitAt === null ? '' : ` (last commit seen in the log ${clock(seen.lastCommitAt, plan.zone, seen.at)})`;
    return `the database was dropped${at === null ? '' : ` at about ${clock(at, plan.zone, seen.at)}`}${commit}`;
  }
  return first.reasons[0] ?? null;
}

function unseenOf({ docker, composeProblem, database, disks, migrationHeads }: Observed): string[] {
  return [
    ...(docker.answers ? [] : ['containers, networks and logs, since Docker does not answer']),
    ...(composeProblem === null ? [] : [`what belongs to the stack: ${composeProblem}`]),
    ...(database.problem === null ? [] : [`what is in the database: ${database.problem}`]),
    ...(disks.some(({ of }) => of.includes('the database')) ? [] : ['the disk of the database']),
    ...(database.migration !== null && migrationHeads === null ? ['the migrations in the code'] : []),
  ];
}

/** @returns a confidence for people, who should not be told that anything is certain. */
export function percentOf(confidence: number): number {
  return Math.min(99, Math.round(100 * confidence));
}

/** @returns a diagnosis in a sentence, for an incident: `the database shop is missing. To start: kintsugi recover restore (95 %)`. */
export function sayDiagnosis({ likely, wrong, suggestions: [first], at, backup }: Diagnosis): string {
  const start = first === undefined ? '' : ` To start: ${first.command} (${percentOf(first.confidence)} % sure).`;
  const newest = backup === null ? '' : ` Newest backup ${backup.id}, ${words(Date.parse(at) - Date.parse(backup.takenAt))} old.`;
  return `${likely ?? wrong[0] ?? 'all is well'}.${start}${newest}`;
}
