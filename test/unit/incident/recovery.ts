import type { RecoveryNews } from '../../../src/incident/contract.ts';

/** @returns what a recovery tells while it restores, with changes. */
export function recovery(changes: Partial<RecoveryNews> = {}): RecoveryNews {
  return {
    workflowId: 'restore-demo',
    runId: 'run-1',
    procedure: 'restoreDatabase',
    phase: 'running',
    done: ['preflight'],
    running: { title: 'restore beside', since: '2026-11-24T00:00:00.000Z', expectedMs: null },
    leftMs: null,
    approval: null,
    denied: [],
    ended: null,
    ...changes,
  };
}
