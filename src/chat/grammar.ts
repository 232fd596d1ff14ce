import type { Command } from 'commander';
import { CommanderError } from 'commander';
import type { CliContext } from '../cli/context.ts';
import { known } from '../cli/report-error.ts';
import { type KintsugiCommand, pathOf } from '../cli/usage.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { allowanceOf, isAllowed, restrict } from './allowed.ts';
import { pathLength, shortForms } from './short-forms.ts';

/** The command line's own program, as far as chat may use it. */
export interface ChatProgram {
  readonly createProgram: () => KintsugiCommand;
  /** What is typed before it in chat: `/dr`. */
  readonly command: string;
  /** Name of the person, for the commands that want one. */
  readonly by: string;
  readonly context: CliContext;
  /** @returns the id of the incident that a command without one is about. @param verb such as `ack`. */
  readonly incident: (verb: string) => Promise<string>;
}

/**
 * Runs a command as the command line does, with the same parser: what it says goes to the context, help too.
 *
 * @param words as they follow `kintsugi` on a command line.
 * @throws KintsugiError whatever the command fails with; never anything else.
 */
export async function runInChat(words: readonly string[], chat: ChatProgram): Promise<void> {
  refuseWhatIsNotForChat(chat.createProgram(), words);
  const program = chatProgram(chat);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return;
    throw await known(thrown);
  }
}

/**
 * @param program the command line's own.
 * @returns the option that a command can't do without, and that is missing: `reason` of `approve`; null if all is there.
 * @param words as they follow `kintsugi` on a command line.
 */
export function missingWords(program: KintsugiCommand, words: readonly string[]): string | null {
  const path = words.slice(0, pathLength(words));
  const option = allowanceOf(path.join(' '))?.words;
  const given = words.some((word) => word === '--help' || word === '-h' || word.split('=')[0] === `--${option}`);
  if (option === undefined || given) return null;
  const command = find(program, path);
  return command?.options.some(({ long, mandatory }) => long === `--${option}` && mandatory) ? option : null;
}

function chatProgram({ createProgram, command, by, context, incident }: ChatProgram): KintsugiCommand {
  const program = createProgram();
  const detachable = new Set<Command>();
  each(program, (one) => {
    if (one.options.some(({ long }) => long === '--detach')) detachable.add(one);
    one.configureOutput({
      writeOut: (text) => context.say(text.trimEnd()),
      writeErr: (text) => context.say(text.trimEnd()),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => context.screen.columns,
      getErrHelpWidth: () => context.screen.columns,
    });
  });
  restrict(program);
  program.name(command).description('Disaster recovery from chat. What is destructive shows what it would do, and asks.');
  program.surface = context;
  program.commandsGroup('Short forms, for the incident of the channel:');
  for (const form of shortForms) program.command(form).description(find(program, ['incident', form])?.description() ?? '');
  // Who acts is who typed it, and chat waits for no recovery: the incident tells how it goes on.
  program.hook('preAction', async (_program, one) => {
    if (wantsIncident(one)) one.processedArgs = [await incident(one.name())];
    one.setOptionValueWithSource('by', by, 'implied');
    if (detachable.has(one)) one.setOptionValueWithSource('detach', true, 'implied');
  });
  return program;
}

function wantsIncident({ parent, processedArgs, registeredArguments }: Command): boolean {
  return parent?.name() === 'incident' && registeredArguments.length > 0 && processedArgs[0] === undefined;
}

/** What the command line can do and chat may not is said so, instead of “unknown command”. */
function refuseWhatIsNotForChat(program: KintsugiCommand, words: readonly string[]): void {
  const path = [2, 1].map((length) => words.slice(0, length)).find((candidate) => find(program, candidate) !== undefined);
  const command = path && find(program, path);
  if (!command || isAllowed(path.join(' '))) return;
  throw new KintsugiError('DENIED', `${pathOf(command)} is not for chat.`, {
    state: 'Nothing was stopped or changed.',
    hints: [`on the host: ${pathOf(command)}`],
  });
}

function find(program: Command, path: readonly string[]): Command | undefined {
  return path.reduce<Command | undefined>(
    (command, name) => command?.commands.find((child) => child.name() === name),
    path.length === 0 ? undefined : program,
  );
}

function each(command: Command, use: (command: Command) => void): void {
  use(command);
  for (const child of command.commands) each(child, use);
}
