/**
 * No text of a slash command reaches a shell, a file or the parser of another language: whatever is typed is answered, starts no
 * process, opens no file but the plan and writes nowhere but into the evidence of denied attempts.
 */
import childProcess from 'node:child_process';
import { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { restrict } from '../../src/chat/allowed.ts';
import { type ChatRequest, Desk } from '../../src/chat/desk.ts';
import { splitWords } from '../../src/chat/words.ts';
import { createProgram } from '../../src/cli/program.ts';
import { freePort } from '../integration/harness/stack.ts';
import { chatChannels, mattermostUser, PlanFolder, people } from './harness/plan.ts';

const spawned: unknown[] = [];
let plan: PlanFolder;
let desk: Desk;

beforeAll(async () => {
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const)
    vi.spyOn(childProcess, name).mockImplementation(((...args: unknown[]) => {
      spawned.push([name, ...args]);
      throw new Error('no process may be started from chat');
    }) as never);
  syncBuiltinESMExports();
  plan = new PlanFolder({
    version: 1,
    stack: { project: 'shop' },
    database: { name: 'shop', user: 'admin' },
    // Nobody listens there: what gets through is refused there, and says so.
    temporal: { address: `127.0.0.1:${await freePort()}` },
    people,
    channels: chatChannels('https://slack.com/api/', 'https://chat.example.com'),
  });
  desk = new Desk({ planFile: plan.plan, createProgram, log: () => undefined });
});
afterAll(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  plan.remove();
});

const commands = [
  'recover restore',
  'undo',
  'cancel',
  'status',
  'approve',
  'refuse',
  'backup list',
  'incident open',
  'incident show',
  'ack',
  'update',
  'resolve',
  'handover',
  'snooze',
  'explain',
  'help',
  'confirm',
  'up',
  'plan init',
  'doctor',
];
const options = [
  '--reason',
  '--backup',
  '--text',
  '--problem',
  '--by',
  '--plan',
  '--output',
  '--database',
  '--help',
  '--to',
  '--',
  '-h',
  '--json',
];
const nasty = [
  '$(touch /tmp/kintsugi-owned)',
  '`id`',
  '; rm -rf /',
  "'; DROP TABLE users; --",
  '../../../etc/passwd',
  '/etc/passwd',
  '\u0000',
  '%00',
  '__proto__',
  'constructor',
  '"',
  '“',
  "'",
  '\n--yes',
  '{{7*7}}',
  '<!channel>',
  '--plan=/etc/passwd',
  '--backup=../x',
  'restore-shop/../x',
  '#{process.exit()}',
  '\ud800',
];
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...commands),
      fc.constantFrom(...options),
      fc.constantFrom(...nasty),
      fc.string({ unit: 'binary', maxLength: 30 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(' '));

let count = 0;
async function answersTo(typed: string, service: ChatRequest['service']): Promise<string[]> {
  const answers: string[] = [];
  const request = {
    service,
    user: service === 'slack' ? 'U0SATO' : mattermostUser,
    channel: 'C0INCIDENTS',
    command: '/dr',
    text: typed,
    requestId: `fuzz-${++count}`,
  };
  const take = async (answer: string) => void answers.push(answer);
  await desk.handle(request, { say: take, ask: take, ...(service === 'slack' ? { askFor: take } : {}) });
  return answers;
}

test('the trap for processes works', async () => {
  const { execa } = await import('execa');
  await expect(execa('true')).rejects.toThrow('no process may be started from chat');
  expect(spawned).toHaveLength(1);
  spawned.length = 0;
});

test('whatever is typed is answered once, and starts, opens and writes nothing', { timeout: 120_000 }, async () => {
  const before = readdirSync(plan.folder);
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('slack' as const, 'mattermost' as const), async (typed, service) => {
      const exit = process.exitCode;
      const answers = await answersTo(typed, service);
      expect(answers).toHaveLength(1);
      expect(answers[0]).not.toContain('INTERNAL');
      expect(process.exitCode).toBe(exit);
      expect(spawned).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(readdirSync(plan.folder)).toEqual(before);
});

test('no option of chat takes a file, a path or the name of who acts, and none is there that has no row', () => {
  const program = createProgram();
  restrict(program);
  const found: string[] = [];
  const walk = (command: typeof program, path: string) => {
    for (const { long } of command.options) found.push(`${path} ${long}`.trim());
    for (const child of command.commands) walk(child as typeof program, `${path} ${child.name()}`.trim());
  };
  walk(program, '');
  expect(found.length).toBeGreaterThan(20);
  for (const option of found)
    expect(option).not.toMatch(/--(by|plan|output|file|folder|yes|json|drop-first|database|skip|detach|mend)$/);
});

test('words have no length or content that costs more than reading them', () => {
  const long = 'x'.repeat(200_000);
  expect(splitWords(`update ${long}`)).toEqual(['update', long]);
  expect(splitWords('"" '.repeat(50_000))).toHaveLength(50_000);
});
