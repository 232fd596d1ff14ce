/**
 * The statements of a repair, as text. Pure. Identifiers are quoted here; conditions and expressions are the plan's own SQL.
 * In all of them `t` is the row of the table and `found` what a rule found, numbered by `kintsugi_position`.
 */
import type { RowRule } from '../../plan/repairs.ts';
import { identifier } from '../postgres/server.ts';
import type { Reference, TableShape } from './table-shape.ts';
import { tableName } from './table-shape.ts';

/** Where rows are kept as they were, and how far a repair has come. */
export const quarantine = 'kintsugi_quarantine';

/** Samples of a finding, at most. */
const sampleRows = 5;

const position = 'kintsugi_position';
const version = 'kintsugi_version';

const list = (names: readonly string[], of: string) => names.map((name) => `${of}.${identifier(name)}`).join(', ');
const equal = (names: readonly string[], left: string, right: string) =>
  names.map((name) => `${left}.${identifier(name)} = ${right}.${identifier(name)}`).join(' AND ');
/** One text for several columns, through the types' own output functions, as pg_dump writes values. */
const asText = (names: readonly string[], of: string) => (names.length === 0 ? "''" : `ROW(${list(names, of)})::text`);

/** @returns the query of what a rule finds, each row once: the primary key, and with `find` whatever else it yields. */
export function foundSql(rule: RowRule, shape: TableShape): string {
  if (rule.where !== undefined) return `SELECT ${list(shape.key, 't')} FROM ${tableName(shape)} AS t WHERE (${rule.where}\n)`;
  // On lines of its own: a comment at the end of the plan's SQL must not swallow what follows.
  return `SELECT DISTINCT ON (${list(shape.key, 'f')}) f.* FROM (\n${trimmed(rule.find ?? '')}\n) AS f ORDER BY ${list(shape.key, 'f')}`;
}

/** @returns the query of how many rows a rule finds, and of samples as arrays of text: the key, then what it shows. */
export function countSql(rule: RowRule, shape: TableShape): string {
  const cells = sampleColumns(rule, shape).map((name) => `t.${identifier(name)}::text`);
  return `WITH found AS MATERIALIZED (${foundSql(rule, shape)})
SELECT (SELECT count(*) FROM found) AS count,
       (SELECT coalesce(json_agg(ARRAY[${cells.join(', ')}] ORDER BY ${list(shape.key, 't')}), '[]')
          FROM (SELECT ${list(shape.key, 'found')} FROM found ORDER BY ${list(shape.key, 'found')} LIMIT ${sampleRows}) AS few
          JOIN ${tableName(shape)} AS t ON ${equal(shape.key, 't', 'few')}) AS samples`;
}

/** @returns the columns of the samples. */
export function sampleColumns(rule: Pick<RowRule, 'show'>, shape: Pick<TableShape, 'key'>): string[] {
  return [...shape.key, ...rule.show.filter((name) => !shape.key.includes(name))];
}

/** @returns the name, quoted, of the table that holds what a rule found. */
export function foundTable(repair: string): string {
  return `${quarantine}.${identifier(`found_${repair}`)}`;
}

/** Whether a row is left alone when it was written since it was found: nothing else can be asked again. */
const byVersion = (rule: RowRule) => rule.where === undefined && rule.still === undefined;

/** @returns the statement that writes down what a rule finds, in the order of the primary key. */
export function collectSql(rule: RowRule, shape: TableShape, target: string): string {
  const found = byVersion(rule)
    ? `SELECT f.*, t.xmin::text AS ${version} FROM (${foundSql(rule, shape)}) AS f JOIN ${tableName(shape)} AS t ON ${equal(shape.key, 't', 'f')}`
    : foundSql(rule, shape);
  return `CREATE TABLE ${target} AS SELECT row_number() OVER (ORDER BY ${list(shape.key, 'f')}) AS ${position}, f.* FROM (${found}) AS f`;
}

/**
 * The repair of one batch: $1 is the position before its first row, $2 that of its last, $3 the number of the repair. Each row is
 * asked again, copied whole and changed in this one statement. It needs no lock of its own: under REPEATABLE READ a row that
 * somebody has written since the snapshot fails the change with a serialization error, and the batch is done again.
 *
 * @returns a statement that answers one row: `changed`, and `broken`, the rows of which a column changed that is to be kept.
 */
