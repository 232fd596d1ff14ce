import { expect, test } from 'vitest';
import { parseToc, RestoreLog, tableOfEntry } from '../../src/activities/postgres/toc.ts';

const list = [
  '; Archive created at 2026-11-24',
  '215; 1259 16400 TABLE public timer_cards uns_admin',
  '3021; 0 16400 TABLE DATA public timer_cards uns_admin',
  '3022; 0 16401 TABLE DATA 日本 語 table with blanks owner of it',
];

test('only the entries of the list are read, each with its own line', () => {
  expect(parseToc(list).map((entry) => entry.dumpId)).toEqual([215, 3021, 3022]);
  expect(parseToc(list)[1]?.line).toBe(list[2]);
});

test('the table of a data entry is found although blanks do not tell schema, name and owner apart', () => {
  const [, , odd] = parseToc(list);
  const tables = [
    { schema: 'public', name: 'timer_cards' },
    { schema: '日本 語', name: 'table with blanks' },
  ];
  expect(odd && tableOfEntry(odd, tables)).toEqual({ schema: '日本 語', name: 'table with blanks' });
});

test('a data entry that fits two tables is not guessed', () => {
  const [entry] = parseToc(['1; 0 2 TABLE DATA a b c d']);
  const tables = [
    { schema: 'a', name: 'b' },
    { schema: 'a b', name: 'c' },
  ];
  expect(entry && tableOfEntry(entry, tables)).toBeNull();
});

test('what pg_restore launched and did not finish is in flight, over several rounds', () => {
  const log = new RestoreLog();
  for (const line of [
    'pg_restore: launching item 3021 TABLE DATA timer_cards',
    'pg_restore: launching item 3022 TABLE DATA users',
    'pg_restore: finished item 3022 TABLE DATA users',
    'pg_restore: launching item 3031 CONSTRAINT users users_pkey',
  ])
    log.take(line);
  expect([...log.finished]).toEqual([3022]);
  expect([...log.inFlight()]).toEqual([3021, 3031]);
  log.settleObjects();
  expect([...log.inFlight()]).toEqual([3021]);
  log.take('pg_restore: finished item 3021 TABLE DATA timer_cards');
  expect(log.inFlight().size).toBe(0);
});

test('a line whose prefix mixed with that of another process of pg_restore is understood', () => {
  const log = new RestoreLog();
  for (const line of [
    'pg_restore:pg_restore:  creating INDEX "public.by_name"',
    'launching item 3031 INDEX by_name',
    'pg_restore: pg_restore: launching item 3032 TRIGGER timer_cards prevent_duplicate',
    ' finished item 3031 INDEX by_name',
    'pg_restore: creating TABLE "public.finished item 3032 "',
  ])
    log.take(line);
  expect([...log.finished]).toEqual([3031]);
  expect([...log.inFlight()]).toEqual([3032]);
});
