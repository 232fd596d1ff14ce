/** What a drill says to people. Pure. */
import type { DrillBegun, DrillKind, DrillOutcome, DrillResultRow } from '../drills/record.ts';
import { words } from '../text/time.ts';
import type { Finding } from './contract.ts';

/** @returns `drill`, `annual test`. */
export function drillNoun(kind: DrillKind): string {
  return kind === 'annualTest' ? 'annual test' : 'drill';
}

/** @returns how it came out, in one or two sentences. */
export function endText(
  begun: Pick<DrillBegun, 'kind' | 'database' | 'backups'>,
  outcome: DrillOutcome,
  missed: readonly string[],
  rtaMs: number | null,
): string {
  const { kind, database, backups } = begun;
  const from = backups.map(({ id }) => id).join(', ');
  const took = rtaMs === null ? '' : ` in ${words(rtaMs)}`;
  if (outcome === 'passed')
    return `The ${drillNoun(kind)} passed: ${database} was restored from ${from}${took}, equal to the backup.`;
  if (outcome === 'slow') return `The ${drillNoun(kind)} passed, but slowly. ${missed.join('; ')}.`;
  return `The ${drillNoun(kind)} failed. ${missed.join('; ')}.`;
}

/** @returns the problem of its incident, short enough for a message. */
export function problemOf(
  begun: Pick<DrillBegun, 'kind' | 'database'>,
  outcome: DrillOutcome,
  missed: readonly string[],
): string {
  const how = outcome === 'slow' ? 'was slow' : 'failed';
  const text = `the ${drillNoun(begun.kind)} of ${begun.database} ${how}: ${missed.join('; ')}`;
  return text.length > 500 ? `${text.slice(0, 499)}…` : text;
}

/** @returns the criteria with what was found, for the terminal. */
export function findingsOf({ criteria }: Pick<DrillBegun, 'criteria'>, results: readonly DrillResultRow[]): Finding[] {
  const marks = (met: boolean | null | undefined) => (met === true ? '✔' : met === false ? '✖' : '–');
  return [
    {
      title: 'Results against the criteria that were fixed before',
      columns: ['', 'Criterion', 'Expected', 'Actual'],
      rows: criteria.map(({ name, what, expected }) => {
        const result = results.find((each) => each.name === name);
        return [marks(result?.met), what, expected, result?.actual ?? 'not come to'];
      }),
    },
  ];
}
