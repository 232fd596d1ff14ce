import { type Graph, sameSet } from '../../migrations/graph.ts';
import { downgradeTo, type Failed, type MigrationTool, readFailure } from '../../migrations/tool.ts';
import type { StepHeartbeat } from '../../workflows/contract.ts';
import type { WorkerContext } from '../context.ts';
import { jobName } from '../docker/job-name.ts';
import { type Blocker, describeBlocker, LockWatch } from './locks.ts';
import { currentRevisions, lastWords } from './look.ts';
import { type MigrationInput, requireMigrations, runTool } from './tool-job.ts';

/** How an upgrade or a downgrade ended; that it failed is an answer, since a person decides what comes next. */
export interface ChangeResult {
  readonly ok: boolean;
  /** Revisions that the database is at now. */
  readonly current: readonly string[];
  /** Which migration failed and why; null if none did. */
  readonly failed: Failed | null;
  /** Who held it up, if it gave up waiting for a lock. */
  readonly blockedBy: readonly string[];
  readonly command: readonly string[];
}

/** Applies all that the image brings. An attempt whose worker died is joined, not begun again. */
export async function upgradeSchema(context: WorkerContext, input: MigrationInput & { graph: Graph }): Promise<ChangeResult> {
  const { tool } = requireMigrations(input.plan);
  return change(context, input, tool, 'upgrade', tool.commands.upgrade.run);
}

/**
 * Goes down to certain revisions, and never by a number of steps: a tool that can only take the newest back is run until the
 * database is there, looked at after each step. There already, it does nothing.
 */
export async function downgradeSchema(
  context: WorkerContext,
  input: MigrationInput & { graph: Graph; to: readonly string[] },
): Promise<ChangeResult> {
  const { tool } = requireMigrations(input.plan);
  const targets = input.to.length === 0 ? ['base'] : input.to;
  let current: readonly string[] = await currentRevisions(context, input, tool, input.graph);
  for (const target of targets) {
    for (;;) {
      const { run, stepwise } = downgradeTo(tool, target);
      if (sameSet(current, input.to)) return { ok: true, current, failed: null, blockedBy: [], command: run };
      const ended = await change(context, input, tool, 'downgrade', run);
      const stood = sameSet(current, ended.current);
      current = ended.current;
      if (!ended.ok) return ended;
      if (stood)
        return { ...ended, ok: false, failed: { revision: current[0] ?? null, why: `${run.join(' ')} changed nothing` } };
      if (!stepwise) break;
    }
  }
  const { run } = downgradeTo(tool, targets.at(-1) ?? '');
  const ok = sameSet(current, input.to);
  const why = `it ended at ${current.join(', ') || 'none at all'}, not at ${targets.join(', ')}`;
  return { ok, current, failed: ok ? null : { revision: null, why }, blockedBy: [], command: run };
}

async function change(
  context: WorkerContext,
  input: MigrationInput & { graph: Graph },
  tool: MigrationTool,
  step: 'upgrade' | 'downgrade',
  command: readonly string[],
): Promise<ChangeResult> {
  const locks = new LockWatch(context, input, jobName(input, step));
  let last = `${command.join(' ')} begins`;
  const tick = async (): Promise<StepHeartbeat> => ({ text: (await locks.look()) ?? last });
  const onLine = (line: string): void => {
    if (line.trim() !== '') last = line.trim().slice(0, 200);
  };
  const ended = await runTool(context, input, step, command, { tick, onLine });
  const current = await currentRevisions(context, input, tool, input.graph);
  if (ended.exitCode === 0) return { ok: true, current, failed: null, blockedBy: [], command };
  const failed = readFailure(tool, ended.output) ?? { revision: null, why: lastWords(ended.output) };
  const blocked = /lock timeout/i.test(ended.output);
  return { ok: false, current, failed, blockedBy: blocked ? namesOf(locks.blockers) : [], command };
}

function namesOf(blockers: readonly Blocker[]): string[] {
  return [...new Set(blockers.map(describeBlocker))];
}
