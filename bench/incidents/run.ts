/** One run of the incident benchmark: a Temporal server, a worker as users run it, a receiver; nothing left afterwards. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { type IncidentView, incidentQuery } from '../../src/incident/contract.ts';
import { taskQueueOf } from '../../src/workflows/task-queues.ts';
import { startTemporal } from '../../test/integration/harness/temporal.ts';
import { WorkerProcess } from '../../test/integration/harness/worker.ts';
import { type IncidentRun, judgeIncident, pageOf } from './measurement.ts';
import { Sink } from './sink.ts';

export interface IncidentOptions {
  readonly incidents: number;
  /** Milliseconds from one call of an incident to its next: they are opened evenly over this time, so that their timers are, too. */
  readonly everyMs: number;
  /** How many calls after the first are waited for. */
  readonly rounds: number;
}

const project = 'bench-incidents';

/**
 * Runs the benchmark.
 *
 * @param say takes a line about what happens now. @returns what was measured; everything that the run made is removed in any case.
 */
export async function benchIncidents(options: IncidentOptions, say: (line: string) => void): Promise<IncidentRun> {
  const startedAt = new Date().toISOString();
  const before = loadavg()[0] ?? 0;
  const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-bench-incidents-'));
  const sink = await Sink.start();
  const temporal = await startTemporal(path.join(folder, 'temporal.db'));
  const plan = writePlan(folder, sink, temporal.address, options.everyMs);
  const worker = new WorkerProcess(plan);
  worker.start();
  try {
    await worker.listening(temporal, taskQueueOf({ stack: { project }, temporal: {} })).catch((error: unknown) => {
      throw new Error(`${String(error)}; its log ends: ${readFileSync(path.join(folder, 'worker.log'), 'utf8').slice(-1_000)}`);
    });
    const usage = { worker: cpuSeconds(worker.pid), temporal: cpuSeconds(temporalServer()) };
    await open(temporal, options, say);
    await untilDue(options, sink, say);
    const workerBytes = peakBytes(worker.pid);
    const cpu = {
      worker: cpuSeconds(worker.pid) - usage.worker,
      temporal: cpuSeconds(temporalServer()) - usage.temporal,
    };
    const load = { before, after: loadavg()[0] ?? 0 };
    say('asking every incident');
    const found = await compare(temporal, options, sink);
    const messages = sink.arrivals.length;
    return { ...options, cores: availableParallelism(), startedAt, load, messages, workerBytes, cpu, ...found };
  } finally {
    await worker.stop();
    await temporal.teardown();
    await sink.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writePlan(folder: string, sink: Sink, address: string, everyMs: number): string {
  const every = `${everyMs}ms`;
  const file = path.join(folder, 'kintsugi.yaml');
  const person = (name: string, ...roles: string[]) => ({ name, roles, reach: [{ webhook: 'ops' }] });
  writeFileSync(
    file,
    stringify({
      version: 1,
      stack: { project },
      database: { name: 'app', user: 'me' },
      temporal: { address },
      channels: { webhooks: { ops: { url: sink.url, secret: { env: 'BENCH_SECRET' } } } },
      people: { sato: person('Sato', 'primary-dba', 'devops-lead'), suzuki: person('Suzuki', 'secondary-dba', 'system-admin') },
      escalation: {
        P1: {
          acknowledgeWithin: every,
          nextLevelAfter: every,
          updates: { responders: every, everyone: `${2 * everyMs}ms`, remindBefore: '0s' },
        },
        // Everybody hears of every incident here: what a limit would bundle is what is measured.
        limits: { webhook: { messages: 1_000_000, within: '1ms' } },
      },
      objectives: { default: { rto: '7d', rpo: '1d' } },
    }),
  );
  writeFileSync(path.join(folder, '.env'), `BENCH_SECRET="${sink.secret}"\n`);
  return file;
}

async function open(temporal: TestWorkflowEnvironment, { incidents, everyMs }: IncidentOptions, say: (line: string) => void) {
  const began = Date.now();
  const starting: Promise<unknown>[] = [];
  for (let number = 0; number < incidents; number += 1) {
    await delay(Math.max(0, began + (number * everyMs) / incidents - Date.now()));
    starting.push(
      temporal.client.workflow.start('incident', {
        taskQueue: `kintsugi-${project}`,
        workflowId: workflowIdOf(number),
        args: [{ problem: `database ${number} is missing`, openedBy: 'bench' }],
      }),
    );
    if ((number + 1) % Math.ceil(incidents / 10) === 0) say(`${number + 1} opened after ${seconds(Date.now() - began)}`);
  }
  await Promise.all(starting);
}

const workflowIdOf = (number: number) => `incident-${project}-${number}`;

/** Waits until the last call is due, and then until every incident's has arrived, for two minutes at most. */
async function untilDue({ incidents, everyMs, rounds }: IncidentOptions, sink: Sink, say: (line: string) => void): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    await delay(everyMs);
    say(`round ${round}: ${sink.arrivals.length} messages so far, load ${(loadavg()[0] ?? 0).toFixed(1)}`);
  }
  const isLast = pageOf(rounds + 1);
  const arrived = () => new Set(sink.arrivals.filter(({ key }) => isLast.test(key)).map(({ incident }) => incident)).size;
  for (const end = Date.now() + 120_000; Date.now() < end && arrived() < incidents; ) await delay(1_000);
}

async function compare(temporal: TestWorkflowEnvironment, options: IncidentOptions, sink: Sink) {
  const views: IncidentView[] = [];
  const numbers = Array.from({ length: options.incidents }, (_, number) => number);
  const askAll = async () => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop())
      views.push(await ask(temporal, workflowIdOf(number)));
  };
  await Promise.all(Array.from({ length: 8 }, askAll));
  // Looked at after they were asked: what an incident says was sent has arrived by now.
  const arrivals = new Map<string, Map<string, number>>();
  const twice: string[] = [];
  for (const { key, at } of sink.arrivals) {
    const id = key.slice(0, key.indexOf('/'));
    const known = arrivals.get(id) ?? new Map<string, number>();
    if (known.has(key)) twice.push(key);
    else arrivals.set(id, known.set(key, at));
  }
  const judged = views.map((view) => judgeIncident(view, arrivals.get(view.workflowId) ?? new Map(), options));
  return {
    actedLate: judged.flatMap(({ actedLate }) => actedLate),
    arrivedLate: judged.flatMap(({ arrivedLate }) => arrivedLate),
    lost: judged.flatMap(({ lost }) => lost),
    twice,
  };
}

/** A machine that is at its end answers late: asked again, since the answer is only for the report. */
async function ask(temporal: TestWorkflowEnvironment, id: string): Promise<IncidentView> {
  for (let left = 30; ; left -= 1) {
    try {
      return await temporal.client.workflow.getHandle(id).query<IncidentView>(incidentQuery);
    } catch (error) {
      if (left === 0) throw error;
      await delay(1_000);
    }
  }
}

/** The kernel keeps the peak itself. */
function peakBytes(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** @returns CPU seconds of a process so far, user and system; 0 when it is not known which. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** @returns the Temporal server, which the test environment started as a child of this process. */
function temporalServer(): number | undefined {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children.map(Number).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('temporal'));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}
