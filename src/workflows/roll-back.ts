import type { z } from 'zod';
import { named, sameSet } from '../migrations/graph.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import type { procedureInput, RolledBack, rollBackChoices } from './contract.ts';
import { act, check, long, look } from './proxies.ts';
import type { ProcedureRun } from './run-procedure.ts';
import { clock } from './say.ts';
import { switchCode, switchSteps } from './switch-code.ts';

/** The steps of a code rollback, wherever it is a part of a procedure. */
export const rollBackSteps = [
  ['findCommit', 'find the commit'],
  ['clearLeftovers', 'clear what terminated runs left'],
  ['build', 'build images from it'],
  ...switchSteps,
] as const;

type RollBackRequest = z.output<typeof rollBackChoices> &
  Pick<z.output<typeof procedureInput>, 'requestedBy' | 'reason' | 'confirm'>;

/**
 * Brings the application back to the code of an earlier commit, as a part of a procedure: builds in a worktree of its own before
 * anything is stopped, then switches. It adds its own steps to the checklist where they are not there yet.
 */
export async function rollBack(run: ProcedureRun, request: RollBackRequest): Promise<RolledBack> {
  const { procedure, step, planning } = run;
  procedure.add(rollBackSteps);
  run.stateAfter = () => 'Nothing was stopped or changed.';
  const found = await procedure.step('findCommit', () => look.findCommit({ ...step, to: request.to ?? null }), {
    note: ({ commit, subject, from, localChanges }) =>
      `${commit.slice(0, 12)} “${subject}”, ${from}${localChanges > 0 ? `; ${localChanges} changed files of the checkout stay as they are` : ''}`,
  });
  if (planning) {
    await sayPlan(run, found, request.keepSchema);
    return { code: { commit: found.commit, kept: [], schema: null } };
  }
  await clearLeftovers(procedure, step);
  procedure.onUndo('remove the worktree', () => act.removeWorktree(step));
  const { images } = await procedure.step('build', () => long.buildImages({ ...step, commit: found.commit }), {
    note: (built) => built.images.map(({ name }) => name).join(', '),
  });
  await act.removeWorktree(step);
  procedure.settle('remove the worktree');
  const what = `Roll the code back to **${found.commit.slice(0, 12)}** “${found.subject}” (${clock(found.at)}, ${found.from})`;
  const switched = await switchCode(run, { images, commit: found.commit, keepSchema: request.keepSchema, what }, request);
  return { code: { commit: found.commit, ...switched } };
}

type Found = Awaited<ReturnType<typeof look.findCommit>>;

/** In plan mode nothing is built, so the schema is told as far as the records know it. */
async function sayPlan(run: ProcedureRun, found: Found, keepSchema: boolean): Promise<void> {
  const { procedure, plan, step } = run;
  const services = found.services.join(' ');
  procedure.would('clearLeftovers', 'would remove job containers and unfinished copies of terminated runs');
  procedure.would(
    'build',
    `would build ${services} in a worktree of its own; the checkout stays as it is, and nothing is stopped`,
  );
  const note = await schemaNote();
  procedure.would('schema', note);
  procedure.would('approval', `asks as ${run.severity} needs it; always if the schema must be taken back`);
  for (const name of ['backup', 'findDependents', 'stopServices', 'changeSchema'])
    procedure.would(name, 'only if the schema must be changed');
  procedure.would('keepImages', `would name the images that run kintsugi-replaced/${plan.stack.project}-<service>:<run>`);
  procedure.would('switch', `would make the containers of ${services} anew`);
  procedure.would('startServices', 'would wait until they are healthy, and go back to the former images if not');
  procedure.would('health', plan.health.map(({ name }) => name).join(', ') || 'the plan names no health address');
  procedure.would('recordDeploy', 'would record the commit as good');

  async function schemaNote(): Promise<string> {
    if (keepSchema) return 'would be left alone, as asked';
    if (plan.migrations === undefined) return 'not compared: the plan names no migrations';
    const { current } = await check.readMigrations({ ...step, image: null });
    if (found.head === null) return `is at ${named(current)}; compared with the code once that is built`;
    return sameSet(current, found.head)
      ? `is at ${named(current)}, as it was with that code`
      : `is at ${named(current)}; that code ran with ${named(found.head)}: the schema would be taken there, after an approval and a backup`;
  }
}
