import type { Assessment } from '../corruption/assess.ts';
import type { Examination } from '../corruption/examination.ts';
import type { MergedTable, Salvage } from '../corruption/salvage.ts';
import type { Plan } from '../plan/schema.ts';
import type { Finding, Restored } from './contract.ts';
import type { long } from './proxies.ts';

type Moved = Awaited<ReturnType<typeof long.quarantineSurplus>>;
type Merged = Awaited<ReturnType<typeof long.mergeSalvage>>;

const named = 6;

/** @returns what is not well and what is to be done, Markdown, for who decides. */
export function examinedAsText(_found: Examination, { judgements, remedy, why }: Assessment): string {
  const listed = judgements.slice(0, named).map(({ object, verdict, why: reason }) => `${object} (${verdict}: ${reason})`);
  const more = judgements.length - listed.length;
  const wrong =
    judgements.length === 0 ? 'Nothing is corrupt.' : `Not well: ${listed.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
  const remedies = {
    none: 'Nothing is to be done',
    repair: 'Repaired in place',
    restore: 'Restored from a backup, with what can be salvaged',
  };
  return `${wrong} ${remedies[remedy]}: ${why}.`;
}

/** @returns what the examination found, as tables. */
export function examinedAsFindings(found: Examination, { judgements, why, remedy }: Assessment): Finding[] {
  const { looked, checksums, unseen } = found;
  const sums = checksums.on
    ? `Data checksums are on; the server has met ${checksums.failures} failures of them.`
    : 'Data checksums are off: a page whose bytes changed and still looks like a page can only be found by what does not fit.';
  const seen = `${looked.tables} tables, ${looked.indexes} indexes and ${looked.constraints} constraints were looked at. ${sums}`;
  return [
    judgements.length === 0
      ? { title: 'Nothing is corrupt', text: seen }
      : {
          title: { none: 'Nothing to repair', repair: 'To be repaired in place', restore: 'To be restored' }[remedy],
          text: `${why}. ${seen}`,
          columns: ['object', 'verdict', 'why', 'remedy'],
          rows: judgements.map(({ object, verdict, why: reason, remedy: how }) => [object, verdict, reason, how]),
        },
    ...(unseen.length === 0 ? [] : [{ title: 'What could not be looked at', text: unseen.join('; ') }]),
  ];
}

/** @returns what was repaired, where surplus rows are, and what is still not well. */
export function repairedFindings(moved: readonly Moved[], after: Examination, left: Assessment): Finding[] {
  return [
    ...moved.map(
      ({ of, table, rows, samples }): Finding => ({
        title: `${rows} rows of ${of} are in the quarantine`,
        text: `They are whole in ${table}; of each group the oldest stayed. To look at them: SELECT * FROM ${table}. They are in every backup from now on, until the table is dropped.`,
        columns: ['row'],
        rows: samples.map((sample) => [sample]),
      }),
    ),
    left.judgements.length === 0
      ? {
          title: 'All well after the repair',
          text: `${after.looked.tables} tables and ${after.looked.indexes} indexes were looked at again.`,
        }
      : {
          title: 'Still not well after the repair',
          text:
            left.remedy === 'none'
              ? 'None of it is corruption of what is stored.'
              : 'Start again with --restore, to take it from a backup.',
          columns: ['object', 'verdict', 'why'],
          rows: left.judgements.map(({ object, verdict, why }) => [object, verdict, why]),
        },
  ];
}

/** @returns what became of every damaged table, what the salvage added, which rows are the backup's or lost, and where the files are. */
export function mergedFindings(
  plan: Plan,
  { backup, replaced }: Restored,
  salvage: Salvage | null,
  merged: Merged | null,
): Finding[] {
  if (salvage === null || salvage.why !== null || merged === null) {
    return [
      {
        title: 'Nothing was salvaged',
        text: `${salvage?.why ?? 'No session could be had on the database'}. Everything is as in the backup ${backup.id}${replaced === null ? '' : `; the damaged database is kept as ${replaced.name}`}.`,
      },
    ];
  }
  const damaged = merged.tables.filter(({ whole }) => !whole);
  const others = merged.tables.filter(({ whole }) => whole);
  const of = (name: string) => salvage.damaged.find((table) => `${table.schema}.${table.name}` === name);
  return [
    ...(damaged.length === 0
      ? []
      : [
          {
            title: 'What became of the damaged tables',
            text: `“salvaged” rows were read from the damaged database; “backup’s” are in the backup ${backup.id} only: not readable any more, or deleted since. “lost” are rows that an index had on unreadable pages and that are not in the backup: at most so many.`,
            columns: ['table', 'salvaged', 'newer, added', 'changed', 'backup’s', 'lost', 'doubtful', 'merged'],
            rows: damaged.map((table) => {
              const from = of(table.table);
              return [
                table.table,
                ...[from?.rows ?? 0, table.inserted, table.changed, table.fromBackup].map(String),
                lostOf(table, from?.entriesLost ?? null),
                String(from?.doubtful?.rows ?? 0),
                table.error ?? 'yes',
              ];
            }),
          },
          ...damaged.filter(({ keys }) => keys.length > 0).map(keysFinding),
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            title: `What was written to whole tables since the backup, and is back`,
            columns: ['table', 'added', 'changed', 'deleted', 'left out', 'merged'],
            rows: others.map((table) => [
              table.table,
              ...[table.inserted, table.changed, table.deleted, table.orphans].map(String),
              table.error ?? 'yes',
            ]),
          },
        ]),
    ...(salvage.largeObjects === 0 ? [] : [largeObjectsFinding(salvage, { backup, replaced })]),
    filesFinding(plan, salvage),
  ];
}

function largeObjectsFinding({ largeObjects }: Salvage, { backup, replaced }: Pick<Restored, 'backup' | 'replaced'>): Finding {
  const kept =
    replaced === null ? '' : ` The damaged database is kept as ${replaced.name}: \\lo_export there reads one by its number.`;
  return {
    title: 'Large objects are as in the backup',
    text: `${largeObjects === null ? 'Whether there were any could not be read' : `There were ${largeObjects}`}; they are not salvaged, so what was written to them since ${backup.id} is not in the restored database.${kept}`,
  };
}

function lostOf({ fromBackup }: MergedTable, entries: number | null): string {
  return entries === null ? 'not known' : String(Math.max(0, entries - fromBackup));
}

function keysFinding({ table, keys, fromBackup }: MergedTable): Finding {
  return {
    title: `Rows of ${table} that are as in the backup`,
    text: `${fromBackup} rows; by their keys: ${keys.join('; ')}${fromBackup > keys.length ? '; …' : ''}`,
  };
}

function filesFinding(plan: Plan, { folder, damaged }: Salvage): Finding {
  const psql = `docker compose -p ${plan.stack.project} exec -T ${plan.database.service} psql -U ${plan.database.user} -d ${plan.database.name}`;
  return {
    title: 'The salvage files',
    text: `Everything that was readable is in ${folder}, private to the worker’s user; remove it when it is of no use any more. The command beside a file loads it into a table of its own, to be compared.`,
    columns: ['table', 'sha256', 'command'],
    rows: damaged
      .filter(({ file }) => file !== null)
      .map(({ schema, name, sha256, file, columns }) => [
        `${schema}.${name}`,
        sha256.slice(0, 12),
        `${psql} -c 'CREATE TABLE ${quoted(`salvaged_${name}`)} (LIKE ${quoted(schema)}.${quoted(name)})' -c 'COPY ${quoted(`salvaged_${name}`)} (${columns.join(', ')}) FROM STDIN' < ${file}`,
      ]),
  };
}

/** For a command in single quotes. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""').replaceAll("'", "'\\''")}"`;
}
