/** What a repair tells people. Pure. */
import type { Activities } from '../activities/index.ts';
import type { Finding } from './contract.ts';

export type Found = Awaited<ReturnType<Activities['findInconsistencies']>>['found'][number];
type Repaired = Awaited<ReturnType<Activities['repairRows']>>;
type Made = Awaited<ReturnType<Activities['repairObjects']>>;
type UndoLook = Awaited<ReturnType<Activities['lookAtUndo']>>;

/** @returns the name of the step that repairs by a rule. */
export function stepOf({ rule }: Found): string {
  return `repair: ${rule.name}`;
}

/** @returns whether a rule has something to repair: what it found, and how. */
export function isRepairable({ rule, count }: Found): boolean {
  return count > 0 && ('objects' in rule || rule.repair !== undefined);
}

/** @returns what a rule found, in a few words: `998 rows of 21003 (4.8 %)`. */
export function countOf({ count, of }: Found): string {
  if (of === null) return `${count} ${count === 1 ? 'object' : 'objects'}`;
  const share = of === 0 ? '' : ` of ${of} (${((100 * count) / Math.max(of, count)).toFixed(1)} %)`;
  return `${count} ${count === 1 ? 'row' : 'rows'}${count === 0 ? '' : share}`;
}

/** @returns what the repair of a rule does, as words. */
export function actionOf({ rule }: Found): string {
  if ('objects' in rule) return 'make what is missing, put in force what is not';
  const { repair } = rule;
  if (repair === undefined) return 'only found: the rule has no repair';
  if (repair === 'delete') return 'delete the rows';
  if ('retrigger' in repair) return `set ${repair.retrigger} to itself, so that the triggers work the rows out anew`;
  return `set ${Object.entries(repair.set)
    .map(([column, expression]) => `${column} = ${oneLine(expression)}`)
    .join(', ')}`;
}

function oneLine(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

/** @returns what all rules together found, in one line. */
export function summaryOf(found: readonly Found[]): string {
  const some = found.filter(({ count }) => count > 0);
  if (some.length === 0) return `${found.length} rules, all well`;
  return `${some.map((each) => `${each.rule.name}: ${each.count}`).join(', ')}; ${found.length - some.length} rules find nothing`;
}

/** @returns each rule that found something, with counts and samples. */
export function findingsOf(found: readonly Found[]): Finding[] {
  return found
    .filter(({ count }) => count > 0)
    .map((each) => ({
      title: `${each.rule.name}: ${countOf(each)}${each.table === null ? '' : ` in ${each.table}`}`,
      text: `${each.rule.severity}; repair: ${actionOf(each)}${each.samples.length < each.count ? `; the first ${each.samples.length}:` : ''}`,
      columns: each.columns,
      rows: each.samples,
    }));
}

/** @returns what a repair of rows did, in one line. */
export function repairedNote({ found, changed, left, refusals, refused }: Repaired): string {
  const notes = [`${changed} of ${found} rows repaired`];
  if (left > 0) notes.push(`${left} left: right again, written since, or other rows hang on them`);
  if (refusals > 0) notes.push(`${refusals} refused by the table itself: ${refused[0]}`);
  return notes.join('; ');
}

/** @returns what a repair of objects did, in one line. */
export function madeNote({ made, left }: Made): string {
  const done = made.length === 0 ? 'nothing made' : made.join(', ');
  return left.length === 0 ? done : `${done}; not: ${left.join('; ')}`;
}

/** @returns what an undo would put back, and what stands against it. */
export function undoFindings({ rules, changedSince, changedCount, gone }: UndoLook): Finding[] {
  const some = rules.filter(({ rows }) => rows > 0);
  return [
    {
      title: 'rows that are kept as they were',
      columns: ['rule', 'rows'],
      rows: some.map(({ rule, rows }) => [rule, String(rows)]),
    },
    ...(changedCount === 0
      ? []
      : [
          {
            title: `${changedCount} rows were written since the repair`,
            ...(changedSince.length < changedCount ? { text: `the first ${changedSince.length}:` } : {}),
            columns: ['table', 'key', 'why'],
            rows: changedSince.map((row) => [...row]),
          },
        ]),
    ...(gone.length === 0
      ? []
      : [{ title: 'columns that are gone', text: `${gone.join(', ')}: their values stay in the schema kintsugi_quarantine` }]),
  ];
}
