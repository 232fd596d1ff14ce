import { describe, expect, test } from 'vitest';
import { downgradeTo, migrationTool, readCurrent, readFailure, readHistory } from '../../../src/migrations/tool.ts';
import { migrations } from '../../../src/plan/deployment.ts';

const alembic = migrationTool(migrations.parse({}));
/** dbmate 2: goes down one step at a time, and lists the applied ones and the others. */
const dbmate = migrationTool(
  migrations.parse({
    tool: 'commands',
    commands: {
      current: { run: ['dbmate', 'status'], line: '^\\[X\\] (?<revision>\\d+)' },
      history: { run: ['dbmate', 'status'], line: '^\\[.\\] (?<revision>\\d+)_(?<message>.*)\\.sql' },
      upgrade: { run: ['dbmate', 'up'] },
      downgrade: { run: ['dbmate', 'rollback'] },
      applying: '^(?:Applying|Rolling back): (?<revision>\\d+)',
      failure: '^Error: ',
    },
  }),
);

describe('the revisions that alembic lists', () => {
  test('a line of them, with head, current and labels', () => {
    const output = [
      '0003 -> 0004 (head), the fourth, with a comma',
      '0002 -> 0003 (label) (current), third',
      '0001 -> 0002, second -> with an arrow',
      '<base> -> 0001, first',
    ].join('\n');
    expect(readHistory(alembic, output)).toEqual([
      { id: '0001', down: [], message: 'first' },
      { id: '0002', down: ['0001'], message: 'second -> with an arrow' },
      { id: '0003', down: ['0002'], message: 'third' },
      { id: '0004', down: ['0003'], message: 'the fourth, with a comma' },
    ]);
  });

  test('branches, a merge, and one that depends on another branch', () => {
    const output = [
      'b1, c1 -> d1 (head) (mergepoint), merge',
      'a1 (x9) -> c1, depends',
      'a1 -> b1, b',
      '<base> -> a1 (branchpoint), a',
      '<base> -> x9 (head), other base',
    ].join('\n');
    expect(readHistory(alembic, output).map(({ id, down }) => [id, ...down])).toEqual([
      ['x9'],
      ['a1'],
      ['b1', 'a1'],
      ['c1', 'a1', 'x9'],
      ['d1', 'b1', 'c1'],
    ]);
  });

  test('what an environment prints besides is no revision', () => {
    expect(readHistory(alembic, 'Loading settings…\n\nINFO Context impl PostgresqlImpl.\n<base> -> 1, x')).toHaveLength(1);
    expect(readHistory(alembic, '')).toEqual([]);
  });
});

describe('why alembic failed', () => {
  test('a statement that PostgreSQL refuses: the migration, and the reason with its detail', () => {
    const output = `INFO Context impl PostgresqlImpl.
INFO  [alembic.runtime.migration] Running upgrade 0004 -> 0005, indexes
INFO  [alembic.runtime.migration] Running upgrade 0005 -> 0006_bad, employee id
Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 1, in _exec
    self.dialect.do_execute(
psycopg.errors.UniqueViolation: could not create unique index "u"
DETAIL:  Key (a)=(1) is duplicated.

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/local/bin/alembic", line 8, in <module>
sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) could not create unique index "u"
DETAIL:  Key (a)=(1) is duplicated.
[SQL: CREATE UNIQUE INDEX u ON t (a)]
(Background on this error at: https://sqlalche.me/e/21/gkpj)`;
    expect(readFailure(alembic, output)).toEqual({
      revision: '0006_bad',
      why: 'sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) could not create unique index "u" DETAIL:  Key (a)=(1) is duplicated.',
    });
  });

  test.each([
    ['the document’s words', "alembic.util.exc.CommandError: Can't find identifier in the local scope", null],
    ['alembic’s own words', "FAILED: Can't locate revision identified by '0009'", null],
    ['its logger’s words', "ERROR Can't locate revision identified by '0009'", null],
    ['a fault of Python', "NameError: name 'opp' is not defined", null],
    ['one without words', 'NotImplementedError', null],
  ])('%s', (_what, line, revision) => {
    expect(readFailure(alembic, `INFO Will assume transactional DDL.\n${line}\n`)).toEqual({ revision, why: line });
  });

  test('what went well is no failure, nor what failed before the last one that began', () => {
    expect(readFailure(alembic, 'INFO Running upgrade  -> 0001, first\nimporter: seeded')).toBeNull();
    expect(readFailure(alembic, 'x.Error: old\nINFO Running upgrade  -> 0001, first\nimporter: seeded')).toBeNull();
    expect(readFailure(alembic, '')).toBeNull();
  });
});

describe('another tool, by its command lines', () => {
  const status = '[X] 20260101_one.sql\n[X] 20260102_two.sql\n[ ] 20260103_three.sql\n\nApplied: 2\nPending: 1\n';

  test('what is listed is a line, and the newest applied one is the current', () => {
    const graph = readHistory(dbmate, status);
    expect(graph.map(({ id, down, message }) => [id, message, ...down])).toEqual([
      ['20260101', 'one'],
      ['20260102', 'two', '20260101'],
      ['20260103', 'three', '20260102'],
    ]);
    expect(readCurrent(dbmate, status, graph)).toEqual(['20260102']);
  });

  test('which failed and why', () => {
    const output = 'Applying: 20260103_three.sql\nError: pq: column "x" does not exist\n';
    expect(readFailure(dbmate, output)).toEqual({ revision: '20260103', why: 'Error: pq: column "x" does not exist' });
  });

  test('a tool that knows no target is run step by step', () => {
    expect(downgradeTo(dbmate, '20260101')).toEqual({ run: ['dbmate', 'rollback'], stepwise: true });
    expect(downgradeTo(alembic, '0001')).toEqual({ run: ['alembic', 'downgrade', '0001'], stepwise: false });
  });
});

test('a plan whose tool and command lines do not go together is refused', () => {
  expect(migrations.safeParse({ tool: 'commands' }).success).toBe(false);
  const commands = {
    current: { sql: 'SELECT 1' },
    history: { run: ['x'], line: '(?<revision>.*' },
    upgrade: { run: ['x'] },
    downgrade: { run: ['x'] },
  };
  expect(migrations.safeParse({ tool: 'commands', commands }).error?.issues[0]?.message).toContain('regular expression');
});
