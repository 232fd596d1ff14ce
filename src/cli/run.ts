import { CommanderError } from 'commander';
import { exitStatus } from '../errors/table.ts';
import { createProgram } from './program.ts';
import { errorAnswer, errorText, exitOf, known } from './report-error.ts';
import { createScreen } from './screen.ts';
import { Shown } from './usage.ts';

/** Runs the command line. @param args without the program's own name. @returns the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof Shown) return thrown.status;
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    // A group of commands without one of them: its help was shown.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return exitStatus.input;
    const error = await known(thrown);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify(errorAnswer(error))}\n`);
    else process.stderr.write(`${createScreen(true).fit(errorText(error, args.includes('--verbose')))}\n`);
    return exitOf(error);
  }
}
