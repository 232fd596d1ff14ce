import { lineHash } from './line.ts';
import type { Redactor } from './redact.ts';

/** The longest answer that is kept whole. Logs and lists belong into files of their own, with their checksum as evidence. */
const longestResult = 16 * 1024;

/** Activities whose answer is their purpose: a report is made from it when Temporal has forgotten the run. */
const records: ReadonlySet<string> = new Set([
  'recordDecisions',
  'recordIncident',
  'writeReport',
  'writeIncidentReport',
  'prepareDrill',
  'recordDrillEnd',
]);

/** More than Temporal takes, so a record is always whole. */
const longestRecord = 4 * 1024 * 1024;

/**
 * @returns the answer of an activity as evidence: without secrets, and no longer than 16 KiB, or whole if it is a record. Of a
 *   longer one the beginning is kept, with the size and the sha256 of the whole.
 */
export function summarise(activity: string, result: unknown, redactor: Redactor): unknown {
  const whole = redactor.value(plain(result));
  const text = JSON.stringify(whole);
  const bytes = Buffer.byteLength(text);
  if (bytes <= (records.has(activity) ? longestRecord : longestResult)) return whole;
  return {
    cut: true,
    bytes,
    sha256: lineHash(text),
    beginning: Buffer.from(text)
      .subarray(0, 8 * 1024)
      .toString('utf8'),
  };
}

/** What JSON can't carry (a circular structure, a bigint) must not cost a recovery its evidence, let alone its step. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? null));
  } catch {
    return { unreadable: String(value) };
  }
}
