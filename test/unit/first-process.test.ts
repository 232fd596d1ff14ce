import { describe, expect, it } from 'vitest';
import { firstOf, isPostgres } from '../../src/cli/plan-check/first-process.ts';

describe('firstOf', () => {
  const titles = ['PID', 'PPID', 'COMMAND'];

  it('finds the process whose parent is outside, and not what docker exec started later', () =>
    expect(
      firstOf(titles, [
        ['205', '100', 'psql --command SELECT 1'],
        ['101', '100', 'postgres'],
        ['150', '101', 'postgres: checkpointer'],
      ]),
    ).toBe('postgres'));

  it('tells nothing of nothing', () => expect(firstOf(titles, [])).toBeNull());
});

describe('isPostgres', () => {
  it.each(['postgres', '/usr/lib/postgresql/15/bin/postgres -D /data', 'postmaster -c fsync=off'])('says yes to %s', (command) =>
    expect(isPostgres(command)).toBe(true),
  );

  it.each([
    '/sbin/docker-init -- docker-entrypoint.sh postgres',
    '/usr/bin/tini -- postgres',
    '/bin/sh -c postgres',
    'postgres-wrapper',
  ])('says no to %s', (command) => expect(isPostgres(command)).toBe(false));
});
