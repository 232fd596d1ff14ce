import type { StepInput, WorkerContext } from '../context.ts';
import { examineDatabase } from './examine.ts';
import { mergeSalvage } from './merge.ts';
import { quarantineSurplus } from './quarantine.ts';
import { repairInPlace } from './repair.ts';
import { type SalvageInput, salvageDatabase } from './salvage.ts';

/** @returns the activities around corruption, bound to what they work with. */
export function createCorruptionActivities(context: WorkerContext) {
  return {
    examineDatabase: (input: StepInput) => examineDatabase(context, input),
    repairInPlace: (input: Parameters<typeof repairInPlace>[1]) => repairInPlace(context, input),
    quarantineSurplus: (input: Parameters<typeof quarantineSurplus>[1]) => quarantineSurplus(context, input),
    salvageDatabase: (input: SalvageInput) => salvageDatabase(context, input),
    mergeSalvage: (input: StepInput) => mergeSalvage(context, input),
  };
}
