/**
 * What a report reads in the answers of activities. Evidence outlives the version that wrote it, so every field may be missing, and
 * what does not fit is taken as not there.
 */
import { z } from 'zod';
import type { DecisionRecord, ProcedureRecord } from '../workflows/contract.ts';
import type { ActivityRun } from './activities.ts';

const text = z.string().nullish();
const number = z.number().nullish();
const texts = z.array(z.string()).nullish();

const answers = {
  chooseBackup: z.looseObject({
    id: z.string(),
    path: z.string(),
    kind: text,
    takenAt: text,
    bytes: number,
    checkedBy: texts,
    hasManifest: z.boolean().nullish(),
  }),
  preflight: z.looseObject({ summary: z.string() }),
  findDependents: z.looseObject({ summary: z.string(), kept: texts }),
  stopServices: z.looseObject({ stopped: z.number() }),
  startServices: z.looseObject({ started: z.number() }),
  verifyRestored: z.looseObject({
    tables: z.number(),
    rows: z.number(),
    objects: z.number(),
    fingerprints: z.number(),
    checks: z.number(),
    limited: z.boolean(),
    serverLog: z.looseObject({ unreadable: text, expected: z.number() }).nullish(),
    refreshed: texts,
  }),
  swap: z.looseObject({ replaced: text, until: text }),
  checkHealth: z.looseObject({ summary: z.string() }),
  tryApplication: z.looseObject({ summary: z.string() }),
  recordDecisions: z.custom<DecisionRecord>((value) => Array.isArray((value as DecisionRecord | null)?.approvals)),
  writeReport: z.looseObject({
    path: z.string(),
    lines: z.number(),
    head: z.string(),
    record: z.custom<ProcedureRecord>((value) => Array.isArray((value as ProcedureRecord | null)?.steps)),
  }),
} as const;

type Answers = { readonly [Name in keyof typeof answers]: z.output<(typeof answers)[Name]> };

/** @returns what the last run of an activity answered; null if it did not answer, or not in a form that is known. */
export function answerOf<Name extends keyof Answers>(activities: readonly ActivityRun[], name: Name): Answers[Name] | null {
  const answered = activities.findLast((activity) => activity.name === name && activity.result !== null);
  const parsed = answers[name].safeParse(answered?.result);
  return parsed.success ? (parsed.data as Answers[Name]) : null;
}
