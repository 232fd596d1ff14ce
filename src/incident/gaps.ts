import { DateTime } from 'luxon';
import { everybody } from '../plan/everybody.ts';
import type { Plan } from '../plan/schema.ts';
import { severities } from '../plan/severities.ts';
import { instantOf } from './calendar.ts';
import { type OnCallPlan, peopleOf } from './on-call.ts';

/** A time in which nobody would be called for a role. Instants are milliseconds since 1970. */
export interface Gap {
  readonly role: string;
  readonly from: number;
  /** Not included; the end of what was looked at, if nobody is there by then. */
  readonly to: number;
}

export type GapPlan = OnCallPlan & Pick<Plan, 'escalation'>;

const dayMs = 86_400_000;

/** @returns the roles that the escalation calls and that have nobody, and when, between two instants; in order of their begin. */
export function gapsOnCall(plan: GapPlan, from: number, to: number): Gap[] {
  return rolesCalled(plan)
    .flatMap((role) => gapsOf(plan, role, from, to))
    .sort((a, b) => a.from - b.from || (a.role < b.role ? -1 : 1));
}

/** @returns every role that a severity calls at some level. */
function rolesCalled({ escalation }: Pick<Plan, 'escalation'>): string[] {
  const roles = severities.flatMap((severity) => {
    const { notify, escalateTo, lastResort } = escalation[severity];
    return [...notify, ...escalateTo, ...lastResort];
  });
  return [...new Set(roles)].filter((role) => role !== everybody);
}

function gapsOf(plan: GapPlan, role: string, from: number, to: number): Gap[] {
  // Who is on call changes at these instants only.
  const edges = [...new Set([from, ...changesOf(plan, role, from, to)])].sort((a, b) => a - b);
  const gaps: Gap[] = [];
  for (const [index, edge] of edges.entries()) {
    if (peopleOf(plan, role, edge).length > 0) continue;
    const end = edges[index + 1] ?? to;
    const last = gaps.at(-1);
    if (last?.to === edge) gaps[gaps.length - 1] = { ...last, to: end };
    else gaps.push({ role, from: edge, to: end });
  }
  return gaps;
}

function changesOf({ onCall, zone: planZone }: GapPlan, role: string, from: number, to: number): number[] {
  const rotation = onCall[role];
  if (rotation === undefined) return [];
  const zone = rotation.zone ?? planZone;
  const days = Array.from({ length: Math.ceil((to - from) / dayMs) + 2 }, (_none, each) =>
    DateTime.fromMillis(from, { zone }).plus({ days: each }).toISODate(),
  );
  const handovers = days.map((day) => instantOf(`${day}T${rotation.handover.at}`, zone));
  const overrides = rotation.overrides.flatMap((each) => [instantOf(each.from, zone), instantOf(each.to, zone)]);
  return [...handovers, ...overrides].filter((at) => from < at && at < to);
}
