import { DefaultLogger, type Logger, type LogLevel } from '@temporalio/worker';
import type { Redactor } from '../evidence/redact.ts';

/**
 * What is logged for a workflow or an activity says of which run and of which incident: src/workflows/incident-mark.ts.
 *
 * @param stack Compose project, told in every line: logs of several stacks may end up in one place.
 * @returns a logger that writes one JSON object a line to standard error (which `kintsugi up` sends to `worker.log`), without
 *   any known secret.
 */
export function createLogger(redactor: Redactor, stack: string, level: LogLevel = 'INFO'): Logger {
  return new DefaultLogger(level, (entry) => {
    const time = new Date(Number(entry.timestampNanos / 1_000_000n)).toISOString();
    const line = { time, level: entry.level, message: entry.message, stack, ...plainMeta(entry.meta) };
    process.stderr.write(`${redactor.text(JSON.stringify(line, plainValue))}\n`);
  });
}

function plainMeta(meta: Record<PropertyKey, unknown> | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta ?? {}));
}

/** What JSON leaves out or refuses: an error's own words, and big integers. */
function plainValue(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === 'bigint' ? value.toString() : value;
}