export function repairSql(rule: RowRule, shape: TableShape, found: string): string {
  const still = byVersion(rule) ? `t.xmin::text = found.${version}` : (rule.where ?? rule.still ?? 'true');
  const chosen = `${equal(shape.key, 't', 'found')} AND found.${position} > $1 AND found.${position} <= $2 AND (${still}\n)`;
  const key = `found.${position} AS position, ${asText(shape.key, 't')} AS key`;
  return rule.repair === 'delete' ? deleteSql(shape, found, { chosen, key }) : updateSql(rule, shape, found, { chosen, key });
}

interface BatchParts {
  /** Which rows of `t` and `found` it is about. */
  readonly chosen: string;
  readonly key: string;
}

const saved = `saved AS (
  INSERT INTO ${quarantine}.rows (repair, position, key, was, became)
  SELECT $3, position, key, was, became FROM new
  RETURNING 1
)`;

/** What DELETE returns is the row as it was: it is read once. */
function deleteSql(shape: TableShape, found: string, { chosen, key }: BatchParts): string {
  const spared = shape.referencedBy.map((reference) => ` AND ${nobodyNames(reference)}`).join('');
  return `WITH new AS (
  DELETE FROM ${tableName(shape)} AS t USING ${found} AS found
   WHERE ${chosen}${spared}
  RETURNING ${key}, (t.*)::text AS was, NULL::text AS became
), ${saved}
SELECT (SELECT count(*) FROM saved) AS changed, 0 AS broken`;
}

/** UPDATE returns the row as it became: as it was has to be read before, by the same snapshot. */
function updateSql(rule: RowRule, shape: TableShape, found: string, { chosen, key }: BatchParts): string {
  const keys = shape.key.map((name, at) => `t.${identifier(name)} AS k${at}`).join(', ');
  const same = shape.key.map((name, at) => `t.${identifier(name)} = old.k${at}`).join(' AND ');
  const kept = (of: string) => `ROW(${list(rule.keeps, of)})`;
  // By their bytes (*<>), which every type has; = is missing from some, and text takes much longer.
  const broken = rule.keeps.length === 0 ? 'false' : `${kept('t')} *<> old.kept`;
  return `WITH old AS MATERIALIZED (
  SELECT ${key}, ${keys}, (t.*)::text AS was, ${kept('t')} AS kept
    FROM ${found} AS found JOIN ${tableName(shape)} AS t ON ${chosen}
), new AS (
  UPDATE ${tableName(shape)} AS t SET ${assignments(rule)} FROM old WHERE ${same}
  RETURNING old.position, old.key, old.was, (t.*)::text AS became, ${broken} AS broken
), ${saved}
SELECT (SELECT count(*) FROM saved) AS changed, (SELECT count(*) FROM new WHERE broken) AS broken`;
}

function assignments({ repair }: RowRule): string {
  if (repair === undefined || repair === 'delete') throw new RangeError('no columns to set');
  if ('retrigger' in repair) return `${identifier(repair.retrigger)} = t.${identifier(repair.retrigger)}`;
  return Object.entries(repair.set)
    .map(([column, expression]) => `${identifier(column)} = (${expression}\n)`)
    .join(', ');
}

/** A row that others name stays: they would be deleted with it, and nobody has copied them. */
function nobodyNames({ schema, table, columns }: Reference): string {
  const same = columns.map(([from, to]) => `other.${identifier(from)} = t.${identifier(to)}`).join(' AND ');
  return `NOT EXISTS (SELECT FROM ${tableName({ schema, name: table })} AS other WHERE ${same})`;
}

/** @returns the query of one value that a batch must leave as it is; $1 and $2 as in `repairSql`. */
export function unchangedSql(sql: string, found: string): string {
  return `WITH touched AS (SELECT * FROM ${found} WHERE ${position} > $1 AND ${position} <= $2)
SELECT (\n${trimmed(sql)}\n)::text AS value`;
}

/** @returns the query of how many rows a run repaired that its rule finds again, and how many others it finds. $1: number of the repair. */
export function againSql(rule: RowRule, shape: TableShape): string {
  return `SELECT count(*) FILTER (WHERE q.key IS NOT NULL) AS again, count(*) FILTER (WHERE q.key IS NULL) AS others
  FROM (${foundSql(rule, shape)}) AS f
  LEFT JOIN ${quarantine}.rows AS q ON q.repair = $1 AND q.key = ${asText(shape.key, 'f')}`;
}

/** @returns the columns that a repair writes itself. */
export function writtenColumns({ repair }: RowRule): string[] {
  if (repair === undefined || repair === 'delete') return [];
  return 'retrigger' in repair ? [repair.retrigger] : Object.keys(repair.set);
}

function trimmed(sql: string): string {
  return sql.trim().replace(/;+$/, '');
}
