import pc from 'picocolors';
import type { CliContext, NameQuestion } from '../cli/context.ts';
import type { Screen } from '../cli/screen.ts';
import { type LoadedPlan, loadPlan } from '../plan/load.ts';

/** As wide as a block of code in a chat on a laptop. */
const columns = 72;

const screen: Screen = { colors: pc.createColors(false), columns, isLive: false, canAsk: false, fit: (text) => text };

export interface ChatContextParts {
  readonly planFile: string;
  readonly requestId: string;
  readonly confirm: (question: NameQuestion) => Promise<void>;
}

/** What a command from chat is run with: its lines are kept until they are answered; nothing of this process's terminal is there. */
export class ChatContext implements CliContext {
  readonly json = false;
  readonly verbose = false;
  readonly screen = screen;
  readonly planFile: string;
  readonly requestId: string;
  readonly confirmElsewhere: (question: NameQuestion) => Promise<void>;
  #lines: string[] = [];
  #plan: Promise<LoadedPlan> | undefined;

  constructor({ planFile, requestId, confirm }: ChatContextParts) {
    this.planFile = planFile;
    this.requestId = requestId;
    this.confirmElsewhere = confirm;
  }

  // The members are handed around without their object.
  say = (line = ''): void => void this.#lines.push(line);
  note = (line: string): void => void this.#lines.push(line);
  answer = (): void => undefined;
  exit = (): void => undefined;

  loadPlan = (): Promise<LoadedPlan> => {
    this.#plan ??= loadPlan(this.planFile);
    return this.#plan;
  };

  forgetPlan = (): void => {
    this.#plan = undefined;
  };

  /** @returns what was said since the last time. */
  take(): string {
    const text = this.#lines.join('\n');
    this.#lines = [];
    return text;
  }
}
