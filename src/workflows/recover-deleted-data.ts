import { clearLeftovers } from './clear-leftovers.ts';
import { type RecoverDeletedDataInput, type RecoverDeletedDataResult, recoverDeletedDataInput } from './contract.ts';
import { foundAsFindings, foundAsText, gapFindings } from './deletion-says.ts';
import { failure, parseInput } from './failure.ts';
import { act, check, look } from './proxies.ts';
import { restore, restoreSteps } from './restore.ts';
import { type ProcedureKind, type ProcedureRun, runProcedure } from './run-procedure.ts';
import { clock } from './say.ts';

const before = [
  ['clearLeftovers', 'clear what terminated runs left'],
  ['findDependents', 'remember what runs'],
  ['stopWrites', 'stop all writes'],
  ['findDeleted', 'find the backup that has the data'],
] as const;

const kind: ProcedureKind = {
  type: 'recoverDeletedData',
  steps: [...before, ...restoreSteps.filter(([name]) => !before.some(([earlier]) => earlier === name))],
  disaster: 'accidentalDeletion',
  problem: (database) => `data of database ${database} was deleted`,
  impact: 'The application is stopped, so that nothing more is written, until a person decides and the data is back.',
};

/**
 * Scenario 5 of the document, by a full restore: stops all writes before anything else, since every row that is written from now
 * on would be lost; finds the newest backup that still holds what was deleted; shows what a full restore would lose, and asks;
 * restores; and tells where the rows that were written since are kept.
 *
 * Refused, cancelled or failed before the swap: writes go on, and the services run as before.
 *
 * @param rawInput every field has a default, so an empty input works.
 */
export async function recoverDeletedData(rawInput: RecoverDeletedDataInput = {}): Promise<RecoverDeletedDataResult> {
  const input = parseInput(recoverDeletedDataInput, rawInput);
  refuseFuture(input.before);
  return runProcedure(kind, input, async (run) => {
    const { procedure, step, planning } = run;
    const services = await stopWrites(run);
    const found = await procedure.step(
      'findDeleted',
      () => check.findDeleted({ ...step, before: input.before ?? null, wanted: input.backup ?? null }),
      { note: ({ backup, takenAt, why }) => `${backup}${takenAt === null ? '' : `, taken ${clock(takenAt)}`}: ${why}` },
    );
    const { facts, rtaMs, rpaMs, limited } = await restore(
      run,
      { ...input, backup: found.backup },
      { services, decide: foundAsText(found) },
    );
    const shown = foundAsFindings(found);
    const findings = planning ? shown : [...shown, ...gapFindings(found, run.plan, facts.replaced)];
    const text = `${step.database} is back from ${facts.backup.id}, with what was deleted`;
    return { facts, text, rtaMs, rpaMs, limited, findings };
  });
}

/**
 * Two hands, since either alone leaves a gap: the services that depend on the database are stopped, which the tools of every
 * recovery can take back, whatever happens; and clients outside the stack (whoever typed the DELETE may still be at it) get a
 * database that is read-only. It stays readable: what would be lost must be counted before anybody is asked.
 */
async function stopWrites({ procedure, step, planning, plan }: ProcedureRun) {
  const findThem = () =>
    procedure.step('findDependents', () => look.findDependents(step), {
      note: ({ summary, kept }) => `stops ${summary}; keeps ${kept.join(' ') || 'nothing'}`,
    });
  if (planning) {
    procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
    const services = await findThem();
    procedure.would(
      'stopWrites',
      `would stop ${services.summary} and make ${step.database} read-only, at once and before it asks`,
    );
    return services;
  }
  await clearLeftovers(procedure, step);
  const services = await findThem();
  // Started last on the way back: first the database must take writes again.
  procedure.onUndo('start services', () => act.startServices({ ...step, services }));
  procedure.onUndo('let writes go on', () => act.releaseWrites(step));
  await procedure.step(
    'stopWrites',
    async () => {
      const held = await act.holdWrites(step);
      await act.stopServices({ ...step, services });
      return held;
    },
    {
      note: ({ existed, sessionsEnded }) =>
        existed
          ? `stopped ${services.summary}; ${step.database} of ${plan.stack.project} is read-only, ${sessionsEnded} sessions ended`
          : `stopped ${services.summary}; there is no database ${step.database}`,
    },
  );
  return services;
}

function refuseFuture(before: string | undefined): void {
  if (before === undefined || Date.parse(before) <= Date.now()) return;
  throw failure('INVALID_INPUT', `The input is not right: before: ${before} has not come yet.`, {
    state: 'Nothing was stopped or changed.',
    hints: ['give the last instant at which the data was still there, with its offset: 2026-11-24T14:30:00+09:00'],
  });
}
