import { headsOf, named, pendingAfter, type Relation, relationOf, sameSet } from '../migrations/graph.ts';
import type { Finding } from './contract.ts';
import { check, look } from './proxies.ts';
import type { ProcedureRun } from './run-procedure.ts';
import { clock } from './say.ts';

type State = Awaited<ReturnType<typeof look.readMigrations>>;
type LastGood = NonNullable<Awaited<ReturnType<typeof look.findLastGood>>>;
type HalfDone = Awaited<ReturnType<typeof look.findHalfDone>>;

/** All that is known of a failed migration before anything is touched. */
export interface MigrationFacts {
  readonly state: State;
  /** Where the schema is to be taken; null where nothing tells what was good. */
  readonly lastGood: LastGood | null;
  /** How what the database has stands to what was good. */
  readonly relation: Relation;
  readonly failure: Awaited<ReturnType<typeof look.findMigrationFailure>>;
  readonly halfDone: HalfDone;
  /** One-shot containers that still migrate. */
  readonly migrating: Awaited<ReturnType<typeof look.findMigrating>>;
}

/** The steps that only look. */
export const lookSteps = [
  ['look', 'look at the migrations'],
  ['lastGood', 'find the last good revision'],
  ['why', 'find what failed, and why'],
  ['halfDone', 'find what is half done'],
] as const;

/** Looks at everything and changes nothing. @param to revisions that a person named as good; null to find them. */
export async function lookAtMigrations(run: ProcedureRun, to: readonly string[] | null): Promise<MigrationFacts> {
  const { procedure, step } = run;
  const state = await procedure.step('look', () => check.readMigrations({ ...step, image: null }), { note: describeState });
  const lastGood = await procedure.step(
    'lastGood',
    async () => (to === null ? look.findLastGood(step) : { head: to, at: '', from: 'the input', commit: null }),
    {
      note: (found) =>
        found === null
          ? 'not known: no healthy deployment and no backup tells it; the schema stays where it is'
          : `${named(found.head)}, from ${found.from}`,
    },
  );
  const migrating = await look.findMigrating(step);
  const failure = await procedure.step('why', () => look.findMigrationFailure(step), {
    note: (found) =>
      [
        found === null
          ? 'no container tells of a failed migration'
          : `${found.revision ?? 'a migration'}: ${found.why} (${found.container})`,
        ...(migrating.length > 0 ? [`${migrating.map(({ name }) => name).join(' ')} still migrates`] : []),
      ].join('; '),
  });
  const halfDone = await procedure.step('halfDone', () => look.findHalfDone(step), { note: describeHalfDone });
  const relation = lastGood === null ? 'same' : relationOf(state.graph, state.current, lastGood.head);
  return { state, lastGood, relation, failure, halfDone, migrating };
}

function describeState(state: State): string {
  if (state.problem !== null) return `at ${named(state.current)}; the migrations cannot be read: ${state.problem}`;
  const pending = pendingAfter(state.graph, state.current).map(({ id }) => id);
  const lost = unknownRevisions(state);
  return [
    `at ${named(state.current)}`,
    lost.length > 0 ? `the file of ${lost.join(', ')} is missing from the image` : null,
    state.heads.length > 1 ? `${state.heads.length} heads: ${named(state.heads)}` : `head ${named(state.heads)}`,
    pending.length > 0 ? `not applied: ${pending.join(', ')}` : null,
  ]
    .filter((part) => part !== null)
    .join('; ');
}

/** @returns revisions of the database that the image does not know. */
function unknownRevisions({ graph, current, problem }: State): string[] {
  return problem === null ? current.filter((id) => !graph.some((revision) => revision.id === id)) : [];
}

function describeHalfDone({ invalid, waiting }: HalfDone): string {
  return (
    [
      ...(invalid.length > 0 ? [`invalid: ${invalid.map(({ name }) => name).join(', ')}`] : []),
      ...waiting.map(({ query, waitsFor }) => `“${query.slice(0, 60)}” waits for ${waitsFor}`),
    ].join('; ') || 'nothing'
  );
}

