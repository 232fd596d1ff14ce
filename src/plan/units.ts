import bytes from 'bytes';
import ms, { type StringValue } from 'ms';
import { z } from 'zod';

/** A length of time as people write it: `90s`, `15m`, `4h`, `7d`. Kept as text, so that plans and histories stay readable. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?\s?(ms|s|m|h|d|w)$/, 'a duration such as 90s, 15m, 4h or 7d')
  .describe('A length of time: 90s, 15m, 4h, 7d');

/** A number of bytes as people write it: `10MB`, `2GB` (binary multiples, as PostgreSQL counts them). */
export const size = z
  .string()
  .regex(/^\d+(\.\d+)?\s?(B|kB|KB|MB|GB|TB)$/, 'a size such as 10MB or 2GB')
  .describe('A size: 10MB, 2GB');

/** A time zone that this machine's data knows. */
export const timeZone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}, 'no IANA time zone');

/** A time on a wall clock. */
export const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 09:00')
  .describe('A time of day: 09:00');

/** A day and a time on a wall clock, whose zone is told elsewhere. */
export const localInstant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$/, 'a day and a time such as 2026-12-28T09:00');

/** @returns the duration in milliseconds. @param text a duration that the plan's schema accepted. */
export function milliseconds(text: string): number {
  return ms(text as StringValue);
}

/** @returns the size in bytes. @param text a size that the plan's schema accepted. */
export function byteCount(text: string): number {
  const count = bytes.parse(text.replace(/\s/g, ''));
  if (count === null) throw new RangeError(`not a size: ${text}`);
  return count;
}
