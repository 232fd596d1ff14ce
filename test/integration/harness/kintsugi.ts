import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const program = fileURLToPath(new URL('../../../bin/kintsugi.js', import.meta.url));

/** How a command ended, as a person at a terminal of 80 columns gets it. */
export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user types it. */
export function kintsugi(plan: string, ...args: string[]): Promise<Answer> {
  return kintsugiWith({}, plan, ...args);
}

/** The same. @param environment on top of this process's. */
export async function kintsugiWith(
  environment: Readonly<Record<string, string>>,
  plan: string,
  ...args: string[]
): Promise<Answer> {
  const ended = await execa(process.execPath, [program, ...args, '--plan', plan], {
    reject: false,
    env: { COLUMNS: '80', ...environment },
    timeout: 300_000,
  });
  return { status: ended.exitCode ?? -1, stdout: ended.stdout, stderr: ended.stderr };
}
