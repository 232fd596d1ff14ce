import { availableParallelism, totalmem } from 'node:os';

/**
 * Settings of the restoring sessions. Commits stay synchronous: a part that pg_restore calls finished must survive a crash.
 *
 * @param jobs parallel sessions of pg_restore.
 * @returns PostgreSQL settings by name, measured to help: docs/decisions/0006-restore-settings.md.
 */
export function restoreSettings(jobs: number): Record<string, string> {
  const cores = availableParallelism();
  // One at least: the largest index is often the last one left, and would leave the other processors idle.
  const helpers = Math.max(Math.min(1, cores - 1), Math.floor(cores / jobs) - 1);
  const megabytes = totalmem() / 2 ** 20 / 8 / (jobs * (1 + helpers));
  return {
    maintenance_work_mem: `${Math.floor(Math.min(256, Math.max(64, megabytes)))}MB`,
    max_parallel_maintenance_workers: String(helpers),
    // The checks of foreign keys are costly enough to be compiled, and run once.
    jit: 'off',
    statement_timeout: '0',
    lock_timeout: '0',
    idle_in_transaction_session_timeout: '0',
  };
}
