/** From what an examination found to what is to be done. Pure. */
import type { Examination, IndexTrouble, TableTrouble } from './examination.ts';

export type Verdict =
  | 'index only'
  | 'duplicates'
  | 'derived data'
  | 'partly readable'
  | 'unreadable'
  | 'file missing'
  | 'catalog'
  | 'inconsistent'
  | 'not validated';

/** One object that is not well, and what becomes of it. */
export interface Judgement {
  /** `public.timer_cards`, or of an index or constraint its own name with its table's. */
  readonly object: string;
  readonly verdict: Verdict;
  readonly why: string;
  readonly remedy: string;
}

export type Remedy = 'none' | 'repair' | 'restore';

export interface IndexRepair {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  /** Beside the old one, while the table is written to. */
  readonly concurrently: boolean;
}

export interface Repairs {
  /** Unique indexes over rows that are equal: the surplus rows go to a quarantine first. */
  readonly quarantine: readonly {
    readonly schema: string;
    readonly table: string;
    readonly index: string;
    readonly surplus: number;
  }[];
  readonly reindex: readonly IndexRepair[];
  readonly refresh: readonly { readonly schema: string; readonly name: string }[];
  readonly validate: readonly { readonly schema: string; readonly table: string; readonly constraint: string }[];
}

export interface Assessment {
  readonly remedy: Remedy;
  /** Why this remedy, in one sentence. */
  readonly why: string;
  readonly judgements: readonly Judgement[];
  readonly repairs: Repairs;
  /** Tables that lost data: the rest of them is salvaged. */
  readonly damaged: readonly string[];
  /** Constraints that rows break: no damage of pages, and nothing that this procedure may decide. */
  readonly inconsistent: boolean;
}

/**
 * Judges every object, and chooses the mildest remedy that brings all of it back: nothing; a repair in place, of what can be made
 * anew from rows that are whole; or a restore, as soon as a table's own rows or the catalogs are damaged.
 */
export function assess(found: Examination): Assessment {
  const judgements = [
    ...(found.exists ? [] : [restoreOf('the database', 'unreadable', 'there is none')]),
    ...(found.unreachable === null
      ? []
      : [restoreOf('the database', 'unreadable', `no session can be had: ${found.unreachable}`)]),
    ...found.catalog.map((fault) => restoreOf('the system catalogs', 'catalog', fault)),
    ...found.tables.flatMap(judge),
  ];
  const broken = judgements.find(({ remedy }) => remedy === restored);
  const repairs = repairsOf(found.tables);
  const count = repairs.quarantine.length + repairs.reindex.length + repairs.refresh.length + repairs.validate.length;
  const remedy = broken !== undefined ? 'restore' : count > 0 ? 'repair' : 'none';
  return {
    remedy,
    why: reasonOf(remedy, broken, repairs),
    judgements,
    repairs,
    damaged: found.tables.filter((table) => table.kind === 'table' && isDamaged(table)).map(fullName),
    inconsistent: judgements.some(({ verdict }) => verdict === 'inconsistent'),
  };
}

const restored = 'restored from a backup; what is readable is salvaged first and merged';

function restoreOf(object: string, verdict: Verdict, why: string): Judgement {
  return { object, verdict, why, remedy: restored };
}

function reasonOf(remedy: Remedy, broken: Judgement | undefined, { quarantine, reindex, refresh, validate }: Repairs): string {
  if (remedy === 'none') return 'nothing that this procedure repairs was found';
  if (broken !== undefined) return `${broken.object} cannot be made whole from what is there (${broken.verdict}: ${broken.why})`;
  const parts = [
    ...(quarantine.length > 0 ? [`rows that are too many go to a quarantine (${quarantine.length})`] : []),
    ...(reindex.length > 0 ? [`indexes are built anew (${reindex.length})`] : []),
    ...(refresh.length > 0 ? [`materialized views are refreshed (${refresh.length})`] : []),
    ...(validate.length > 0 ? [`constraints are validated (${validate.length})`] : []),
  ];
  return `every row of every table is readable; ${parts.join(', ')}`;
}

