import { createInterface } from 'node:readline/promises';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { CliContext } from './context.ts';

/** @returns what the person typed, without spaces around; empty when they ended the input. On standard error, so that pipes stay clean. */
async function ask(context: CliContext, question: string): Promise<string> {
  if (context.confirmElsewhere !== undefined) {
    throw new KintsugiError('NOT_CONFIRMED', `“${question.trim()}” can only be answered on a terminal.`, {
      state: 'Nothing was stopped or changed.',
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return (await Promise.race([lines.question(context.screen.fit(question)), closed])).trim();
  } finally {
    lines.close();
  }
}

/** Asks to type a name, the way that a destructive step is confirmed. @throws KintsugiError NOT_CONFIRMED */
export async function confirmByName(context: CliContext, question: string, name: string, command: string): Promise<void> {
  if (context.confirmElsewhere !== undefined) return context.confirmElsewhere({ question, name, command });
  requireTerminal(context, command);
  const typed = await ask(context, `${question} `);
  if (typed === name) return;
  throw new KintsugiError('NOT_CONFIRMED', typed === '' ? 'Not confirmed.' : `“${typed}” is not “${name}”.`, {
    state: 'Nothing was stopped or changed.',
    hints: [command],
  });
}

/** @throws KintsugiError NOT_CONFIRMED where there is nobody to ask. */
export function requireTerminal(context: CliContext, command: string): void {
  if (context.screen.canAsk) return;
  throw new KintsugiError('NOT_CONFIRMED', 'There is no terminal to ask on, and --yes was not given.', {
    state: 'Nothing was stopped or changed.',
    hints: [`${command} --yes`],
  });
}

/** @returns whether the person typed the name. */
export async function isConfirmed(context: CliContext, question: string, name: string): Promise<boolean> {
  return (await ask(context, `${question} `)) === name;
}

/** @returns whether the person answered yes. */
export async function confirmYes(context: CliContext, question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(context, `${question} [y/N] `));
}

/**
 * Lets the person choose one of several.
 *
 * @param command what to type instead where there is no terminal: the choice is added to it.
 * @throws KintsugiError NOT_CONFIRMED
 */
export async function choose(
  context: CliContext,
  question: string,
  choices: readonly string[],
  command: string,
): Promise<string> {
  const hints = choices.map((choice) => `${command} ${choice}`);
  if (!context.screen.canAsk) {
    throw new KintsugiError('NOT_CONFIRMED', `${question} There is no terminal to ask on.`, {
      state: 'Nothing was written.',
      hints,
    });
  }
  const lines = choices.map((choice, at) => `  ${at + 1}  ${choice}`);
  const typed = await ask(context, `${[question, ...lines].join('\n')}\nNumber or name: `);
  const chosen = choices.find((choice, at) => typed === choice || typed === String(at + 1));
  if (chosen !== undefined) return chosen;
  throw new KintsugiError('NOT_CONFIRMED', `“${typed}” is none of them.`, { state: 'Nothing was written.', hints });
}
