import { type DatedRules, drillDates } from '../../drills/dates.ts';
import type { Drill, DrillResultRow } from '../../drills/record.ts';
import { words } from '../../text/time.ts';
import type { Report } from '../report.ts';
import type { Area, DrillReport, PastDrill } from './report.ts';

/** Everything that the report of a drill is made from. */
export interface DrillSources {
  readonly drill: Drill;
  /** The report of its run as that of a procedure. */
  readonly run: Report;
  /** All drills on record. */
  readonly drills: readonly Drill[];
  readonly rules: readonly DatedRules[];
  readonly madeAt: string;
  readonly zone: string;
}

/** So many are in the picture. */
const shownPast = 24;

/** @returns the report of a drill, however it ended. */
export function buildDrillReport(sources: DrillSources): DrillReport {
  const { drill, run, madeAt, zone } = sources;
  const last = drill.signOffs.at(-1);
  const by = last?.by ?? '';
  return {
    kind: 'drill',
    version: 1,
    madeAt,
    zone,
    drill,
    run,
    participants: participantsOf(drill, run),
    areas: areasOf(drill),
    observations: [
      ...observationsOf(drill, run).map((text) => ({ text, by: 'Kintsugi' })),
      ...drill.signOffs.flatMap((signOff) => signOff.observations.map((text) => ({ text, by: signOff.by }))),
    ],
    actions: by === '' ? [] : drill.signOffs.flatMap(({ actions }) => actions),
    past: pastOf(sources),
  };
}

function participantsOf({ begun, signOffs }: Drill, run: Report): DrillReport['participants'] {
  const worker = run.validation[0]?.by ?? 'Kintsugi';
  const people = [
    { name: begun.requestedBy || (begun.dueAt === null ? 'not told' : 'the schedule'), did: 'started it' },
    { name: worker, did: 'did every step' },
    ...signOffs.flatMap(({ by, participants }) => [
      ...participants.map((name) => ({ name, did: 'took part' })),
      { name: by, did: 'looked at it and signed it off' },
    ]),
  ];
  return people.filter(({ name, did }, at) => people.findIndex((other) => other.name === name && other.did === did) === at);
}

function areasOf({ begun, ended }: Drill): Area[] {
  const result = (name: string) => ended?.results.find((each) => each.name === name);
  const asked = (name: string) => begun.criteria.some((criterion) => criterion.name === name);
  const from = (area: string, name: string, otherwise: string): Area => {
    if (!asked(name)) return { area, covered: 'not applicable', text: otherwise };
    const found = result(name);
    return found === undefined || found.met === null
      ? { area, covered: 'no', text: 'it was not come to' }
      : { area, covered: 'yes', text: found.actual };
  };
  return [
    from(
      'Notification procedures',
      'contacts',
      'contacts are tried by kintsugi notify test and, where the plan says so, by the annual test; a drill that fails calls them',
    ),
    from('Recovery on an alternate platform from backup media', 'restore', ''),
    from(
      'Internal and external connectivity',
      'application',
      'the plan names no application for drills; nothing is reached from outside, on purpose',
    ),
    performance(result('rto')),
    { area: 'Restoration of normal operations', covered: 'not applicable', text: 'production went on undisturbed' },
    { area: 'Other coordinated plans', covered: 'not applicable', text: 'the plan names none' },
  ];
}

function performance(rto: DrillResultRow | undefined): Area {
  const area = 'Performance on alternate equipment';
  if (rto === undefined || rto.met === null) return { area, covered: 'no', text: 'it did not recover' };
  return { area, covered: 'yes', text: `recovered in ${rto.actual}, within the limits of its server (see the scope)` };
}

/** What the records show and a person should know. */
function observationsOf({ begun, ended }: Drill, run: Report): string[] {
  const chosen = begun.backups.filter(({ why }) => why.includes('never proven yet'));
  const retried = run.problems.length + run.gaps.length;
  const age = (takenAt: string) => words(Date.parse(begun.at) - Date.parse(takenAt));
  return [
    ...begun.backups.map(({ id, tier, takenAt }) => `${id} (${tier}) was ${age(takenAt)} old.`),
    ...(begun.usable === null
      ? ['No stored backup could have been used for a recovery.']
      : [
          `A recovery at that moment would have taken ${begun.usable.id}, ${age(begun.usable.takenAt)} old${begun.usable.proven ? '' : ', which was never proven to restore'}.`,
        ]),
    ...chosen.map(({ id }) => `${id} had never been proven to restore before.`),
    ...(retried === 0 ? [] : [`${retried} attempts failed or were lost and were made again: see errors, retries and gaps.`]),
    ...(begun.criteria.some(({ name }) => name === 'application')
      ? []
      : ['The application was not tried: the plan names none for drills (drill.application).']),
    ...(ended === null ? ['Nobody wrote down how it ended: it still goes on, or it was terminated.'] : []),
  ];
}

function pastOf({ drill, drills, rules, madeAt }: DrillSources): PastDrill[] {
  const held = drills.map(
    ({ begun, ended }): PastDrill => ({
      at: begun.at,
      kind: begun.kind,
      outcome: ended?.outcome ?? 'unknown',
      rtaMs: ended?.rtaMs ?? null,
      rtoMs: begun.rtoMs,
      backup: begun.backups.map(({ id }) => id).join(', ') || null,
      isThis: begun.runId === drill.begun.runId,
    }),
  );
  const missed = drillDates(rules, drills, Date.parse(madeAt))
    .filter(({ state }) => state === 'missed')
    .map(({ at, kind }): PastDrill => {
      return { at: new Date(at).toISOString(), kind, outcome: 'missed', rtaMs: null, rtoMs: null, backup: null, isThis: false };
    });
  return [...held, ...missed].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-shownPast);
}
