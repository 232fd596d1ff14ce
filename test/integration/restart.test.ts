import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, TestStack } from './harness/stack.ts';
import { until } from './harness/wait.ts';

const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));

let stack: TestStack;
let content: string;
let running: string[];

/** The command as a person types it, with the Temporal that `kintsugi up` starts, whose state is a file. */
const kintsugi = (...args: string[]) => execa(program, ['--plan', stack.plan, ...args]);
const processOf = (name: 'worker' | 'temporal') =>
  (JSON.parse(readFileSync(path.join(stack.folder, '.kintsugi', `${name}.json`), 'utf8')) as { pid: number }).pid;

beforeAll(async () => {
  const [address, ui] = [await freePort(), await freePort()];
  stack = new TestStack({
    name: 'restart',
    rows: 100_000,
    temporalAddress: `127.0.0.1:${address}`,
    temporalUi: `http://127.0.0.1:${ui}`,
  });
  await stack.start();
  await kintsugi('up', '--no-schedules');
  await kintsugi('backup', 'take', '--fingerprints');
  content = await stack.content();
  running = await stack.running();
});

afterAll(async () => {
  await kintsugi('down').catch(() => undefined);
  await stack.remove();
});

test.each([
  ['Temporal', ['temporal']],
  ['Temporal and the worker', ['temporal', 'worker']],
] as const)(
  '%s killed with SIGKILL in the middle of the restore: the recovery goes on when they are back',
  async (_who, victims) => {
    await stack.query('DELETE FROM timer_cards', 'uns_claudejp');
    await kintsugi('recover', 'restore', '--yes', '--by', 'tester', '--reason', 'test', '--skip', 'freshBackup', '--detach');
    await until('the restore runs', async () => (await stack.jobs()).includes('restore-1'));
    for (const victim of victims) process.kill(processOf(victim), 'SIGKILL');
    const away = await execa(program, ['--plan', stack.plan, 'status'], { reject: false });
    expect(`${away.stdout}${away.stderr}`).toMatch(/kintsugi up/);
    await kintsugi('up', '--no-schedules');
    const { stdout } = await kintsugi('--json', 'watch');
    const outcome = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { result: { phase: string } };
    expect(outcome.result.phase).toBe('completedWithSkippedSteps');
    expect(await stack.content()).toBe(content);
    expect(await stack.running()).toEqual(running);
    expect(await stack.jobs()).toEqual([]);
  },
);
