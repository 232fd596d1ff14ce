import type { Command } from 'commander';
import { type CliContext, createContext, type GlobalOptions } from './context.ts';
import { createScreen } from './screen.ts';
import { surfaceOf } from './usage.ts';

/**
 * Wraps what a command does for commander. What it does imports its module itself, when it is run: help and completion must
 * not wait for Temporal's client.
 *
 * @param run gets the context, the command's options, and its arguments.
 */
export function action<Options extends object>(
  run: (context: CliContext, options: Options, ...args: (string | undefined)[]) => Promise<void>,
): (...all: unknown[]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    const context = surfaceOf(command) ?? createContext(options, createScreen(options.color));
    await run(context, options, ...(command.processedArgs as (string | undefined)[]));
  };
}

/** @returns a text of examples that is shown after a command's help. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ['', 'Examples:', ...lines.map(([command, what]) => `  $ ${command.padEnd(width)}   ${what}`)].join('\n');
}
