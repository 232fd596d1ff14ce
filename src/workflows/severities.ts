import type { Severity } from '../plan/schema.ts';

/**
 * How grave it is that a recovery is needed: what it starts with when nobody says, and what the watch opens its incident with. The
 * document's Recovery Priority, but for a service: its table of disasters says MEDIUM, which is P3, and 10 minutes; within those
 * nobody is called for a P3. See docs/decisions/0060-severities-of-recoveries.md.
 */
export const recoverySeverities = {
  restore: 'P1',
  corruption: 'P1',
  deletion: 'P1',
  cascade: 'P1',
  migration: 'P2',
  code: 'P2',
  repair: 'P2',
  service: 'P2',
} as const satisfies Readonly<Record<string, Severity>>;