function judge(table: TableTrouble): Judgement[] {
  return [...judgeTable(table), ...table.indexes.flatMap((index) => judgeIndex(table, index)), ...judgeConstraints(table)];
}

function judgeTable(table: TableTrouble): Judgement[] {
  if (!isDamaged(table)) return [];
  const object = fullName(table);
  const said = [
    ...(table.fileMissing ? ['its file is not there'] : []),
    ...(table.readError === null ? [] : [table.readError]),
    ...(table.lostBlocks > 0 ? [`${table.lostBlocks} pages are empty or cut off although an index has rows there`] : []),
    ...table.complaints.slice(0, 2),
  ];
  const why = [...new Set(said)].join('; ');
  if (table.kind === 'materialized view') return [{ object, verdict: 'derived data', why, remedy: 'refreshed from its tables' }];
  if (table.kind === 'catalog') return [restoreOf(object, 'catalog', why)];
  return [restoreOf(object, table.fileMissing ? 'file missing' : 'partly readable', why)];
}

function judgeIndex(table: TableTrouble, index: IndexTrouble): Judgement[] {
  const object = `${index.schema}.${index.name} on ${fullName(table)}`;
  if (isDamaged(table)) return [];
  if (index.surplus > 0)
    return [
      {
        object,
        verdict: 'duplicates',
        why: `${index.surplus} rows are too many in ${index.duplicates} groups${index.error === null ? '' : `; ${index.error}`}`,
        remedy: 'the surplus rows, all but the oldest of each group, go whole to a quarantine; then it is built anew',
      },
    ];
  if (index.error === null && index.valid) return [];
  return [
    {
      object,
      verdict: 'index only',
      why: index.error ?? 'it was left invalid',
      remedy: `built anew${isConcurrent(index) ? ' beside the old one, while the application works' : ', under a lock'}`,
    },
  ];
}

function judgeConstraints(table: TableTrouble): Judgement[] {
  if (isDamaged(table)) return [];
  return table.constraints.flatMap(({ name, kind, violations, validated, error }): Judgement[] => {
    const object = `${kind} ${name} of ${fullName(table)}`;
    if (violations > 0)
      return [
        { object, verdict: 'inconsistent', why: `${violations} rows break it`, remedy: 'none: what is right, a person must say' },
      ];
    if (error !== null || validated) return [];
    return [{ object, verdict: 'not validated', why: 'it was never checked, and no row breaks it', remedy: 'validated' }];
  });
}

function repairsOf(tables: readonly TableTrouble[]): Repairs {
  const whole = tables.filter((table) => !isDamaged(table));
  return {
    quarantine: whole.flatMap((table) =>
      table.indexes
        .filter(({ surplus }) => surplus > 0)
        .map(({ name, surplus }) => ({ schema: table.schema, table: table.name, index: name, surplus })),
    ),
    reindex: whole.flatMap((table) =>
      table.indexes
        .filter(({ surplus, error, valid }) => surplus === 0 && (error !== null || !valid))
        .map((index) => ({
          schema: index.schema,
          name: index.name,
          table: fullName(table),
          concurrently: isConcurrent(index),
        })),
    ),
    refresh: tables
      .filter((table) => table.kind === 'materialized view' && isDamaged(table))
      .map(({ schema, name }) => ({ schema, name })),
    validate: whole.flatMap((table) =>
      table.constraints
        .filter(({ validated, violations, error }) => !validated && violations === 0 && error === null)
        .map(({ name }) => ({ schema: table.schema, table: table.name, constraint: name })),
    ),
  };
}

function isConcurrent({ system, exclusion }: IndexTrouble): boolean {
  return !system && !exclusion;
}

function isDamaged(table: TableTrouble): boolean {
  return table.fileMissing || table.readError !== null || table.complaints.length > 0 || table.lostBlocks > 0;
}

function fullName({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`;
}
