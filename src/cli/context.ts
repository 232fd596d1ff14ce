import type { LoadedPlan } from '../plan/load.ts';
import type { Screen } from './screen.ts';

/** Options that every command knows. */
export interface GlobalOptions {
  readonly plan?: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly verbose?: boolean;
}

/** A name that a person is to type before something destructive is started. */
export interface NameQuestion {
  readonly question: string;
  readonly name: string;
  /** The command that asks, for a hint. */
  readonly command: string;
}

/** What a command is run with: a terminal, or a chat (src/chat/context.ts). */
export interface CliContext {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly screen: Screen;
  /** The plan file that was named with `--plan`. */
  readonly planFile: string | undefined;
  /** Writes a line for people; with `--json` nothing. */
  say(line?: string): void;
  /** Writes a line to standard error, so that it is never part of an answer. */
  note(line: string): void;
  /** Writes the answer as one line of JSON; only with `--json`. */
  answer(value: unknown): void;
  /** Sets the exit status of a command that did its work and found something wrong. */
  exit(status: number): void;
  /** @throws KintsugiError PLAN_MISSING, PLAN_INVALID */
  loadPlan(): Promise<LoadedPlan>;
  /** Lets the next `loadPlan` read it anew: something that it says was changed. */
  forgetPlan(): void;
  /** The same for every delivery of one request: Temporal carries it out once. On a terminal, what is typed twice is meant twice. */
  readonly requestId?: string;
  /** Asks somewhere else than on the terminal. @throws KintsugiError NOT_CONFIRMED */
  confirmElsewhere?(question: NameQuestion): Promise<void>;
}

/** @returns the context of this process. */
export function createContext(options: GlobalOptions, screen: Screen): CliContext {
  const json = options.json === true;
  let loaded: Promise<LoadedPlan> | undefined;
  return {
    json,
    verbose: options.verbose === true,
    screen,
    planFile: options.plan,
    say(line = '') {
      if (!json) process.stdout.write(`${screen.fit(line)}\n`);
    },
    note: (line) => void process.stderr.write(`${screen.fit(line)}\n`),
    answer(value) {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    exit(status) {
      process.exitCode = status;
    },
    loadPlan() {
      loaded ??= load(options.plan);
      return loaded;
    },
    forgetPlan() {
      loaded = undefined;
    },
  };
}

async function load(file: string | undefined): Promise<LoadedPlan> {
  const { discoverPlan, loadPlan } = await import('../plan/load.ts');
  return loadPlan(await discoverPlan(process.cwd(), file));
}
