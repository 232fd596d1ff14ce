/** A real worker as a process of its own, whose memory is watched. */
import { readFileSync } from 'node:fs';
import { findWorkers, type Temporal } from '../src/cli/temporal.ts';
import type { TestStack } from '../test/integration/harness/stack.ts';
import { until } from '../test/integration/harness/wait.ts';
import { WorkerProcess } from '../test/integration/harness/worker.ts';

/** What a worker is started for. */
export interface Served {
  readonly stack: TestStack;
  readonly temporal: Pick<Temporal, 'client' | 'connection' | 'namespace'>;
  readonly taskQueue: string;
}

/** A worker whose memory is watched. */
class WatchedWorker {
  readonly #worker: WorkerProcess;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(plan: string) {
    this.#worker = new WorkerProcess(plan);
    this.#worker.start();
    this.#timer = setInterval(() => this.#sample(), 200);
  }

  get peakBytes(): number {
    this.#sample();
    return this.#peak;
  }

  /** Waits until it asks for work: in production a worker is there before the disaster. */
  async ready({ temporal, taskQueue }: Served): Promise<void> {
    await until('the worker asks for work', async () => {
      const workers = await findWorkers({ ...temporal, taskQueue });
      return workers.some(({ pid }) => pid === this.#worker.pid);
    });
  }

  /** SIGKILL, and at once another. */
  async killAndRestart(): Promise<void> {
    this.#sample();
    await this.#worker.kill();
    this.#worker.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#worker.stop();
  }

  /** The kernel keeps the peak itself (VmHWM), so nothing between two samples is missed. */
  #sample(): void {
    try {
      const status = readFileSync(`/proc/${this.#worker.pid}/status`, 'utf8');
      this.#peak = Math.max(this.#peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It is just being killed and started again.
    }
  }
}

/** Runs `work` while a worker serves the stack's plan. */
export async function withWorker<T>(served: Served, work: (worker: WatchedWorker) => Promise<T>): Promise<T> {
  const worker = new WatchedWorker(served.stack.plan);
  try {
    await worker.ready(served);
    return await work(worker);
  } finally {
    await worker.stop();
  }
}
