/** What a drill must show, fixed before it starts, and whether it did. Pure: it is also run inside workflows. */
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { words } from '../text/time.ts';
import type { Criterion, Drill, DrillKind, DrillOutcome, DrillResultRow } from './record.ts';

/** So many former drills make a usual time. */
const leastFormer = 3;
const mostFormer = 12;
/** Below a minute, a busy machine makes the difference. */
const leastPaceMs = 60_000;

/** @returns recovery objectives that drills are held against, in milliseconds: those of a lost or broken database. */
export function drillObjectives({ objectives }: Pick<Plan, 'objectives'>): { rtoMs: number; rpoMs: number } {
  const { rto = objectives.default.rto, rpo = objectives.default.rpo } = objectives.databaseCorruption;
  return { rtoMs: milliseconds(rto), rpoMs: milliseconds(rpo) };
}

/**
 * @param former drills on record, for the usual time.
 * @returns the criteria of a drill by the plan as it is now.
 */
export function criteriaOf(plan: Plan, kind: DrillKind, former: readonly Drill[]): Criterion[] {
  const { rtoMs, rpoMs } = drillObjectives(plan);
  const { application, slowerThan, annual } = plan.drill;
  const must = (name: string, what: string, expected: string, limitMs: number | null = null): Criterion => {
    return { name, what, expected, must: true, limitMs };
  };
  const usual = usualTime(former, plan.database.name);
  const paceMs = usual === null ? null : Math.max(leastPaceMs, Math.round(usual.ms * slowerThan));
  return [
    must('backup', 'The stored backup is whole', 'every file as its manifest says'),
    must('restore', 'It restores on a server apart from production', 'without an error'),
    must('verify', 'The copy is what the backup promises', 'no difference, and every check of the plan passes'),
    ...(application === undefined
      ? []
      : [
          must(
            'application',
            'The application works on the copy',
            `${application.service} answers ${application.status} at ${application.path} within ${application.within}`,
          ),
        ]),
    must('rto', 'Time to recover', `at most ${words(rtoMs)} (RTO)`, rtoMs),
    must('rpo', 'Age of the backup that a recovery would take now', `at most ${words(rpoMs)} (RPO)`, rpoMs),
    ...(kind === 'annualTest' && annual.contacts
      ? [must('contacts', 'Every contact of the plan can be reached', 'a provider took each test message')]
      : []),
    must('cleanUp', 'Nothing is left behind', 'server, network, volume and jobs are removed'),
    ...(usual === null || paceMs === null
      ? []
      : [
          {
            name: 'pace',
            what: 'As fast as former drills',
            expected: `at most ${words(paceMs)}: ${slowerThan} × the median of ${usual.count} former (${words(usual.ms)}), no less than ${words(leastPaceMs)}`,
            must: false,
            limitMs: paceMs,
          },
        ]),
  ];
}

/** @returns the median recovery time of the last drills of a database that recovered; null while there are too few. */
function usualTime(former: readonly Drill[], database: string): { ms: number; count: number } | null {
  const times = former
    .filter(({ begun, ended }) => begun.database === database && (ended?.outcome === 'passed' || ended?.outcome === 'slow'))
    .flatMap(({ ended }) => ended?.rtaMs ?? [])
    .slice(0, mostFormer)
    .toSorted((a, b) => a - b);
  const ms = times[Math.floor(times.length / 2)];
  return ms === undefined || times.length < leastFormer ? null : { ms, count: times.length };
}

/** What a drill found, by the name of the criterion. */
export interface DrillFacts {
  /** What was seen of each that is no measure: met or not, and in words. */
  readonly seen: Readonly<Record<string, { readonly met: boolean; readonly text: string } | undefined>>;
  /** Null: it did not come so far. */
  readonly rtaMs: number | null;
  readonly rpaMs: number | null;
}

/** @returns how each criterion came out. */
export function resultsOf(criteria: readonly Criterion[], { seen, rtaMs, rpaMs }: DrillFacts): DrillResultRow[] {
  return criteria.map(({ name, limitMs }) => {
    if (limitMs !== null) {
      const measured = name === 'rpo' ? rpaMs : rtaMs;
      return measured === null
        ? { name, actual: name === 'rpo' ? 'there is none' : 'not recovered', met: name === 'rpo' ? false : null }
        : { name, actual: words(measured), met: measured <= limitMs };
    }
    const found = seen[name];
    return found === undefined ? { name, actual: 'not come to', met: null } : { name, actual: found.text, met: found.met };
  });
}

/** @returns how a drill came out, and why it did not pass, in words. */
export function outcomeOf(
  criteria: readonly Criterion[],
  results: readonly DrillResultRow[],
): { outcome: Exclude<DrillOutcome, 'cancelled'>; missed: string[] } {
  const rows = criteria.map((criterion) => ({ criterion, result: results.find(({ name }) => name === criterion.name) }));
  const unmet = rows.filter(({ criterion, result }) => (criterion.must ? result?.met !== true : result?.met === false));
  // What was not come to follows from what was missed before it.
  const told = unmet.filter(({ result }) => result?.met === false);
  const missed = (told.length > 0 ? told : unmet).map(
    ({ criterion, result }) => `${criterion.what}: ${result?.actual ?? 'not come to'} (expected: ${criterion.expected})`,
  );
  if (unmet.some(({ criterion }) => criterion.must)) return { outcome: 'failed', missed };
  return { outcome: unmet.length > 0 ? 'slow' : 'passed', missed };
}
