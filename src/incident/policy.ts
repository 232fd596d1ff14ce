import type { Plan } from '../plan/schema.ts';
import type { IncidentPolicy } from './contract.ts';

/** @returns what of a plan an incident follows, from its start to its end. */
export function policyOf(plan: Plan): IncidentPolicy {
  const { zone, stack, people, onCall, escalation, permissions, templates, channels, objectives, temporal, approvals } = plan;
  return { zone, stack, people, onCall, escalation, permissions, templates, channels, objectives, temporal, approvals };
}
