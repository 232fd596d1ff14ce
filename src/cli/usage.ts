import { Command } from 'commander';
import { KintsugiError } from '../errors/kintsugi-error.ts';

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
  override createCommand(name?: string): KintsugiCommand {
    return new KintsugiCommand(name);
  }

  override error(message: string): never {
    throw usageError(message, pathOf(this));
  }
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

/** @returns the full name of a command: `kintsugi recover restore`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
