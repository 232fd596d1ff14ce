import { Command } from 'commander';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { nearest } from '../text/nearest.ts';
import type { CliContext } from './context.ts';

/** Ends the program without a message: help or version were shown. */
export class Shown extends Error {
  readonly status: number;

  constructor(status: number) {
    super('help was shown');
    this.status = status;
  }
}

/** A command whose usage mistakes are errors of ours: one clear message, and the nearest right command. */
export class KintsugiCommand extends Command {
  /** Of the whole program: what its commands are run with, if not with this process's terminal. */
  surface?: CliContext;

  override createCommand(name?: string): KintsugiCommand {
    return new KintsugiCommand(name);
  }

  override error(message: string): never {
    throw usageError(message, pathOf(this));
  }
}

/** Says that a program has no such command, and which one is near. */
export function refuseUnknown(program: Command): never {
  const [name = ''] = program.args;
  const visible = program.createHelp().visibleCommands(program);
  const near = nearest(
    name,
    visible.map((command) => command.name()),
  );
  return program.error(`error: unknown command '${name}'${near === null ? '' : `\n(Did you mean ${near}?)`}`);
}

/**
 * @param message as commander words it: `error: unknown option '--bakup'\n(Did you mean --backup?)`.
 * @param path the command that was meant: `kintsugi recover restore`.
 */
function usageError(message: string, path: string): KintsugiError {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const near = [...rest.join(' ').matchAll(/(?:Did you mean (?:one of )?|, )(-{0,2}[\w-]+)/g)].flatMap((match) => match[1] ?? []);
  return new KintsugiError('INVALID_INPUT', `${path}: ${first.trim().replace(/\.?$/, '.')}`, {
    state: 'Nothing was stopped or changed.',
    hints: [...near.map((name) => `${path} ${name}`), `${path} --help`],
  });
}

/** @returns what the commands of a program are run with; undefined for the terminal. */
export function surfaceOf(command: Command): CliContext | undefined {
  if (command.parent) return surfaceOf(command.parent);
  return command instanceof KintsugiCommand ? command.surface : undefined;
}

/** @returns the full name of a command: `kintsugi recover restore`. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
