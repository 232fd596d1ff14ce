/** Which rules held since when, on the worker's disk: one JSON object a line, oldest first. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { appendJsonLine, readJsonLines } from '../catalog/json-lines.ts';
import type { Plan } from '../plan/schema.ts';
import { type DatedRules, datedRules, rulesOf } from './dates.ts';

function fileOf(stateFolder: string): string {
  return path.join(stateFolder, 'drill-dates.jsonl');
}

/** @returns what is on record; a line that can't be understood counts as none. */
export function readDrillRules(stateFolder: string): Promise<DatedRules[]> {
  return readJsonLines(fileOf(stateFolder), (value) => datedRules.parse(value));
}

/** Keeps the plan's rules if they are others than those on record: whoever looks regularly calls it. */
export async function rememberDrillRules(stateFolder: string, plan: Plan, now: number): Promise<DatedRules[]> {
  const known = await readDrillRules(stateFolder);
  const rules = rulesOf(plan, now);
  const last = known.at(-1);
  if (last !== undefined && sameRules(last, rules)) return known;
  await mkdir(stateFolder, { recursive: true });
  await appendJsonLine(fileOf(stateFolder), rules, 0o640);
  return [...known, rules];
}

function sameRules(one: DatedRules, other: DatedRules): boolean {
  return one.zone === other.zone && JSON.stringify(one.rules) === JSON.stringify(other.rules);
}
