import { executeChild, isCancellation, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { fromFailure } from '../errors/failure.ts';
import type { Occurrence } from '../incident/contract.ts';
import { denied } from '../incident/permission.ts';
import { milliseconds } from '../plan/units.ts';
import { awaitApproval } from './approval.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { backupId, type RestoreInput, type RestoreResult, restoreInput } from './contract.ts';
import { keepThenDrop } from './drop-replaced-database.ts';
import { endSafely } from './end-safely.ts';
import { failure, parseInput } from './failure.ts';
import { linkIncident } from './incident-link.ts';
import { takeLock } from './lock.ts';
import { act, check, long, look } from './proxies.ts';
import { shortRunId } from './run-id.ts';
import { bytes, clock } from './say.ts';
import { searchAttributes } from './search-attributes.ts';
import { Procedure } from './steps.ts';
import { takeBackup } from './take-backup.ts';
import { together } from './together.ts';
import { writeReport } from './write-report.ts';

const steps = [
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
  ['report', 'report'],
] as const;

/**
 * Brings a lost or broken database back from a backup: restores beside the live one, verifies, swaps the names in one
 * transaction, and keeps what was replaced. Nothing is dropped before its replacement is verified.
 *
 * @param rawInput every field has a default from the plan, so an empty input works.
 */
export async function restoreDatabase(rawInput: RestoreInput = {}): Promise<RestoreResult> {
  const input = parseInput(restoreInput, rawInput);
  const { workflowId, runId, startTime } = workflowInfo();
  const { plan, planSha256 } = await look.readPlan();
  const { project } = plan.stack;
  const database = input.database ?? plan.database.name;
  const step = { plan, database, workflowId, runId };
  const rtoMs = milliseconds(plan.objectives.databaseCorruption.rto ?? plan.objectives.default.rto);
  const procedure = new Procedure(
    { procedure: 'restoreDatabase', stack: project, database, severity: input.severity, rtoMs },
    steps,
  );
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: project },
    { key: searchAttributes.procedure, value: 'restoreDatabase' },
    { key: searchAttributes.severity, value: input.severity },
    { key: searchAttributes.phase, value: 'running' },
  ]);
  const planning = input.mode === 'plan';
  const why = planning || input.requestedBy === '' ? null : denied(plan, input.requestedBy, 'start');
  if (why !== null) throw failure('DENIED', why, { state: 'Nothing was stopped or changed.' });
  if (!planning) await takeLock(project, 'restoreDatabase', input.requestedBy);
  const link = planning
    ? null
    : await linkIncident(procedure, plan, problemOf(input, database, workflowId), input.incident ?? null);

  let live: Live = 'there';

  try {
    const dropFirst = input.dropFirst ?? plan.restore.dropFirst;
    const facts = await procedure.step(
      'chooseBackup',
      () => check.chooseBackup({ ...step, wanted: input.backup ?? null, allowOtherDatabase: input.allowOtherDatabase }),
      {
        note: (found) =>
          `${found.id}, ${found.kind}, ${bytes(found.bytes)}, ${found.takenAt ?? 'instant unknown'}; ${found.checkedBy.join(', ')}`,
      },
    );
    if (planning)
      procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
    else await clearLeftovers(procedure, step);
    const [preflight, services] = await together(
      () =>
        procedure.step('preflight', () => look.preflight({ ...step, facts, dropFirst }), {
          note: (found) => found.summary,
        }),
      () =>
        procedure.step('findDependents', () => look.findDependents(step), {
          note: (found) => `stops ${found.summary}; keeps ${found.kept.join(' ') || 'nothing'}`,
        }),
    );
    if (preflight.liveBytes === null) live = 'missing';
    const result = (extra: Partial<RestoreResult>): RestoreResult => ({
      ...procedure.progress(),
      backup: { id: facts.id, takenAt: facts.takenAt, path: facts.path },
      rtaMs: Date.now() - startTime.getTime(),
      rpaMs: facts.takenAt === null ? null : startTime.getTime() - Date.parse(facts.takenAt),
      rpoMs: milliseconds(plan.objectives.databaseCorruption.rpo ?? plan.objectives.default.rpo),
      skipped: procedure.skipped(),
      replaced: null,
      freshBackup: null,
      report: null,
      checklist: procedure.checklist(),
      ...extra,
    });
    if (planning) {
      sayPlan(procedure, {
        stops: services.summary,
        keep: plan.backups.keepReplaced,
        liveExists: preflight.liveBytes !== null,
        skip: input.skip,
      });
      procedure.phase('completed');
      return result({});
    }

    // Removed last on every way out, so that their logs are there as long as a retry may want them.
    procedure.onUndo('remove job containers', () => act.removeJobs(step));
    // Services that a terminated run stopped are this one's to start, however it ends.
    const startAgain = () =>
      procedure.onUndo('start services', () =>
        act.startServices({ ...step, services, waitHealthy: live !== 'missing' && live !== 'dropped' }),
      );
    if (services.takenOver.length > 0) startAgain();
    await procedure.step(
      'approval',
      () =>
        awaitApproval(procedure, {
          policy: dropFirst && plan.approvals[input.severity] === 'none' ? 'one' : plan.approvals[input.severity],
          starter: starterDecision(input, database),
          text: `Restore **${database}** of ${project} from ${facts.id} (${facts.takenAt ?? 'instant unknown'}); ${lossOf(facts.takenAt, startTime)}; stops ${services.summary}; plan ${planSha256.slice(0, 12)}. Approve or refuse with your name and a reason: \`kintsugi approve ${workflowId} --by NAME --reason WHY\``,
          plan,
        }),
      { note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed' },
    );

    if (services.takenOver.length === 0) startAgain();
    await procedure.step('stopServices', () => act.stopServices({ ...step, services }), { note: () => services.summary });
    procedure.onUndo('lift the fence', () => act.liftFence(step));
    const fenced = await procedure.step('fence', () => act.fence(step), {
      note: (found) =>
        found.existed ? `${found.sessionsEnded} sessions ended, new ones refused` : `there is no database ${database}`,
    });
    if (!fenced.existed) live = 'missing';
    procedure.onUndo('remove the decrypted copy', () => act.closeBackup(step));
    procedure.onUndo('drop the scratch database', () => act.dropScratch(step));
    const source = await procedure.step(
      'restoreBeside',
      async () => {
        const opened = await long.openBackup({ ...step, facts });
        if (dropFirst && (await act.dropLive(step)).dropped) live = 'dropped';
        await long.restoreBeside({ ...step, source: opened });
        return opened;
      },
      { note: (found) => `${found.kind} archive restored${dropFirst ? '; the old database was dropped first' : ''}` },
    );
    // Both only read the copy; the swap waits for both.
    const [verified] = await together(
      () =>
        procedure.step(
          'verify',
          () => long.verifyRestored({ ...step, facts, source, skipChecks: input.skip.includes('checks') }),
          { note: (found) => found.summary },
        ),
      async () => {
        if (input.skip.includes('analyze')) procedure.skip('analyze', 'left out on request');
        else
          await procedure.step('analyze', () => long.analyze(step), {
            note: (found) => [`${found.tables} tables`, ...found.refused.map((why) => `not ${why}`)].join('; '),
          });
      },
    );
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
    if (swapped.replaced !== null) await keepThenDrop(project, { name: swapped.replaced, until, database, madeByRun: runId });
    await procedure.step('startServices', () => act.startServices({ ...step, services }), {
      note: (found) => `${found.started} containers healthy`,
    });
    procedure.settle('start services');
    if (input.skip.includes('health') || plan.health.length === 0)
      procedure.skip('health', plan.health.length === 0 ? 'the plan names no health address' : 'left out on request');
    else await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
    const rtaMs = Date.now() - startTime.getTime();

    const freshBackup = await takeFreshBackup(
      procedure,
      input.skip.includes('freshBackup') || !plan.restore.freshBackup,
      project,
      database,
    );
    await act.closeBackup(step);
    procedure.settle('remove the decrypted copy');
    await act.removeJobs(step);
    procedure.settle('remove job containers');
    const skipped = procedure.skipped();
    procedure.phase(skipped.length > 0 || verified.limited ? 'completedWithSkippedSteps' : 'completed');
    const outcome = result({
      rtaMs,
      replaced: swapped.replaced === null ? null : { name: swapped.replaced, until },
      freshBackup,
    });
    const report = await procedure.step('report', () => writeReport(procedure, { step, input }, { ...outcome, failure: null }), {
      note: (path) => path ?? 'could not be written; kintsugi report makes it',
    });
    const { rpaMs } = outcome;
    await link?.end(procedure.progress(), { well: true, text: `${database} is back from ${facts.id}`, rtaMs, rpaMs });
    return { ...outcome, ...procedure.progress(), report, checklist: procedure.checklist() };
  } catch (error) {
    const ended = await endSafely(
      procedure,
      error,
      (done) => stateAfter(done, planning, live),
      planning ? null : { step, input },
    );
    const text = procedure.progress().message ?? 'it ended early';
    await link?.end(procedure.progress(), { well: false, text, rtaMs: null, rpaMs: null });
    throw ended;
  }
}

