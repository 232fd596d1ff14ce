import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, executeChild, isCancellation, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { incidentId } from '../incident/contract.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { type BackupFinding, judgeBackups, type StoredBackup, subjects } from '../verification/judge.ts';
import { chooseByRotation } from '../verification/rotation.ts';
import { type VerifiedBackup, type VerifyBackupsInput, type VerifyBackupsResult, verifyBackupsInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { type ProveResult, proveBackup } from './prove-backup.ts';
import { act, check, look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';

const steps = [
  ['clear', 'clear what terminated verifications left'],
  ['survey', 'look at what is stored'],
  ['files', 'checksums and listings'],
] as const;

/** A run a day. */
const interval = milliseconds('24h');

type Step = Parameters<typeof act.removeJobs>[0];
type Facts = Parameters<typeof proveBackup>[0]['facts'];

/**
 * Shows that the stored backups can be relied on: the files of each are read, and by rotation each is restored on a scratch server and
 * compared in full, the newest at once. What is missing, late, small, damaged or can't be restored opens an incident.
 *
 * @param rawInput without a backup all are verified.
 */
export async function verifyBackups(rawInput: VerifyBackupsInput = {}): Promise<VerifyBackupsResult> {
  const input = parseInput(verifyBackupsInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  const { project } = plan.stack;
  const step: Step = { plan, database: plan.database.name, workflowId, runId };
  const procedure = new Procedure(
    { procedure: 'verifyBackups', stack: project, database: step.database, severity: 'P4', rtoMs: 0 },
    steps,
    plan.zone,
  );
  listAs({ stack: project, procedure: 'verifyBackups' });
  try {
    const result = await new Verification(procedure, step).run(input.backup ?? null, input.restore);
    const bad = result.findings.length;
    procedure.phase(
      'completed',
      bad === 0 ? 'All is well with the backups.' : result.findings.map(({ problem }) => `- ${problem}`).join('\n'),
    );
    return result;
  } catch (error) {
    const { code, message, hints } = fromFailure(error);
    const cancelled = isCancellation(error);
    await CancellationScope.nonCancellable(async () => procedure.phase(cancelled ? 'cancelled' : 'failed', message));
    if (cancelled) throw error;
    throw failure(code, message, { state: 'No backup was changed.', hints });
  }
}

class Verification {
  readonly #procedure: Procedure;
  readonly #step: Step;
  readonly #plan: Plan;
  readonly #files = new Map<string, VerifiedBackup['files']>();
  readonly #proofs = new Map<string, ProveResult>();
  readonly #facts = new Map<string, Facts>();
  readonly #notProven: { id: string; why: string }[] = [];

  constructor(procedure: Procedure, step: Step) {
    this.#procedure = procedure;
    this.#step = step;
    this.#plan = step.plan;
  }

  async run(wanted: string | null, restore: boolean): Promise<VerifyBackupsResult> {
    const procedure = this.#procedure;
    await procedure.step('clear', () => act.clearLeftovers({ ...this.#step, scope: 'unlocked' }), {
      note: ({ done, left }) => [...done, ...left.map((what) => `could not: ${what}`)].join('; ') || 'nothing was left',
    });
    const { stored } = await procedure.step('survey', () => look.surveyBackups({ plan: this.#plan }), {
      note: (found) => `${found.stored.length} backups`,
    });
    const chosen = wanted === null ? stored : [named(stored, wanted)];
    await procedure.step('files', () => this.#checkFiles(chosen), {
      note: () => `${[...this.#files.values()].filter((files) => files === 'passed').length} of ${chosen.length} are whole`,
    });
    const sound = chosen.filter(({ id }) => this.#facts.has(id));
    const queue = sound.map(({ id, database, takenAt, standing }) => ({
      id,
      database: database ?? '',
      takenAt: Date.parse(takenAt),
      restoredAt: standing.restoredAt,
    }));
    const { every, restores } = this.#plan.verification;
    const rules = { every: milliseconds(every), restores, interval };
    const turn = wanted === null ? chooseByRotation(queue, rules, Date.now()) : queue;
    if (restore) await this.#prove(turn.map(({ id }) => id));
    procedure.add([['judge', 'judge what is stored']]);
    const findings = await procedure.step('judge', () => this.#judge(stored), {
      note: (found) => (found.length === 0 ? 'all is well' : `${found.length} findings, each an incident`),
    });
    return { backups: chosen.map(({ id }) => this.#resultOf(id)), findings };
  }

  async #checkFiles(chosen: readonly StoredBackup[]): Promise<void> {
    // One after the other: it is the disk that is slow, and production reads it too.
    for (const { id, path, database } of chosen) {
      try {
        const found = await check.checkFiles({ ...this.#step, database: database ?? this.#plan.database.name, path });
        this.#files.set(id, found.outcome);
        if (found.outcome === 'passed') this.#facts.set(id, found.facts);
      } catch (error) {
        if (isCancellation(error)) throw error;
        this.#files.set(id, 'notChecked');
        this.#notProven.push({ id, why: fromFailure(error).message });
      }
    }
  }

  async #prove(ids: readonly string[]): Promise<void> {
    this.#procedure.add(ids.map((id) => [`restore ${id}`, `restore ${id}`] as const));
    for (const id of ids) {
      const facts = this.#facts.get(id);
      if (facts === undefined) continue;
      const proof = await this.#procedure.step(`restore ${id}`, () => this.#proveOne(facts), {
        note: (found) =>
          found.outcome === 'passed' ? found.text : `${found.outcome === 'failed' ? 'bad' : 'not done'}: ${found.text}`,
      });
      this.#proofs.set(id, proof);
      if (proof.outcome === 'notDone') this.#notProven.push({ id, why: proof.text });
    }
  }

  async #proveOne(facts: Facts): Promise<ProveResult> {
    try {
      return await executeChild(proveBackup, {
        workflowId: `prove-${this.#plan.stack.project}-${facts.id}`,
        args: [{ plan: this.#plan, facts }],
        // It removes its server itself.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `Restores ${facts.id} on a scratch server`,
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      const another = error instanceof WorkflowExecutionAlreadyStartedError;
      const text = another ? 'another run restores it' : fromFailure(error).message;
      return { id: facts.id, outcome: 'notDone', code: null, text, durationMs: 0 };
    }
  }

  /** Looks again at what is stored, now with the results of this run, and tells the incidents. */
  async #judge(before: readonly StoredBackup[]): Promise<BackupFinding[]> {
    const { stored, deleted } = await look.surveyBackups({ plan: this.#plan });
    const there = new Set([...stored.map(({ id }) => id), ...deleted]);
    const vanished = before.map(({ id }) => id).filter((id) => !there.has(id));
    const findings = judgeBackups(this.#plan, { stored, vanished, notProven: this.#notProven }, Date.now());
    const { project } = this.#plan.stack;
    for (const { subject, severity, problem, impact } of findings) {
      const text = problem.length > 500 ? `${problem.slice(0, 499)}…` : problem;
      await reportProblem(incidentId(project, subject), { problem: text, severity, impact, openedBy: 'verifyBackups' });
    }
    for (const subject of subjects) {
      // The audit tells when the backups are in time again.
      if (subject === 'backups' || findings.some((finding) => finding.subject === subject)) continue;
      await reportRecovered(incidentId(project, subject), 'verifyBackups', 'it is well again');
    }
    return findings;
  }

  #resultOf(id: string): VerifiedBackup {
    const proof = this.#proofs.get(id);
    const why = proof?.outcome === 'passed' ? null : (proof?.text ?? this.#notProven.find((each) => each.id === id)?.why ?? null);
    return { id, files: this.#files.get(id) ?? 'notChecked', restore: proof?.outcome ?? null, why };
  }
}

/** @throws a failure BACKUP_MISSING, or INVALID_INPUT where several begin so. */
function named(stored: readonly StoredBackup[], wanted: string): StoredBackup {
  const [only, ...more] = stored.filter(({ id }) => id.startsWith(wanted));
  if (only !== undefined && more.length === 0) return only;
  const hints = ['kintsugi backup list'];
  if (only === undefined) throw failure('BACKUP_MISSING', `There is no backup ${wanted} of this stack.`, { hints });
  throw failure('INVALID_INPUT', `${wanted} is the beginning of ${more.length + 1} backups.`, { hints });
}
