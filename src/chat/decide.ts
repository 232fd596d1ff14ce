import { explainFailure } from '../cli/failures.ts';
import { withTemporal } from '../cli/temporal.ts';
import { incidentUpdates } from '../incident/contract.ts';
import type { Plan } from '../plan/schema.ts';
import { messages } from '../workflows/contract.ts';

/** What a person decided outside the command line: on a button, or at a provider. */
export interface Decision {
  readonly action: 'acknowledge' | 'takeOver' | 'approve' | 'refuse' | 'resolve';
  readonly workflowId: string;
  /** Name of the plan's person. */
  readonly by: string;
  readonly reason: string;
  /** The same for every delivery of this answer: Temporal carries it out once. */
  readonly id: string;
}

const updates = {
  acknowledge: incidentUpdates.acknowledge,
  // Whoever acknowledged last has it.
  takeOver: incidentUpdates.acknowledge,
  resolve: incidentUpdates.resolve,
  approve: messages.approve,
  refuse: messages.refuse,
} as const;

/** Hands a decision to the workflow that it is for, which decides whether this person may. @returns its answer. @throws KintsugiError */
export async function decide(plan: Plan, { action, workflowId, by, reason, id }: Decision): Promise<string> {
  return withTemporal(plan, async ({ client, connection }) => {
    try {
      return await connection.withDeadline(Date.now() + 20_000, () =>
        client.workflow
          .getHandle(workflowId)
          .executeUpdate<string, [{ by: string; reason: string }]>(updates[action], { args: [{ by, reason }], updateId: id }),
      );
    } catch (error) {
      throw explainFailure(error);
    }
  });
}
