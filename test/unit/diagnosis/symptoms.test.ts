import { expect, test } from 'vitest';
import { SymptomCount } from '../../../src/activities/survey/logs.ts';
import { symptoms } from '../../../src/diagnosis/symptoms.ts';

const prefix = '2026-11-23 17:51:02.123 UTC [123] ';

/** Lines as PostgreSQL 15, psycopg and alembic really write them, and what they are symptoms of. */
const lines: readonly (readonly [string, string | null])[] = [
  ['FATAL:  database "uns_claudejp" does not exist', 'databaseMissing'],
  ['ERROR:  duplicate key value violates unique constraint "uq_card"', 'duplicateKey'],
  ['ERROR:  deadlock detected', 'deadlock'],
  ['ERROR:  relation "timer_cards" does not exist at character 15', 'relationMissing'],
  ['ERROR:  insert or update on table "timer_cards" violates foreign key constraint "fk_e"', 'foreignKey'],
  ['ERROR:  column "employee_id" of relation "timer_cards" does not exist', 'columnMissing'],
  ['ERROR:  trigger "trg" for relation "timer_cards" already exists', 'alreadyExists'],
  ["alembic.util.exc.CommandError: Can't locate revision identified by '0009'", 'alembic'],
  ['ERROR:  could not read block 3 in file "base/16384/16397": read only 0 of 8192 bytes', 'unreadableBlock'],
  ['ERROR:  invalid page in block 0 of relation base/16384/16397', 'invalidPage'],
  ['PANIC:  could not write to file "pg_wal/xlogtemp.34": No space left on device', 'diskFull'],
  ['FATAL:  sorry, too many clients already', 'tooManyConnections'],
  ['FATAL:  password authentication failed for user "uns_admin"', 'passwordRefused'],
  ['could not translate host name "db" to address: Name or service not known', 'hostUnknown'],
  ['LOG:  statement: drop database uns_claudejp', 'databaseDropped'],
  ['FATAL:  database "of_others" does not exist', null],
  ['LOG:  checkpoint complete: wrote 3 buffers (0.0%)', null],
  ['LOG:  database system is ready to accept connections', null],
];

test.each(lines)('%s', (line, name) => {
  const count = new SymptomCount('uns_claudejp');
  count.take('db', true, '2026-11-23T17:51:02.123Z', prefix + line);
  expect(count.seen.map(({ symptom }) => symptom)).toEqual(name === null ? [] : [name]);
});

test('what is kept of a line is short, begins where it matters, and holds no password', () => {
  const count = new SymptomCount('shop');
  const line = `${prefix}FATAL:  database "shop" does not exist ${'x'.repeat(5_000)}`;
  count.take('db', true, '2', line);
  count.take('db', true, '1', line);
  count.take('app', false, '3', 'postgres://u:hunter2@db/shop: database "shop" does not exist');
  const [db, app] = count.seen;
  expect(db).toMatchObject({ count: 2, firstAt: '1', lastAt: '2' });
  expect(db?.line).toMatch(/^FATAL: {2}database "shop" does not exist x{1,59}$/);
  expect(app?.line).toBe('postgres://u:[secret]@db/shop: database "shop" does not exist');
});

test('names are unique and weights are chances', () => {
  expect(new Set(symptoms.map(({ name }) => name)).size).toBe(symptoms.length);
  expect(symptoms.filter(({ weight }) => weight <= 0 || weight >= 1)).toEqual([]);
});

test('what a recovery settled does not count any more, and what was written since does', () => {
  const count = new SymptomCount('shop', symptoms, { corruption: '2026-11-23T17:30:00.000Z' });
  for (const at of ['2026-11-23T17:29:00.000Z', '2026-11-23T17:31:00.000Z'])
    count.take('db', true, at, 'ERROR:  invalid page in block 1 of relation base/1/2');
  count.take('db', true, '2026-11-23T17:29:00.000Z', 'PANIC:  could not write: No space left on device');
  expect(count.seen.map(({ symptom, firstAt, count: times }) => [symptom, firstAt, times])).toEqual([
    ['invalidPage', '2026-11-23T17:31:00.000Z', 1],
    ['diskFull', '2026-11-23T17:29:00.000Z', 1],
  ]);
});
