import type { EscalationRule } from '../plan/escalation.ts';
import type { Severity } from '../plan/schema.ts';
import type { IncidentState } from './state.ts';

/** How much of the timeline and of the attempts is kept in the workflow: all of it is in the evidence. */
const kept = 200;

/** @returns the rule of the incident's severity. */
export function ruleOf(state: IncidentState): EscalationRule {
  return state.policy.escalation[state.severity];
}

/** @returns whether the problem is there, as far as is known. */
export function isOpen(state: IncidentState): boolean {
  return state.status !== 'resolved' && state.status !== 'closed';
}

/** @returns the name of a person of the plan; of anybody else, what was given. */
export function nameOf(state: IncidentState, person: string): string {
  return state.policy.people[person]?.name ?? person;
}

/** @returns when the recovery time objective ends. */
export function rtoEndsAt(state: IncidentState): number {
  return state.since + state.rtoMs;
}

/** Writes a line into the timeline, and into the evidence. */
export function say(state: IncidentState, now: number, who: string, what: string, why: string): void {
  state.timelineCount += 1;
  const entry = { number: state.timelineCount, at: new Date(now).toISOString(), who, what, why };
  state.timeline = [...state.timeline, entry].slice(-kept);
  state.unwritten.entries.push(entry);
}

/** @returns a list that takes one more, and loses its oldest when it is long. */
export function keep<T>(list: readonly T[], entry: T): T[] {
  return [...list, entry].slice(-kept);
}

/** Root cause and prevention are asked for where people were called at once. */
export function demandsCause(severity: Severity): boolean {
  return severity === 'P1' || severity === 'P2';
}
