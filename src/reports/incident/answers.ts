/** What a report reads in the answers of an incident's activities. What does not fit is taken as not there. */
import { z } from 'zod';
import type { TimelineEntry } from '../../incident/contract.ts';
import type { IncidentNews, IncidentRecord } from '../../incident/record.ts';
import type { ActivityRun } from '../activities.ts';
import type { DeniedAttempt } from '../report.ts';

const sent = z.looseObject({
  key: z.string(),
  recipient: z.string(),
  channel: z.string(),
  address: z.string().nullish(),
  providerId: z.string().nullish(),
  outcome: z.enum(['accepted', 'delivered', 'failed', 'nothingSent', 'held']),
  why: z.string().default(''),
  at: z.string(),
  kind: z.string().nullish(),
  subject: z.string().nullish(),
});
export type SentAnswer = z.output<typeof sent>;

const news = z.looseObject({
  entries: z.array(z.looseObject({ number: z.number(), at: z.string(), who: z.string(), what: z.string(), why: z.string() })),
  attempts: z.array(sent),
  record: z.custom<IncidentRecord>((value) => typeof (value as IncidentRecord | null)?.key === 'string').nullish(),
});

const written = z.looseObject({
  path: z.string(),
  runId: z.string(),
  lines: z.number(),
  head: z.string(),
  denied: z.record(
    z.string(),
    z.array(z.custom<DeniedAttempt>((value) => typeof (value as DeniedAttempt | null)?.by === 'string')),
  ),
});
export type WrittenAnswer = z.output<typeof written>;

/** @returns what the incident wrote down, in order. */
export function newsIn(activities: readonly ActivityRun[]): Pick<IncidentNews, 'entries' | 'record'>[] {
  return answers(activities, 'recordIncident', news).map(({ entries, record }) => ({
    entries: entries as TimelineEntry[],
    record: record ?? null,
  }));
}

/** @returns messages that went out as part of another one, as the incident wrote them down. */
export function bundledIn(activities: readonly ActivityRun[]): SentAnswer[] {
  return answers(activities, 'recordIncident', news).flatMap(({ attempts }) => attempts);
}

/** @returns what became of a message; null while that is not known. */
export function sentOf(activity: ActivityRun): SentAnswer | null {
  return sent.safeParse(activity.result).data ?? null;
}

/** @returns what was answered when the report was written last; null if it never was. */
export function lastWritten(activities: readonly ActivityRun[]): WrittenAnswer | null {
  return answers(activities, 'writeIncidentReport', written).at(-1) ?? null;
}

function answers<T>(activities: readonly ActivityRun[], name: string, schema: z.ZodType<T>): T[] {
  return activities
    .filter((activity) => activity.name === name && activity.result !== null)
    .flatMap(({ result }) => schema.safeParse(result).data ?? []);
}
