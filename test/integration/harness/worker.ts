import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TestStack } from './stack.ts';
import { until } from './wait.ts';

const faults = fileURLToPath(new URL('faults.mjs', import.meta.url));
const entry = fileURLToPath(new URL('../../../dist/worker/main.js', import.meta.url));

/** The worker as users run it: a process of its own, which can be killed. */
export class WorkerProcess {
  readonly #plan: string;
  #child: ChildProcess | undefined;

  constructor(plan: string) {
    this.#plan = plan;
  }

  /** @returns a worker of a stack that listens already. */
  static async serving(stack: TestStack, temporal: TestWorkflowEnvironment): Promise<WorkerProcess> {
    const worker = new WorkerProcess(stack.plan);
    worker.start();
    await worker.listening(temporal, `kintsugi-${stack.project}`);
    return worker;
  }

  /** Of the worker that was started last; undefined before. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @param environment on top of this process's. */
  start(environment: Readonly<Record<string, string>> = {}): void {
    const log = openSync(path.join(path.dirname(this.#plan), 'worker.log'), 'a');
    mkdirSync(this.#faults, { recursive: true });
    this.#child = spawn(process.execPath, ['--import', faults, entry, '--plan', this.#plan], {
      stdio: ['ignore', log, log],
      env: { ...process.env, KINTSUGI_TEST_FAULTS: this.#faults, ...environment },
    });
  }

  /** Waits until Temporal knows it: the command line refuses to start what nobody would take. */
  async listening(temporal: TestWorkflowEnvironment, taskQueue: string): Promise<void> {
    const { workflowService } = temporal.client.connection;
    await until('the worker listens', async () => {
      const { pollers } = await workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name: taskQueue },
        taskQueueType: 1,
      });
      return (pollers ?? []).some((poller) => poller.identity?.includes(String(this.pid)));
    });
  }

  /** Arms a fault at an activity: see faults.mjs. */
  arm(activity: string, fault: 'before' | 'during' | 'after' | 'hold'): void {
    writeFileSync(path.join(this.#faults, `${activity}.${fault}`), '');
  }

  /** @returns whether an activity waits because it is held. */
  holds(activity: string): boolean {
    return existsSync(path.join(this.#faults, `${activity}.held`));
  }

  /** Lets a held activity go on. */
  release(activity: string): void {
    for (const file of ['hold', 'held']) rmSync(path.join(this.#faults, `${activity}.${file}`), { force: true });
  }

  /** @returns whether the process has ended, by itself or not. */
  get ended(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** SIGKILL, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  get #faults(): string {
    return path.join(path.dirname(this.#plan), 'faults');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.ended) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
