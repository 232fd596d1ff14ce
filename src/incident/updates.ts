import { milliseconds } from '../plan/units.ts';
import { ruleOf } from './facts.ts';
import type { Cadence, IncidentState } from './state.ts';

/** Begins the times of the updates anew: everybody was just told. */
export function startUpdates(state: IncidentState, now: number): void {
  const { everyone } = ruleOf(state).updates;
  state.updates.responders = { lastAt: now, dueAt: null };
  state.updates.everyone = everyone === undefined ? null : { lastAt: now, dueAt: null };
  state.updates.missed = 0;
  restartUpdates(state, now);
}

/** Computes the times of the updates by the rule that counts now, from when each audience was last told. */
export function restartUpdates(state: IncidentState, now: number): void {
  const { responders, everyone, remindBefore } = ruleOf(state).updates;
  const { updates } = state;
  updates.responders.dueAt = Math.max(now, updates.responders.lastAt + milliseconds(responders));
  if (everyone === undefined) updates.everyone = null;
  else {
    const { lastAt } = updates.everyone ?? updates.responders;
    updates.everyone = { lastAt, dueAt: Math.max(now, lastAt + milliseconds(everyone)) };
  }
  const remindAt = updates.responders.dueAt - milliseconds(remindBefore);
  updates.remindAt = remindAt > now ? remindAt : null;
}

/** No more updates: the problem is gone. */
export function stopUpdates({ updates }: IncidentState): void {
  updates.responders.dueAt = null;
  if (updates.everyone !== null) updates.everyone.dueAt = null;
  updates.remindAt = null;
}

/** The next time, counted from the last due time and not from now, so that lateness does not add up; what was missed is not made up for. */
export function advance(cadence: Cadence, interval: string, now: number): void {
  const length = milliseconds(interval);
  const from = cadence.dueAt ?? now;
  cadence.lastAt = now;
  cadence.dueAt = from + length * (Math.floor((now - from) / length) + 1);
}
