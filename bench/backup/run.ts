/** Takes backups of the same database by plain pg_dump and by Kintsugi, side by side, for one size of it after the other. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parse } from 'yaml';
import { planSchema } from '../../src/plan/schema.ts';
import { backupId, type TakeBackupResult } from '../../src/workflows/contract.ts';
import { taskQueueOf } from '../../src/workflows/task-queues.ts';
import { TestStack } from '../../test/integration/harness/stack.ts';
import { startTemporal } from '../../test/integration/harness/temporal.ts';
import { seconds } from '../measure.ts';
import { runTool } from '../plain-tool.ts';
import { type Served, withWorker } from '../watched-worker.ts';
import type { BackupBench, BackupRound, SizeRun } from './report.ts';

export interface BackupOptions {
  /** Timer cards of each database. */
  readonly sizes: readonly number[];
  readonly rounds: number;
}

/**
 * Runs the benchmark: the worker is started anew for each size, so that the peak of its memory is that of the size.
 *
 * @throws an Error when a backup does not hold the rows that are in the database.
 */
export async function benchBackup({ sizes, rounds }: BackupOptions, say: (line: string) => void): Promise<BackupBench> {
  const startedAt = new Date().toISOString();
  const load = loadavg()[0] ?? 0;
  const state = mkdtempSync(path.join(tmpdir(), 'kintsugi-bench-'));
  const temporal = await startTemporal(path.join(state, 'temporal.db'));
  try {
    const runs: SizeRun[] = [];
    for (const rows of sizes) runs.push(await oneSize(temporal, rows, rounds, say));
    return { startedAt, load, cores: availableParallelism(), runs };
  } finally {
    await temporal.teardown();
    rmSync(state, { recursive: true, force: true });
  }
}

async function oneSize(
  temporal: TestWorkflowEnvironment,
  rows: number,
  rounds: number,
  say: (line: string) => void,
): Promise<SizeRun> {
  const stack = new TestStack({ name: 'bench-backup', rows, temporalAddress: temporal.address, databaseOnly: true });
  try {
    say(`generates ${rows.toLocaleString('en')} timer cards`);
    await stack.start();
    const databaseBytes = Number(await stack.query("SELECT pg_database_size('uns_claudejp')"));
    const reached = { client: temporal.client, connection: temporal.connection, namespace: temporal.namespace ?? 'default' };
    const served: Served = {
      stack,
      temporal: reached,
      taskQueue: taskQueueOf({ stack: { project: stack.project }, temporal: {} }),
    };
    return await withWorker(served, async (worker) => {
      const measured: BackupRound[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        const ways = {
          plain: () => byPgDump(stack),
          kintsugi: () => byKintsugi(served, rows, false),
          content: () => byKintsugi(served, rows, true),
        };
        const names = Object.keys(ways) as (keyof typeof ways)[];
        const seconds: Partial<Record<keyof typeof ways, number>> = {};
        // What else the machine does changes by the minute: each round begins with another way.
        for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
          await stack.query('CHECKPOINT');
          seconds[name] = await ways[name]();
          say(`round ${round}: ${name.padEnd(9)} ${seconds[name].toFixed(1)} s`);
        }
        measured.push(seconds as BackupRound);
      }
      return { rows, databaseBytes, rounds: measured, workerBytes: worker.peakBytes };
    });
  } finally {
    await stack.remove();
  }
}

/** The same format, jobs and compression, from a container of its own as well. */
async function byPgDump(stack: TestStack): Promise<number> {
  const { compression, jobs } = planSchema.parse(parse(readFileSync(stack.plan, 'utf8'))).backups;
  const folder = path.join(stack.folder, 'plain');
  mkdirSync(folder);
  try {
    const options = [
      '--format=directory',
      `--jobs=${jobs}`,
      `--compress=${compression}`,
      '--file=/dump/data',
      '--dbname=uns_claudejp',
    ];
    return await seconds(() => runTool(stack, ['pg_dump', ...options], `${folder}:/dump`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function byKintsugi({ stack, temporal, taskQueue }: Served, rows: number, fingerprints: boolean): Promise<number> {
  let taken: TakeBackupResult | undefined;
  const took = await seconds(async () => {
    taken = await temporal.client.workflow.execute<(input: object) => Promise<TakeBackupResult>>('takeBackup', {
      taskQueue,
      workflowId: backupId(stack.project),
      args: [{ fingerprints, reason: 'bench' }],
    });
  });
  if (taken === undefined || taken.rows < rows || taken.fingerprints !== fingerprints)
    throw new Error(`the backup does not hold what it should: ${JSON.stringify(taken)}`);
  rmSync(taken.path, { recursive: true });
  return took;
}
