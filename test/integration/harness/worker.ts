import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../../dist/worker/main.js', import.meta.url));

/** The worker as users run it: a process of its own, which can be killed. */
export class WorkerProcess {
  readonly #plan: string;
  #child: ChildProcess | undefined;

  constructor(plan: string) {
    this.#plan = plan;
  }

  start(): void {
    const log = openSync(path.join(path.dirname(this.#plan), 'worker.log'), 'a');
    this.#child = spawn(process.execPath, [entry, '--plan', this.#plan], { stdio: ['ignore', log, log] });
  }

  /** SIGKILL, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