/** @returns whether several heads are what the application means to have. */
function meantToHaveSeveral({ lastGood }: MigrationFacts): boolean {
  return (lastGood?.head.length ?? 0) > 1;
}

/** @returns whether all is as it should be: nothing pending, nothing half done, nothing unknown. */
export function isSound(facts: MigrationFacts): boolean {
  const { state, halfDone, migrating } = facts;
  return (
    state.problem === null &&
    sameSet(state.current, headsOf(state.graph)) &&
    (state.heads.length === 1 || meantToHaveSeveral(facts)) &&
    halfDone.invalid.length === 0 &&
    halfDone.waiting.length === 0 &&
    migrating.length === 0
  );
}

/** @returns why an upgrade cannot even begin; null where it can. */
export function whyNoUpgrade(facts: MigrationFacts): string | null {
  const { state } = facts;
  if (state.problem !== null) return `the migrations cannot be read: ${state.problem}`;
  const lost = unknownRevisions(state);
  if (lost.length > 0)
    return `the database is at ${lost.join(', ')}, whose file is missing from the image; bring the file back, or roll the code back to one that has it`;
  if (state.heads.length > 1 && !meantToHaveSeveral(facts))
    return `there are ${state.heads.length} heads, ${named(state.heads)}; they need a merge revision (alembic merge heads)`;
  return null;
}

/** @returns why the schema cannot be taken down to the last good revision; null where it can, or need not. */
export function whyNoDowngrade(facts: MigrationFacts): string | null {
  const { state, relation, lastGood } = facts;
  if (lastGood === null || relation === 'same' || relation === 'before' || relation === 'after') return null;
  if (state.problem !== null) return `the migrations cannot be read: ${state.problem}`;
  if (relation === 'apart') return `${named(state.current)} does not come after ${named(lastGood.head)}`;
  const lost = [...new Set([...state.current, ...lastGood.head])].filter((id) => !state.graph.some((each) => each.id === id));
  return `the file of ${lost.join(', ')} is missing from the image`;
}

/** @returns what was found, for the terminal and the report. */
export function migrationFindings(
  facts: MigrationFacts,
  surprise: Awaited<ReturnType<typeof check.compareSchema>> | null,
): Finding[] {
  const { differences, comparedWith } = surprise ?? { differences: [], comparedWith: null };
  const { failure, halfDone, lastGood, state } = facts;
  const findings: Finding[] = [];
  findings.push({
    title: 'Migrations',
    columns: ['what', 'revision'],
    rows: [
      ['the database was at', named(state.current)],
      ['the image brings', state.problem ?? named(state.heads)],
      ['last good', lastGood === null ? 'not known' : `${named(lastGood.head)}, from ${lastGood.from}`],
      ...(failure === null ? [] : [[`failed, ${clock(failure.at)}`, `${failure.revision ?? 'not told'}: ${failure.why}`]]),
    ],
  });
  if (halfDone.invalid.length > 0)
    findings.push({
      title: 'Indexes that were left invalid',
      columns: ['index', 'table', 'definition'],
      rows: halfDone.invalid.map(({ name, table, definition }) => [name, table, definition]),
    });
  if (halfDone.waiting.length > 0)
    findings.push({
      title: 'Sessions that waited for a lock',
      columns: ['statement', 'held by'],
      rows: halfDone.waiting.map(({ query, waitsFor }) => [query.slice(0, 80), waitsFor]),
    });
  if (differences.length > 0)
    findings.push({
      title: 'Half done: what the schema had besides its revision',
      text: `Compared with backup ${comparedWith}, taken at the same revision. What was done outside of a transaction stays; the fixed migration has to find it there.`,
      columns: ['object'],
      rows: differences.map((difference) => [difference]),
    });
  return findings;
}
