import { formatError, KintsugiError } from '../errors/kintsugi-error.ts';
import { errorTable } from '../errors/table.ts';

/** An error as `--json` shows it. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly state: string | null;
    readonly hints: readonly string[];
    readonly exit: number;
  };
}

/** @returns anything thrown as an error of ours. Temporal's failures are looked into only when there may be one. */
export async function known(thrown: unknown): Promise<KintsugiError> {
  if (thrown instanceof KintsugiError) return thrown;
  const { explainFailure } = await import('./failures.ts');
  return explainFailure(thrown);
}

/** @returns the exit status for an error, from the error table. */
export function exitOf(error: KintsugiError): number {
  return errorTable[error.code].exit;
}

/** @returns the error as `--json` shows it, on standard output. */
export function errorAnswer(error: KintsugiError): ErrorAnswer {
  const { code, message, state, hints } = error;
  return { error: { code, message, state: state ?? null, hints, exit: exitOf(error) } };
}

/** @returns the error as people read it, on standard error; with the stack when asked for or when the fault is ours. */
export function errorText(error: KintsugiError, verbose: boolean): string {
  const text = formatError(error);
  if (!verbose) return error.code === 'INTERNAL' ? `${text}\nHINT: --verbose shows where it happened` : text;
  const origin = error.cause instanceof Error ? error.cause : error;
  return `${text}\n\n${origin.stack ?? ''}`;
}
