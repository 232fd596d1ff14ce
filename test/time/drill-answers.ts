import type { PrepareDrillInput } from '../../src/activities/drills/prepare.ts';
import { criteriaOf, drillObjectives } from '../../src/drills/criteria.ts';
import type { DrillBegun, DrillEnded } from '../../src/drills/record.ts';

/** @returns what the activities of a drill answer when all is well: one backup, taken an hour ago. */
export function drillAnswers(): Record<string, (input: never) => unknown> {
  return {
    prepareDrill: ({ plan, kind, workflowId, runId, dueAt, requestedBy, reason, planSha256 }: PrepareDrillInput): DrillBegun => {
      const takenAt = new Date(Date.now() - 3_600_000).toISOString();
      return {
        type: 'begun',
        at: new Date().toISOString(),
        workflowId,
        runId,
        kind,
        stack: plan.stack.project,
        database: plan.database.name,
        dueAt,
        requestedBy,
        reason,
        planSha256,
        ...drillObjectives(plan),
        criteria: criteriaOf(plan, kind, []),
        scope: [],
        backups: [{ id: 'b1', path: '/b1', takenAt, bytes: 1, tier: 'daily', why: 'the newest' }],
        usable: { id: 'b1', takenAt, proven: true },
      };
    },
    recordReview: (review: unknown) => review,
    tryApplication: () => ({ summary: 'backend answers 200' }),
    recordDrillEnd: ({ ended }: { ended: DrillEnded }) => ended,
  };
}
