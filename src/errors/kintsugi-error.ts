import type { ErrorCode } from './table.ts';

export interface ErrorDetails {
  /** What state things are in now: "Nothing was stopped or changed." Always said, so that nobody has to wonder. */
  readonly state?: string;
  /** The next commands to try, most useful first. */
  readonly hints?: readonly string[];
}

/**
 * An error for the person on call: what happened (`message`), the state things are in, what to do next.
 *
 * Safe in workflow code too: it uses nothing of Node.
 */
export class KintsugiError extends Error {
  override readonly name = 'KintsugiError';
  readonly code: ErrorCode;
  readonly state: string | undefined;
  readonly hints: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails & { cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.state = details.state;
    this.hints = details.hints ?? [];
  }
}

/** @returns the error as plain lines: `ERROR CODE: message`, the state, `HINT: …` lines. */
export function formatError(error: {
  code: ErrorCode;
  message: string;
  state?: string | undefined;
  hints?: readonly string[];
}): string {
  const lines = [`ERROR ${error.code}: ${error.message}`];
  if (error.state !== undefined) lines.push(error.state);
  for (const hint of error.hints ?? []) lines.push(`HINT: ${hint}`);
  return lines.join('\n');
}
