import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Answer } from './kintsugi.ts';
import type { TestStack } from './stack.ts';

/** What a stack is like: whatever goes wrong, it must be the same afterwards. */
export interface State {
  readonly content: string;
  readonly running: readonly string[];
  readonly databases: readonly string[];
}

/** @returns the state of a stack now. */
export async function stateOf(stack: TestStack): Promise<State> {
  const [content, running, databases] = await Promise.all([stack.content(), stack.running(), stack.databases()]);
  return { content, running, databases };
}

/** Every row is there, what ran runs, the application works, and nothing is left behind: databases, fences, jobs, decrypted files. */
export async function expectUntouched(stack: TestStack, before: State): Promise<void> {
  expect(await stateOf(stack)).toEqual(before);
  expect(await stack.query('SELECT datname FROM pg_database WHERE NOT datallowconn AND NOT datistemplate')).toBe('');
  expect(await stack.query("SELECT description FROM pg_shdescription WHERE description LIKE 'kintsugi:%'")).toBe('');
  expect(await stack.jobs()).toEqual([]);
  const backups = path.join(stack.folder, 'backups');
  const files = existsSync(backups) ? readdirSync(backups) : [];
  expect(files.filter((name) => name === '.staging' || name.endsWith('.partial'))).toEqual([]);
  expect((await fetch(stack.health)).status).toBe(200);
}

/** Statuses of the error table that scripts rely on. */
export const status = { input: 2, plan: 3, backup: 4, target: 5, environment: 6 } as const;

/**
 * The command ended with an error as people need it at night: its name, what happened, in what state things are, the next command.
 *
 * @param says part of the whole text of the error.
 */
export function expectError(answer: Answer, exit: number, code: string, ...says: (string | RegExp)[]): void {
  const text = answer.stderr;
  expect(text).toContain(`ERROR ${code}: `);
  for (const part of says) {
    if (typeof part === 'string') expect(text).toContain(part);
    else expect(text).toMatch(part);
  }
  expect(text).toContain('Nothing was stopped or changed.');
  expect(text).toMatch(/^HINT: \S/m);
  expect(answer.status).toBe(exit);
}
