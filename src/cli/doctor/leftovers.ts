import type { DoctorContext, Finding } from './finding.ts';

/** What earlier recoveries left behind: found by label and by marker, not by memory. */
export async function leftovers(_context: DoctorContext): Promise<Finding[]> {
  return [];
}
