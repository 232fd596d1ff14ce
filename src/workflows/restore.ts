import { executeChild, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { fromFailure } from '../errors/failure.ts';
import { milliseconds } from '../plan/units.ts';
import { awaitApproval } from './approval.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { backupId, type DecisionInput, type procedureInput, type Restored, type restoreChoices } from './contract.ts';
import { keepThenDrop } from './drop-replaced-database.ts';
import { failure } from './failure.ts';
import { act, check, long, look } from './proxies.ts';
import { restoreCopy } from './restore-copy.ts';
import { type Live, lossOf, sayPlan, stateAfter } from './restore-says.ts';
import { shortRunId } from './run-id.ts';
import type { ProcedureRun } from './run-procedure.ts';
import { bytes, clock } from './say.ts';
import type { Procedure } from './steps.ts';
import { takeBackup } from './take-backup.ts';
import { together } from './together.ts';

/** The steps of a restore, wherever it is a part of a procedure. */
export const restoreSteps = [
  ['chooseBackup', 'choose and check the backup'],
  ['clearLeftovers', 'clear what terminated runs left'],
  ['preflight', 'preflight'],
  ['findDependents', 'remember what runs'],
  ['approval', 'approval'],
  ['stopServices', 'stop services'],
  ['fence', 'fence'],
  ['restoreBeside', 'restore beside'],
  ['verify', 'verify'],
  ['analyze', 'analyze'],
  ['swap', 'swap'],
  ['startServices', 'start services'],
  ['health', 'application health'],
  ['freshBackup', 'fresh backup'],
] as const;

/** What a restore needs to be told: the choices, and who answers for it. */
export type RestoreRequest = z.output<typeof restoreChoices> &
  Pick<z.output<typeof procedureInput>, 'requestedBy' | 'reason' | 'confirm'>;

/** What the procedure that a restore is a part of has done already, and does in its midst. */
export interface Prepared {
  /** Services that it has stopped, with the undo that starts them registered as `start services`; if missing, the restore stops them. */
  readonly services?: Awaited<ReturnType<typeof look.findDependents>>;
  /** What the people who approve have to know, Markdown; it is asked for even where the plan wants no approval. */
  readonly decide?: string;
  /** Works on the live database when the services are stopped, before it is closed to everybody. */
  readonly afterStop?: () => Promise<void>;
  /** Works on the verified copy before it goes live. */
  readonly beforeSwap?: () => Promise<void>;
}

/** How a restore ended well; of one that only planned, nothing was done. */
export interface RestoreEnd {
  readonly facts: Restored;
  readonly rtaMs: number;
  readonly rpaMs: number | null;
  /** Whether something could not be compared. */
  readonly limited: boolean;
}

/**
 * Restores a database from a backup, as a part of a procedure: beside the live one, verified, then swapped in one transaction;
 * what was replaced is kept. It adds its own steps to the checklist where they are not there yet.
 */
export async function restore(run: ProcedureRun, request: RestoreRequest, prepared: Prepared | null = null): Promise<RestoreEnd> {
  const { plan, procedure, step, planning, startedAt } = run;
  const { database } = step;
  procedure.add(restoreSteps);
  let live: Live = 'there';
  run.stateAfter = (done) => stateAfter(done, planning, live);

  const dropFirst = request.dropFirst ?? plan.restore.dropFirst;
  const facts = await procedure.step(
    'chooseBackup',
    () => check.chooseBackup({ ...step, wanted: request.backup ?? null, allowOtherDatabase: request.allowOtherDatabase }),
    {
      note: (found) =>
        `${found.id}, ${found.kind}, ${bytes(found.bytes)}, ${found.takenAt ?? 'instant unknown'}; ${[...found.checkedBy, ...(found.choice?.notes ?? [])].join('; ')}`,
    },
  );
  if (planning) procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
  else if (!procedure.isDone('clearLeftovers')) await clearLeftovers(procedure, step);
  const [preflight, services] = await together(
    () =>
      procedure.step('preflight', () => look.preflight({ ...step, facts, dropFirst }), {
        note: (found) => found.summary,
      }),
    async () => {
      if (prepared?.services !== undefined) {
        procedure.settled('findDependents', `stopped already: ${prepared.services.summary}`);
        return prepared.services;
      }
      return procedure.step('findDependents', () => look.findDependents(step), {
        note: (found) => `stops ${found.summary}; keeps ${found.kept.join(' ') || 'nothing'}`,
      });
    },
  );
  if (preflight.liveBytes === null) live = 'missing';
  const end = (extra: Partial<Restored>, limited = false): RestoreEnd => ({
    facts: {
      backup: { id: facts.id, takenAt: facts.takenAt, path: facts.path, bytes: facts.bytes, choice: facts.choice },
      replaced: null,
      freshBackup: null,
      ...extra,
    },
    rtaMs: Date.now() - startedAt.getTime(),
    rpaMs: facts.takenAt === null ? null : startedAt.getTime() - Date.parse(facts.takenAt),
    limited,
  });
  if (planning) {
    sayPlan(procedure, {
      stops: services.summary,
      keep: plan.backups.keepReplaced,
      liveExists: preflight.liveBytes !== null,
      skip: request.skip,
    });
    return end({});
  }

  // Removed last on every way out, so that their logs are there as long as a retry may want them.
  procedure.onUndo('remove job containers', () => act.removeJobs(step));
  // Services that a terminated run stopped are this one's to start, however it ends.
  const startAgain = () =>
    procedure.onUndo('start services', () =>
      act.startServices({ ...step, services, waitHealthy: live !== 'missing' && live !== 'dropped' }),
    );
  if (prepared?.services !== undefined || services.takenOver.length > 0) startAgain();
  await procedure.step(
    'approval',
    () => approve(run, request, { facts, summary: services.summary, dropFirst, decide: prepared?.decide }),
    {
      note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed',
    },
  );

  if (prepared?.services === undefined && services.takenOver.length === 0) startAgain();
  await procedure.step('stopServices', () => act.stopServices({ ...step, services }), { note: () => services.summary });
  await prepared?.afterStop?.();
  procedure.onUndo('lift the fence', () => act.liftFence(step));
  const fenced = await procedure.step('fence', () => act.fence(step), {
    note: (found) =>
      found.existed ? `${found.sessionsEnded} sessions ended, new ones refused` : `there is no database ${database}`,
  });
  if (!fenced.existed) live = 'missing';
  procedure.onUndo('remove the decrypted copy', () => act.closeBackup(step));
  procedure.onUndo('drop the scratch database', () => act.dropScratch(step));
  const verified = await restoreCopy(procedure, {
    step,
    facts,
    tools: long,
    beforeRestore: async () => {
      if (dropFirst && (await act.dropLive(step)).dropped) live = 'dropped';
    },
    note: (kind) => `${kind} archive restored${dropFirst ? '; the old database was dropped first' : ''}`,
    skipChecks: request.skip.includes('checks'),
    withoutAnalyze: request.skip.includes('analyze') ? 'left out on request' : null,
  });
  await prepared?.beforeSwap?.();
  const { workflowId, runId } = step;
  const until = new Date(Date.now() + milliseconds(plan.backups.keepReplaced)).toISOString();
  const swapped = await procedure.step('swap', () => act.swap({ ...step, until, comment: verified.comment }), {
    note: (found) =>
      found.replaced === null
        ? 'there was nothing to replace'
        : `the old database is kept as ${found.replaced} until ${clock(found.until)}`,
  });
  live = swapped.replaced === null ? 'restored' : { kept: swapped.replaced, undo: `${workflowId}/${shortRunId(runId)}` };
  procedure.settle('drop the scratch database');
  procedure.settle('lift the fence');
  const { project } = plan.stack;
  if (swapped.replaced !== null) await keepThenDrop(project, { name: swapped.replaced, until, database, madeByRun: runId });
  await startAndCheck(run, services, request.skip.includes('health'));
  const restored = end({ replaced: swapped.replaced === null ? null : { name: swapped.replaced, until } }, verified.limited);

  const leaveOut = request.skip.includes('freshBackup') || !plan.restore.freshBackup;
  const freshBackup = await takeFreshBackup(procedure, leaveOut, project, database);
  await act.closeBackup(step);
  procedure.settle('remove the decrypted copy');
  await act.removeJobs(step);
  procedure.settle('remove job containers');
  return { ...restored, facts: { ...restored.facts, freshBackup } };
}

/**
 * The last steps of every procedure that stopped services: `startServices` and `health`, which the checklist must have.
 * The undo `start services` is settled once they run.
 */
export async function startAndCheck(
  run: ProcedureRun,
  services: NonNullable<Prepared['services']>,
  skipHealth = false,
): Promise<void> {
  const { plan, procedure, step } = run;
  await procedure.step('startServices', () => act.startServices({ ...step, services }), {
    note: (found) => `${found.started} containers healthy`,
  });
  procedure.settle('start services');
  if (skipHealth || plan.health.length === 0)
    procedure.skip('health', plan.health.length === 0 ? 'the plan names no health address' : 'left out on request');
  else await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
}

interface Decided {
  readonly facts: Awaited<ReturnType<typeof check.chooseBackup>>;
  readonly summary: string;
  readonly dropFirst: boolean;
  readonly decide: string | undefined;
}

async function approve(
  run: ProcedureRun,
  request: RestoreRequest,
  { facts, summary, dropFirst, decide }: Decided,
): Promise<void> {
  const { plan, planSha256, procedure, step, startedAt } = run;
  const policy = plan.approvals[run.severity];
  await awaitApproval(procedure, {
    policy: (dropFirst || decide !== undefined) && policy === 'none' ? 'one' : policy,
    starter: starterDecision(request, step.database),
    text: `${decide === undefined ? '' : `${decide}\n\n`}Restore **${step.database}** of ${plan.stack.project} from ${facts.id} (${[...facts.checkedBy, ...(facts.choice?.notes ?? [])].join('; ')}); ${lossOf(facts.takenAt, startedAt, plan.zone)}; stops ${summary}; plan ${planSha256.slice(0, 12)}. Approve or refuse with your name and a reason: \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``,
    plan,
  });
}

/**
 * @returns the decision of who started a procedure with the name of the database typed; null of one that was started without.
 * @throws a failure NOT_CONFIRMED when another name was typed.
 */
export function starterDecision(
  input: { requestedBy: string; reason: string; confirm?: string | undefined },
  database: string,
): DecisionInput | null {
  if (input.confirm === undefined) return null;
  if (input.confirm !== database) {
    throw failure('NOT_CONFIRMED', `The confirmation says “${input.confirm}”, the database is “${database}”.`, {
      state: 'Nothing was stopped or changed.',
    });
  }
  return input.requestedBy === '' ? null : { by: input.requestedBy, reason: input.reason || 'started it' };
}

/** The application is back already: a backup that fails now is said, and does not fail the recovery. */
async function takeFreshBackup(
  procedure: Procedure,
  leaveOut: boolean,
  project: string,
  database: string,
): Promise<string | null> {
  if (leaveOut) {
    procedure.skip('freshBackup', 'left out on request');
    return null;
  }
  try {
    const taken = await procedure.step(
      'freshBackup',
      () =>
        executeChild(takeBackup, {
          workflowId: `${backupId(project)}-after-${shortRunId(workflowInfo().runId)}`,
          args: [{ database, reason: 'after a recovery' }],
          staticSummary: `Backup of ${database} after its recovery`,
        }),
      { note: (found) => `${found.id}, ${bytes(found.bytes)}` },
    );
    return taken.id;
  } catch (error) {
    if (isCancellation(error)) throw error;
    procedure.skip('freshBackup', `failed: ${fromFailure(error).message}`);
    return null;
  }
}
