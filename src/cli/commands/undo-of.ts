import { WorkflowNotFoundError } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { type RecoveryName, recoveries, recoveryId, type WorkflowType } from '../../workflows/contract.ts';
import { splitId } from '../follow/target.ts';
import type { Temporal } from '../temporal.ts';

/** How a kind of run is undone. */
export interface Undo {
  readonly workflowType: WorkflowType;
  /** What it will do, as lines, before the question. @param changed what is to be done with rows that were written since. */
  readonly intent: (run: string, plan: Plan, changed: RowsWrittenSince | undefined) => readonly string[];
}

/** Of a repair: what becomes of rows that were written since; if nothing is said they are listed, and nothing is done. */
export type RowsWrittenSince = 'leave' | 'overwrite';

const database: Undo = {
  workflowType: 'undoRecovery',
  intent: (run, plan) => [
    `Will swap back the database that ${run} replaced; the one that is live now is kept for ${plan.backups.keepReplaced}.`,
    '  What was written since that recovery will not be in the live database any more.',
  ],
};

const images: Undo = {
  workflowType: 'undoRollBackCode',
  intent: (run) => [
    `Will bring back the images that ${run} replaced; those that run now are kept.`,
    '  The schema is taken to what those images bring, after a backup, if it is another one.',
  ],
};

const written: Readonly<Record<RowsWrittenSince, string>> = {
  leave: 'Rows that were written since stay as they are.',
  overwrite: 'Rows that were written since are put back, too: what was written is LOST.',
};

const rows: Undo = {
  workflowType: 'undoRepair',
  intent: (run, _plan, changed) => [
    `Will put back each row that ${run} repaired, as wrong as it was, and take back what it made in the schema.`,
    `  ${changed === undefined ? 'If a row was written since, nothing is done and it is listed.' : written[changed]}`,
  ],
};

/** By the workflow type of the run that is undone. */
const undos: Partial<Record<WorkflowType, Undo>> = {
  restoreDatabase: database,
  undoRecovery: database,
  recoverDeletedData: database,
  repairInconsistentData: rows,
  rollBackCode: images,
  undoRollBackCode: images,
};

/**
 * @param choice what a recovery of a failed migration ended with, where the run was one: it did what others do.
 * @param remedy what a recovery from corruption did; null if that is not known.
 * @returns how a run of a type is undone; null where that cannot be undone.
 */
export function undoOf(type: string, choice: string | null = null, remedy: string | null = null): Undo | null {
  if (type === recoveries.migration) return choice === 'rollBackCode' ? images : choice === 'restore' ? database : null;
  if (type === recoveries.corruption) return remedy === null || remedy === 'restore' ? database : null;
  return undos[type as WorkflowType] ?? null;
}

/** @returns what a run did that replaced nothing; null for one that did, or may have. */
function nothingReplaced(type: string, remedy: string | null): string | null {
  if (type === recoveries.cascade || type === recoveries.service) return 'it started what was down';
  if (type !== recoveries.corruption) return null;
  return remedy === 'repair'
    ? 'it built anew what can be made from the rows; rows that were too many for a unique index are whole in the table that its report names'
    : 'nothing was corrupt';
}

/**
 * Finds how a run is undone, by its type; by its id, where Temporal does not know it any more.
 *
 * @throws KintsugiError NOT_UNDOABLE that tells the way back there is.
 */
export async function findUndo(temporal: Temporal, plan: Plan, run: string): Promise<Undo> {
  const { workflowId, runPart } = splitId(run);
  const found = await describe(temporal, workflowId, runPart);
  const name = (Object.keys(recoveries) as RecoveryName[]).find((each) => recoveryId(plan.stack.project, each) === workflowId);
  const type = found?.type ?? (name === undefined ? 'restoreDatabase' : recoveries[name]);
  const undo = undoOf(type, found?.choice ?? null, found?.remedy ?? null);
  if (undo !== null) return undo;
  const nothing = nothingReplaced(type, found?.remedy ?? null);
  if (nothing !== null)
    throw new KintsugiError('NOT_UNDOABLE', `${run} replaced nothing, so there is nothing to undo: ${nothing}.`, {
      state: 'Nothing was stopped or changed.',
      hints: [`kintsugi report ${run}`],
    });
  throw new KintsugiError('NOT_UNDOABLE', `${run} cannot be undone by itself.`, {
    state: 'Nothing was stopped or changed.',
    hints:
      found?.backupBefore == null
        ? ['kintsugi backup list   # the backup that it took first, then: kintsugi recover restore --backup ID']
        : [
            `kintsugi recover restore --backup ${found.backupBefore}   # how it was before; what was written since is kept beside`,
          ],
  });
}

interface Described {
  readonly type: string;
  readonly choice: string | null;
  readonly remedy: string | null;
  readonly backupBefore: string | null;
}

async function describe(temporal: Temporal, workflowId: string, runPart: string | null): Promise<Described | null> {
  try {
    for await (const run of temporal.client.workflow.list({ query: `WorkflowId = '${workflowId.replaceAll("'", "\\'")}'` })) {
      if (runPart !== null && !run.runId.startsWith(runPart) && !run.runId.endsWith(runPart)) continue;
      const result =
        run.status.name === 'COMPLETED' ? await temporal.client.workflow.getHandle(workflowId, run.runId).result() : null;
      const { choice = null, remedy = null, backupBefore = null } = (result ?? {}) as Partial<Described>;
      return { type: run.type, choice, remedy, backupBefore };
    }
    return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
