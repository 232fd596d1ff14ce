/** What the activities on migrations and code answer when a migration of `shop` has failed: at 1, the image brings 2, 1 was good. */
export function deploymentAnswers(): Record<string, (input: never) => unknown> {
  const graph = [
    { id: '1', down: [], message: 'one' },
    { id: '2', down: ['1'], message: 'two' },
  ];
  const state = { tool: 'alembic', current: ['1'], graph, heads: ['2'], problem: null, command: [] };
  const changed = (current: string) => ({ ok: true, current: [current], failed: null, blockedBy: [], command: [] });
  return {
    readMigrations: () => state,
    findLastGood: () => ({ head: ['1'], at: '2026-11-24T00:00:00.000Z', from: 'the healthy deployment of …', commit: null }),
    findMigrationFailure: () => ({
      revision: '2',
      why: 'Error: no such column',
      container: 'importer',
      at: '2026-11-24T00:00:00.000Z',
    }),
    findMigrating: () => [],
    findHalfDone: () => ({ invalid: [], waiting: [] }),
    findBackupAt: () => ({ id: 'b1', takenAt: '2026-11-24T00:00:00.000Z' }),
    compareSchema: () => ({ comparedWith: 'b1', differences: [] }),
    upgradeSchema: () => changed('2'),
    downgradeSchema: () => changed('1'),
    bringUp: () => ({ command: [] }),
    recordDeploy: () => ({ commit: null, migration: { tool: 'alembic', head: ['2'] } }),
    openSnapshot: () => ({ id: 'b2', name: 's', takenAt: '2026-11-24T00:00:00.000Z' }),
    closeSnapshot: () => ({}),
    dumpDatabase: () => ({ tables: 1 }),
    dumpGlobals: () => ({ passwords: true }),
    describeContent: () => ({ rows: 1, tables: 1 }),
    finishBackup: () => ({ id: 'b2', path: '/b2', takenAt: '', bytes: 1, tables: 1, rows: 1, fingerprints: false }),
    removePartial: () => ({}),
  };
}
