import { type Plan, type PlanInput, planSchema } from '../src/plan/schema.ts';

/** @returns the plan of a shop in Tokyo, with the document's defaults. */
export function shopPlan(changes: Partial<PlanInput> = {}): Plan {
  return planSchema.parse({
    version: 1,
    zone: 'Asia/Tokyo',
    stack: { project: 'shop' },
    database: { name: 'shop', user: 'admin' },
    ...changes,
  } satisfies PlanInput);
}
