import type { OutcomeState } from '../report.ts';

/** @returns the colour of an end: as it should be, not so, or in doubt. */
export function tone(state: OutcomeState): 'good' | 'bad' | 'doubt' {
  if (state === 'completed') return 'good';
  return state === 'failed' || state === 'terminated' || state === 'timedOut' ? 'bad' : 'doubt';
}
