import { type Logger, LogLevel } from '@slack/bolt';

/** @returns a logger for Slack's library: its errors become lines of our log, the rest is not needed. */
export function boltLogger(log: (line: string) => void): Logger {
  const nothing = () => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (...parts: unknown[]) => log(`Slack’s library: ${parts.map(String).join(' ')}`),
    setLevel: nothing,
    setName: nothing,
    getLevel: () => LogLevel.ERROR,
  };
}
