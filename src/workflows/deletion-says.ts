import type { Plan } from '../plan/schema.ts';
import type { Finding } from './contract.ts';
import type { check } from './proxies.ts';
import { clock } from './say.ts';

type Found = Awaited<ReturnType<typeof check.findDeleted>>;
type Row = NonNullable<Found['written']>['tables'][number];

/** So many tables are named in a question; the rest is counted. */
const named = 8;

/** @returns what the people who decide have to know, Markdown: what is missing, and what a full restore loses. */
export function foundAsText(found: Found): string {
  const { missing, written, takenAt } = found;
  const since = takenAt === null ? 'the backup' : clock(takenAt);
  const gone =
    missing.length === 0
      ? 'No table has fewer rows than the backup.'
      : `Missing now: ${some(missing.map(({ table, now, had }) => `${table} ${now === null ? `(gone, had ${had} rows)` : `${had - now} of ${had} rows`}`))}.`;
  if (!found.exists) return `There is no database at all. Chosen: ${found.backup}, ${found.why}.`;
  if (written === null) return `${gone} What was written since ${since} is not known, and would be lost.`;
  const timed = written.tables.filter((row) => (row.made ?? 0) + (row.changed ?? 0) > 0);
  const lost =
    timed.length === 0
      ? `No row says that it was written since ${since}.`
      : `A full restore loses what was written since ${since}: ${some(timed.map(timesOf))}. It stays readable in the replaced database.`;
  return `${gone} ${lost} Chosen: ${found.backup}, ${found.why}.`;
}

function timesOf({ table, made, changed }: Row): string {
  const parts = [...(made ? [`${made} new`] : []), ...(changed ? [`${changed} changed`] : [])];
  return `${table} ${parts.join(', ')}`;
}

function some(items: readonly string[]): string {
  const more = items.length - named;
  return `${items.slice(0, named).join('; ')}${more > 0 ? `; and ${more} tables more` : ''}`;
}

/** @returns what is missing and what would be lost, as tables. */
export function foundAsFindings({ missing, written, takenAt, backup, exists }: Found): Finding[] {
  const since = takenAt === null ? backup : clock(takenAt);
  const gone: Finding = {
    title: 'What is missing now',
    ...(missing.length === 0
      ? { text: exists ? 'No table has fewer rows than the backup.' : 'There is no database at all.' }
      : {
          columns: ['table', 'now', `in the backup of ${since}`, 'missing'],
          rows: missing.map(({ table, now, had }) => [
            table,
            now === null ? 'gone' : String(now),
            String(had),
            String(had - (now ?? 0)),
          ]),
        }),
  };
  if (written === null) return [gone];
  const { tables, statisticsSince } = written;
  const lost: Finding = {
    title: `What was written since ${since}, and is not in the backup`,
    text: `“new” and “changed” are by the times that the rows keep of themselves; the other columns are what the server has counted since ${statisticsSince === null ? 'the database was made' : clock(statisticsSince)}, which may be longer ago.`,
    columns: ['table', 'new', 'changed', 'inserted', 'updated', 'deleted'],
    rows: tables.map(({ table, made, changed, inserted, updated, deleted }) => [
      table,
      ...[made, changed].map((count) => (count === null ? 'no times' : String(count))),
      ...[inserted, updated, deleted].map(String),
    ]),
  };
  return [gone, tables.length === 0 ? { title: lost.title, text: 'Nothing, as far as the database can tell.' } : lost];
}

/** @returns where the rows that were written since the backup are kept, and how to look at them. */
export function gapFindings(
  { written, takenAt }: Found,
  plan: Plan,
  replaced: { name: string; until: string } | null,
): Finding[] {
  if (replaced === null) return [];
  const timed = (written?.tables ?? []).filter(({ query, made, changed }) => query !== null && (made ?? 0) + (changed ?? 0) > 0);
  const psql = (database: string, sql: string) =>
    `docker compose -p ${plan.stack.project} exec ${plan.database.service} psql -U ${plan.database.user} -d ${database} -c "${sql.replaceAll(/["$`\\]/g, '\\$&')}"`;
  const open = psql(plan.database.maintenance, `ALTER DATABASE "${replaced.name}" ALLOW_CONNECTIONS true`);
  return [
    {
      title: `The gap: written between the backup${takenAt === null ? '' : ` of ${clock(takenAt)}`} and the recovery`,
      text: `All of it is in ${replaced.name}, kept until ${clock(replaced.until)} and closed to connections. To look at it, open it first: ${open}. What is written into it is lost with it.`,
      ...(timed.length === 0
        ? {}
        : {
            columns: ['table', 'rows', 'command'],
            rows: timed.map((row) => [
              row.table,
              String((row.made ?? 0) + (row.changed ?? 0)),
              psql(replaced.name, row.query ?? ''),
            ]),
          }),
    },
  ];
}
