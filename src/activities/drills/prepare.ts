import { chooseForAnnualTest, chooseForDrill, chosenByName, newestTrusted, usableBackups } from '../../drills/choose.ts';
import { criteriaOf, drillObjectives } from '../../drills/criteria.ts';
import { appendDrillLine, readDrill, readDrills } from '../../drills/files.ts';
import type { ChosenBackup, DrillBegun, DrillKind } from '../../drills/record.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { milliseconds } from '../../plan/units.ts';
import type { StoredBackup } from '../../verification/judge.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { surveyBackups } from '../verification/survey.ts';

export interface PrepareDrillInput extends StepInput {
  readonly kind: DrillKind;
  /** Id of a backup, or its beginning; null: by the plan's policy. */
  readonly wanted: string | null;
  /** ISO 8601; null of a drill that no schedule started. */
  readonly dueAt: string | null;
  readonly requestedBy: string;
  readonly reason: string;
  readonly planSha256: string;
}

/**
 * Fixes what a drill must show and chooses what it restores, before anything is started, and writes it down. Tried again, it answers
 * what was fixed first.
 *
 * @throws KintsugiError BACKUP_MISSING, INVALID_INPUT of a backup that is named and is not there, or not only.
 */
export async function prepareDrill(context: WorkerContext, input: PrepareDrillInput): Promise<DrillBegun> {
  const known = await readDrill(context.stateFolder, input);
  if (known !== null) return known.begun;
  const { plan, kind, database, workflowId, runId } = input;
  const [{ stored }, drills] = await Promise.all([surveyBackups(context, { plan }), readDrills(context.stateFolder)]);
  const usable = usableBackups(stored, database);
  const newest = newestTrusted(usable);
  const begun: DrillBegun = {
    type: 'begun',
    at: new Date().toISOString(),
    workflowId,
    runId,
    kind,
    stack: plan.stack.project,
    database,
    dueAt: input.dueAt,
    requestedBy: input.requestedBy,
    reason: input.reason,
    planSha256: input.planSha256,
    ...drillObjectives(plan),
    criteria: criteriaOf(plan, kind, drills),
    scope: scopeOf(plan, kind),
    backups: choose(input, stored, usable, drills),
    usable: newest === null ? null : { id: newest.id, takenAt: newest.takenAt, proven: newest.standing.proven },
  };
  await appendDrillLine(context.stateFolder, input, begun);
  return begun;
}

function choose(
  { plan, kind, wanted, database }: PrepareDrillInput,
  stored: readonly StoredBackup[],
  usable: readonly StoredBackup[],
  drills: Parameters<typeof chooseForDrill>[1],
): ChosenBackup[] {
  // A backup that is bad may be named on purpose: to see what a drill says of it.
  if (wanted !== null) return [chosenByName(named(stored, wanted, database))];
  if (kind === 'annualTest') return chooseForAnnualTest(usable, milliseconds(plan.drill.annual.olderThan), Date.now());
  const one = chooseForDrill(usable, drills, plan.drill.choose);
  return one === null ? [] : [one];
}

function named(stored: readonly StoredBackup[], wanted: string, database: string): StoredBackup {
  const fitting = stored.filter(({ id, database: of }) => id.startsWith(wanted) && (of === database || of === null));
  const [only, ...more] = fitting;
  const state = 'No drill was started.';
  if (only === undefined)
    throw new KintsugiError('BACKUP_MISSING', `There is no stored backup ${wanted} of ${database}.`, {
      state,
      hints: ['kintsugi backup list'],
    });
  if (more.length === 0) return only;
  throw new KintsugiError('INVALID_INPUT', `Several backups begin with ${wanted}: ${fitting.map(({ id }) => id).join(', ')}.`, {
    state,
    hints: ['give more of the id'],
  });
}

function scopeOf({ drill, checks, database }: Plan, kind: DrillKind): string[] {
  const { cpus, memory } = drill.server;
  return [
    kind === 'annualTest'
      ? `Restores the newest stored backup of each tier, and the newest that is ${drill.annual.olderThan} old or older`
      : `Restores one stored backup of ${database.name}: ${drill.choose === 'rotate' ? 'the newest of the tier that was drilled longest ago' : 'the newest'}`,
    `On a PostgreSQL server of the database’s own image, with ${cpus} ${cpus === 1 ? 'processor' : 'processors'} and ${memory} of memory, on a network from which nothing leads to production`,
    `Compares every table, object, sequence, owner, grant and setting with the backup’s manifest, and runs the ${checks.length} checks of the plan`,
    drill.application === undefined
      ? 'Leaves out the application: the plan names none (drill.application)'
      : `Starts the application (${drill.application.service}) on the copy and asks for its health`,
    ...(kind === 'annualTest' && drill.annual.contacts ? ['Sends a test message to every contact of the plan'] : []),
    'Touches nothing of production: no service is stopped, no database is changed',
  ];
}
