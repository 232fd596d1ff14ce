import { describe, expect, test } from 'vitest';
import { buildModel } from '../../../src/activities/code/build.ts';
import { lastGoodCode } from '../../../src/activities/code/find-commit.ts';
import { schemaDifferences } from '../../../src/activities/migrations/compare.ts';
import { undoOf } from '../../../src/cli/commands/undo-of.ts';
import type { DeployRecord } from '../../../src/deploys/records.ts';

const deploy = (commit: string | null, image: string, more: Partial<DeployRecord> = {}): DeployRecord => ({
  runId: `${commit}`,
  at: '2026-11-24T00:00:00.000Z',
  by: '',
  source: 'test',
  commit,
  dirty: false,
  migration: null,
  images: { backend: { name: 'app', id: image } },
  ...more,
});

describe('the code to go back to', () => {
  const running = { backend: 'bad' };

  test('is the newest whose images are not those that run', () => {
    expect(lastGoodCode([deploy('3', 'bad'), deploy('2', 'b'), deploy('1', 'a')], ['backend'], running)?.commit).toBe('2');
  });

  test('is never one that was built from changed files, or of which no commit is known', () => {
    expect(
      lastGoodCode([deploy('3', 'c', { dirty: true }), deploy(null, 'b'), deploy('1', 'a')], ['backend'], running)?.commit,
    ).toBe('1');
    expect(lastGoodCode([deploy('3', 'bad')], ['backend'], running)).toBeNull();
    expect(lastGoodCode([], ['backend'], running)).toBeNull();
  });
});

describe('what is built', () => {
  const source = { repository: { top: '/repo' }, tree: '/state/tree', commit: 'abc' };
  const model = (build: object) => ({ name: 'app', services: { backend: { build: build as never }, db: {} } });

  test('has every path of the repository turned to the worktree, and the commit as a label', () => {
    const built = buildModel(
      model({
        context: '/repo/backend',
        args: { A: '1' },
        additional_contexts: { shared: '/repo/shared', base: 'docker-image://x' },
      }),
      { backend: 'kintsugi-built/backend:1' },
      source,
    );
    expect(built).toEqual({
      name: 'app',
      services: {
        backend: {
          image: 'kintsugi-built/backend:1',
          build: {
            context: '/state/tree/backend',
            args: { A: '1' },
            additional_contexts: { shared: '/state/tree/shared', base: 'docker-image://x' },
            labels: { 'org.opencontainers.image.revision': 'abc' },
          },
        },
      },
    });
  });

  test.each([
    ['a service that is not built', 'db', {}, /db, and it has no build section/],
    ['a service that is not there', 'nobody', {}, /nobody, and there is no such service/],
    ['a context outside of the repository', 'backend', { context: '/repo-other' }, /not in the repository \/repo/],
  ])('%s is refused', (_what, service, build, message) => {
    expect(() => buildModel(model(build), { [service]: 'x' }, source)).toThrow(message);
  });
});

test('what a schema has besides its revision is told by its name', () => {
  const before = { 'TABLE public.a': ['1'], 'TYPE public.t': ['2'], 'INDEX public.i': ['3', '4'] };
  const after = { 'TABLE public.a': ['1'], 'TYPE public.t': ['5'], 'INDEX public.j': ['3'] };
  expect(schemaDifferences(before, after)).toEqual([
    'missing: INDEX public.i',
    'added: INDEX public.j',
    'changed: TYPE public.t',
  ]);
  expect(schemaDifferences(before, { ...before, 'INDEX public.i': ['4', '3'] })).toEqual([]);
  // What Kintsugi keeps of a repair is no part of a migration.
  const kept = { 'COMMENT SCHEMA kintsugi_quarantine': ['6'], 'FK CONSTRAINT kintsugi_quarantine.objects o_fkey': ['7'] };
  expect(schemaDifferences(before, { ...before, ...kept })).toEqual([]);
});

test('undo knows what each kind of run replaced', () => {
  expect(undoOf('restoreDatabase')?.workflowType).toBe('undoRecovery');
  expect(undoOf('rollBackCode')?.workflowType).toBe('undoRollBackCode');
  expect(undoOf('recoverFailedMigration', 'rollBackCode')?.workflowType).toBe('undoRollBackCode');
  expect(undoOf('recoverFailedMigration', 'restore')?.workflowType).toBe('undoRecovery');
  expect(undoOf('recoverFailedMigration', 'retry')).toBeNull();
  expect(undoOf('recoverDeletedData')?.workflowType).toBe('undoRecovery');
  expect(undoOf('recoverFromCorruption', null, 'restore')?.workflowType).toBe('undoRecovery');
  expect(undoOf('recoverFromCorruption', null, 'repair')).toBeNull();
  expect(undoOf('takeBackup')).toBeNull();
});
