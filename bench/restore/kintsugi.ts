/** Kintsugi end to end: its real worker as a process of its own, and a real Temporal server. */
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { RestoreInput, RestoreResult, StepProgress } from '../../src/workflows/contract.ts';
import { recoveryId } from '../../src/workflows/contract.ts';
import { until } from '../../test/integration/harness/wait.ts';
import { withWorker } from '../watched-worker.ts';
import type { Bench } from './bench.ts';
import type { Measurement, Way } from './measurement.ts';

/** How long the last whole restore ran by itself, in milliseconds: its half is the middle. */
let restoreMs = 10_000;

/** A whole recovery after DROP DATABASE, from a plain backup or from one with content fingerprints. */
export async function byKintsugi(bench: Bench, round: number, way: 'kintsugi' | 'kintsugi+content'): Promise<Measurement> {
  await bench.stack.dropDatabase();
  return withWorker(bench, async (worker) => {
    const result = (await (await begin(bench, way)).result()) as RestoreResult;
    if (way === 'kintsugi') restoreMs = (secondsOf(result, 'restoreBeside') ?? 10) * 1000;
    return { ...described(result, way, round), workerBytes: worker.peakBytes, killedAfter: null };
  });
}

/** The same with one SIGKILL of the worker half-way through the restore; it is started again at once. */
export async function killedInTheMiddle(bench: Bench, round: number): Promise<Measurement> {
  await bench.stack.dropDatabase();
  return withWorker(bench, async (worker) => {
    const recovery = await begin(bench, 'kintsugi+kill');
    await until('the restore runs', async () => {
      const { stdout } = await execa('docker', [
        ...['ps', '--quiet', '--filter', `label=kintsugi.stack=${bench.stack.project}`],
        ...['--filter', 'label=kintsugi.step=restore-1'],
      ]);
      return stdout !== '';
    });
    await delay(restoreMs / 2);
    await worker.killAndRestart();
    const result = (await recovery.result()) as RestoreResult;
    return { ...described(result, 'kintsugi+kill', round), workerBytes: worker.peakBytes, killedAfter: restoreMs / 2000 };
  });
}

function begin(bench: Bench, way: Way) {
  const backup = way === 'kintsugi+content' ? bench.backupWithContent : bench.backup;
  const input: RestoreInput = { backup: backup.id, requestedBy: 'bench', confirm: 'uns_claudejp', reason: 'bench' };
  const workflowId = recoveryId(bench.stack.project);
  return bench.temporal.client.workflow.start('restoreDatabase', { taskQueue: bench.taskQueue, workflowId, args: [input] });
}

function described(result: RestoreResult, way: Way, round: number) {
  if (result.phase !== 'completed') throw new Error(`the recovery is ${result.phase}: ${result.checklist}`);
  const seconds = result.rtaMs / 1000;
  const parts = result.steps.map((step) => [step.title, duration(step)] as const);
  return { way, round, seconds, phases: { ...Object.fromEntries(parts), [betweenSteps]: seconds - busy(result) } };
}

const betweenSteps = 'between the steps';
/** What comes after the application is healthy again. */
const afterwards = ['freshBackup', 'report'];

/** @returns for how many seconds at least one step ran before the application was healthy. */
function busy(result: RestoreResult): number {
  const steps = result.steps.filter(({ name, startedAt, endedAt }) => startedAt && endedAt && !afterwards.includes(name));
  let [seconds, until] = [0, 0];
  for (const step of steps.toSorted((a, b) => began(a) - began(b))) {
    seconds += Math.max(0, ended(step) - Math.max(until, began(step))) / 1000;
    until = Math.max(until, ended(step));
  }
  return seconds;
}

function began(step: StepProgress): number {
  return Date.parse(step.startedAt ?? '');
}

function ended(step: StepProgress): number {
  return Date.parse(step.endedAt ?? '');
}

function secondsOf(result: RestoreResult, name: string): number | undefined {
  return result.steps.filter((step) => step.name === name).map(duration)[0];
}

function duration(step: StepProgress): number {
  return step.startedAt && step.endedAt ? (ended(step) - began(step)) / 1000 : 0;
}
