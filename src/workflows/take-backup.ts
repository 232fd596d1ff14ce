import { CancellationScope, isCancellation, log, sleep, workflowInfo } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { BackupTurn } from './backup-turn.ts';
import { type TakeBackupInput, type TakeBackupResult, takeBackupInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { act, look, once } from './proxies.ts';
import { bytes } from './say.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';
import { together } from './together.ts';

/** A backup whose server or engine went down begins again with a new snapshot, this often. */
const rounds = 5;
const betweenRounds = '5s';

const steps = [
  ['snapshot', 'open a snapshot'],
  ['dump', 'dump the database'],
  ['globals', 'dump roles and tablespaces'],
  ['describe', 'count and describe everything in it'],
  ['finish', 'checksums, manifest, rename'],
] as const;

type Round = Parameters<typeof act.closeSnapshot>[0];
type Content = Omit<Parameters<typeof once.finishBackup>[0], keyof Round | 'snapshot'>;

/**
 * Takes a logical backup: dump, roles and manifest of one snapshot. Until the last step renames it, it is no backup.
 *
 * @param rawInput every field has a default from the plan, so an empty input works.
 */
export async function takeBackup(rawInput: TakeBackupInput = {}): Promise<TakeBackupResult> {
  const input = parseInput(takeBackupInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  const database = input.database ?? plan.database.name;
  const step = { plan, database, workflowId, runId };
  const facts = { procedure: 'takeBackup', stack: plan.stack.project, database, severity: 'P4', rtoMs: 0 };
  const procedure = new Procedure(facts, steps, plan.zone);
  listAs({ stack: facts.stack, procedure: facts.procedure });
  const content = {
    reason: input.reason,
    fingerprints: input.fingerprints ?? plan.backups.fingerprints,
    ...(input.tiers === undefined ? {} : { tiers: input.tiers }),
  };
  const turn = new BackupTurn(facts.stack, database, (what) => procedure.phase('running', what));
  for (let round = 1; ; round += 1) {
    try {
      await turn.come();
      const result = await oneRound(procedure, { ...step, round }, content);
      procedure.phase('completed');
      return result;
    } catch (error) {
      const { code, message, hints } = fromFailure(error);
      const again = !isCancellation(error) && round < rounds && (code === 'CONNECTION_LOST' || code === 'JOB_LOST');
      if (!again) {
        const cancelled = isCancellation(error);
        await CancellationScope.nonCancellable(async () => procedure.phase(cancelled ? 'cancelled' : 'failed', message));
        if (cancelled) throw error;
        throw failure(code, message, { state: 'No backup was made; earlier ones are untouched.', hints });
      }
      log.warn(`begins again with a new snapshot: ${message}`, { round });
      await sleep(betweenRounds, { summary: 'waits before it begins again with a new snapshot' });
    }
  }
}

async function oneRound(procedure: Procedure, step: Round, content: Content): Promise<TakeBackupResult> {
  let partial: Parameters<typeof act.removePartial>[0] | null = step;
  try {
    const snapshot = await procedure.step('snapshot', () => look.openSnapshot(step), {
      note: (found) => `${found.id}, ${found.takenAt}`,
    });
    const whole = { ...step, snapshot, ...content };
    partial = whole;
    await together(
      () => procedure.step('dump', () => once.dumpDatabase(whole), { note: (found) => `${found.tables} tables` }),
      () =>
        procedure.step('globals', () => once.dumpGlobals(whole), {
          note: (found) => (found.passwords ? 'with passwords' : 'without passwords: only a superuser can read them'),
        }),
      () =>
        procedure.step('describe', () => once.describeContent(whole), {
          note: (found) => `${found.rows} rows in ${found.tables} tables`,
        }),
    );
    const result = await procedure.step('finish', () => once.finishBackup(whole), {
      note: (found) => `${found.id}, ${bytes(found.bytes)}`,
    });
    partial = null;
    return result;
  } finally {
    const left = partial;
    await CancellationScope.nonCancellable(() => tidy(step, left));
  }
}

/** Lets the snapshot go and removes what is left. It must not turn a backup that is whole into a failure: `doctor` finds the rest. */
async function tidy(step: Round, left: Parameters<typeof act.removePartial>[0] | null): Promise<void> {
  const done = await Promise.allSettled([
    act.closeSnapshot(step),
    act.removeJobs(step),
    ...(left === null ? [] : [act.removePartial(left)]),
  ]);
  for (const each of done)
    if (each.status === 'rejected') log.warn(`clean-up is not complete: ${fromFailure(each.reason).message}`);
}
