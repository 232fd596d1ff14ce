/** One run of the restore benchmark: a stack of its own, every way once in each round, and nothing left afterwards. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import type { TakeBackupResult } from '../../src/workflows/contract.ts';
import { TestStack } from '../../test/integration/harness/stack.ts';
import { startTemporal } from '../../test/integration/harness/temporal.ts';
import { withWorker } from '../watched-worker.ts';
import type { Bench } from './bench.ts';
import { byDocument } from './document.ts';
import { byKintsugi, killedInTheMiddle } from './kintsugi.ts';
import type { BenchRun, Measurement, Way } from './measurement.ts';
import { byPlainRestore } from './plain.ts';

export interface BenchOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly jobs: number;
  readonly only: readonly Way[];
}

type Step = (bench: Bench, round: number) => Promise<Measurement>;

const ways: Record<Way, Step> = {
  document: byDocument,
  pg_restore: byPlainRestore,
  kintsugi: (bench, round) => byKintsugi(bench, round, 'kintsugi'),
  'kintsugi+content': (bench, round) => byKintsugi(bench, round, 'kintsugi+content'),
  'kintsugi+kill': killedInTheMiddle,
};

/**
 * Runs the benchmark.
 *
 * @param say takes a line about what happens now.
 * @returns what was measured, also when a way left other rows than were backed up, or on Ctrl-C: `failure` says so. Everything
 * that the run made is removed in any case. @throws an Error when it could not even begin.
 */
export async function benchRestore(options: BenchOptions, say: (line: string) => void): Promise<BenchRun> {
  const interrupted = new AbortController();
  const interrupt = (): void => {
    say('\nInterrupted: cleaning up. It takes some seconds.');
    interrupted.abort(new Error('interrupted'));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await measure(options, say, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function measure(options: BenchOptions, say: (line: string) => void, signal: AbortSignal): Promise<BenchRun> {
  const startedAt = new Date().toISOString();
  const state = mkdtempSync(path.join(tmpdir(), 'kintsugi-bench-'));
  const temporal = await startTemporal(path.join(state, 'temporal.db'));
  const stack = new TestStack({ name: 'bench', rows: options.rows, temporalAddress: temporal.address });
  try {
    say(`stack ${stack.project} with ${options.rows.toLocaleString('en')} timer cards`);
    await unlessAborted(signal, stack.start());
    setJobs(stack.plan, options.jobs);
    const reached = {
      client: temporal.client,
      connection: temporal.connection,
      namespace: temporal.namespace ?? 'default',
    };
    const taskQueue = `kintsugi-${stack.project}`;
    const bench: Bench = await unlessAborted(
      signal,
      withWorker({ stack, temporal: reached, taskQueue }, async () => {
        const backup = (fingerprints: boolean) =>
          temporal.client.workflow.execute('takeBackup', {
            taskQueue,
            workflowId: `backup-${fingerprints}`,
            args: [{ fingerprints }],
          }) as Promise<TakeBackupResult>;
        say('backups: directory format with and without content fingerprints, and plain SQL as the document makes them');
        return {
          stack,
          temporal: reached,
          taskQueue,
          jobs: options.jobs,
          backup: await backup(false),
          backupWithContent: await backup(true),
          plainDump: await plainDump(stack),
          content: await stack.content(),
          running: await stack.running(),
        };
      }),
    );
    const databaseBytes = Number(await stack.query("SELECT pg_database_size('uns_claudejp')"));
    const measurements: Measurement[] = [];
    const failure = await everyRound(bench, options, measurements, say, signal);
    const { rows, rounds, jobs } = options;
    return {
      ...{ rows, rounds, jobs, startedAt, databaseBytes, measurements, failure },
      cores: availableParallelism(),
      dumpBytes: bench.backup.bytes,
      plainDumpBytes: statSync(bench.plainDump).size,
    };
  } finally {
    await stack.remove();
    await temporal.teardown();
    rmSync(state, { recursive: true, force: true });
  }
}

/** Adds to `measurements`. @returns why the rounds ended early, or null: what was measured until then is still worth a report. */
async function everyRound(
  bench: Bench,
  options: BenchOptions,
  measurements: Measurement[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const way of inRotation(options.only, round)) {
      try {
        await bench.stack.query('CHECKPOINT');
        const measurement = await unlessAborted(signal, ways[way](bench, round));
        await prove(bench, way);
        await tidy(bench.stack);
        measurements.push(measurement);
        say(`round ${round}: ${way.padEnd(16)} ${measurement.seconds.toFixed(1)} s   ${parts(measurement)}`);
      } catch (error) {
        return `${way} in round ${round}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 2000);
      }
    }
  }
  return null;
}

/** Rejects as soon as the run is interrupted: what still runs is ended by the clean-up. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const listening = new AbortController();
  const aborted = once(signal, 'abort', { signal: listening.signal }).then(() => Promise.reject(signal.reason as Error));
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    aborted.catch(() => undefined);
    listening.abort();
  }
}

/** Each round begins with another way, but a killed recovery never comes before the whole one that it is compared with. */
function inRotation(chosen: readonly Way[], round: number): Way[] {
  const first = (round - 1) % chosen.length;
  const turned = [...chosen.slice(first), ...chosen.slice(0, first)];
  return round > 1 ? turned : [...chosen].toSorted((a, b) => Number(a === 'kintsugi+kill') - Number(b === 'kintsugi+kill'));
}

function setJobs(file: string, jobs: number): void {
  const plan = parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>;
  plan.restore = { ...plan.restore, jobs };
  plan.backups = { ...plan.backups, jobs };
  writeFileSync(file, stringify(plan));
}

function parts({ phases }: Measurement): string {
  const long = Object.entries(phases).filter(([, seconds]) => seconds >= 0.5);
  return long.map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`).join(' · ');
}

async function plainDump(stack: TestStack): Promise<string> {
  const file = path.join(stack.folder, 'production_backup_2025_11_12_120000.sql');
  await execa('docker', ['exec', stack.database, 'pg_dump', '--create', '-U', 'uns_admin', 'uns_claudejp'], {
    stdout: { file },
    buffer: false,
  });
  return file;
}

/** A fast restore of something else would be worth nothing. */
async function prove(bench: Bench, way: Way): Promise<void> {
  const content = await bench.stack.content();
  if (content !== bench.content) throw new Error(`after ${way} the rows differ: ${content}, before ${bench.content}`);
  const running = await bench.stack.running();
  if (running.join() !== bench.running.join()) throw new Error(`after ${way} other services run: ${running.join(' ')}`);
}

/** Drops replaced databases and the backups taken after recoveries, so that each way finds the same disk. */
async function tidy(stack: TestStack): Promise<void> {
  for (const name of await stack.databases())
    if (name.includes('_replaced_')) await stack.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  const folder = path.join(stack.folder, 'backups');
  const taken = readdirSync(folder)
    .filter((name) => /^\d{8}T/.test(name))
    .toSorted();
  // The first two are those that are restored.
  for (const name of taken.slice(2)) rmSync(path.join(folder, name), { recursive: true });
}