function problemOf(input: z.output<typeof restoreInput>, database: string, workflowId: string): Occurrence {
  return {
    problem: input.reason === '' ? `database ${database} is being restored` : `database ${database}: ${input.reason}`,
    impact: 'The application is stopped while its database is restored.',
    severity: input.severity,
    openedBy: input.requestedBy,
    recovery: workflowId,
  };
}

/** @returns what would be lost, for who decides. */
function lossOf(takenAt: string | null, startTime: Date): string {
  if (takenAt === null) return 'it is not known how much would be lost';
  const minutes = Math.max(0, Math.ceil((startTime.getTime() - Date.parse(takenAt)) / 60_000));
  return `what was written in the last ${minutes} min before ${clock(startTime.toISOString())} would be lost`;
}

function starterDecision(input: { requestedBy: string; reason: string; confirm?: string | undefined }, database: string) {
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

function sayPlan(
  procedure: Procedure,
  what: { stops: string; keep: string; liveExists: boolean; skip: readonly string[] },
): void {
  procedure.would('stopServices', `would stop ${what.stops}`);
  procedure.would(
    'fence',
    what.liveExists ? 'would refuse new sessions and end those there are' : 'there is no database to fence',
  );
  procedure.would('restoreBeside', 'would restore into a scratch database; the live one stays as it is');
  procedure.would('verify', 'would compare every table, object, sequence, owner, grant and setting with the backup');
  procedure.would(
    'swap',
    what.liveExists ? `would rename both in one transaction and keep the old one for ${what.keep}` : 'would rename the copy',
  );
  procedure.would('startServices', `would start ${what.stops} again, each when the one before is healthy`);
  for (const name of what.skip) if (name !== 'checks') procedure.skip(name, 'left out on request');
}

/**
 * Which database is live: the old one, none because it was missing or was dropped first on request, or the restored one; with
 * the name under which the old one is kept, and what undo calls it.
 */
type Live = 'there' | 'missing' | 'dropped' | 'restored' | { readonly kept: string; readonly undo: string };

/** @returns in what state things are once a recovery that ended early has taken back what it did. */
function stateAfter(done: ReadonlySet<string>, planning: boolean, live: Live): string {
  if (planning || !done.has('approval')) return 'Nothing was stopped or changed.';
  if (live === 'missing')
    return 'There is no database, as before. The services that ran before run again. To try again: kintsugi recover restore';
  if (live === 'dropped')
    return 'The old database was dropped first, as was asked: there is none now. To bring it back: kintsugi recover restore';
  if (live === 'restored') return 'The restored database is live; there was none to replace.';
  if (live === 'there') return 'The old database is live again as it was, and the services that ran before run again.';
  return `The restored database is live; the old one is kept as ${live.kept}. To go back: kintsugi undo ${live.undo}`;
}
