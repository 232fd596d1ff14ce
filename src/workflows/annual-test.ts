import { holdDrill } from './drill.ts';
import type { DrillInput, DrillResult } from './drill-contract.ts';

/** The full test of once a year: a drill of the newest backup of each tier and of one that is a month old, and of the contacts. */
export async function annualTest(rawInput: DrillInput = {}): Promise<DrillResult> {
  return holdDrill('annualTest', rawInput);
}
