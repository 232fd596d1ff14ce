import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../../src/activities/index.ts';
import type { RestoreSource } from '../../../src/activities/postgres/restore.ts';
import type { VerifyEvidence } from '../../../src/activities/postgres/verify.ts';
import type { BackupFacts } from '../../../src/catalog/facts.ts';
import { createRedactor } from '../../../src/evidence/redact.ts';
import { loadPlan } from '../../../src/plan/load.ts';
import type { Plan } from '../../../src/plan/schema.ts';
import { createContext } from '../../../src/worker/context.ts';
import type { TakeBackupResult } from '../../../src/workflows/contract.ts';

// An activity that fails is what some tests are about.
const logger = new DefaultLogger('ERROR');

type Activities = ReturnType<typeof createActivities>;
type Name = keyof Activities;

/** The steps of a recovery on a real stack, one by one and without Temporal: a test can look or meddle between them. */
export class Steps {
  readonly #activities: Activities;
  readonly #step: Parameters<Activities['analyze']>[0];

  private constructor(activities: Activities, step: Parameters<Activities['analyze']>[0]) {
    this.#activities = activities;
    this.#step = step;
  }

  /** @param database the one that is backed up or restored. @param changes parts of the plan to be otherwise. */
  static async open(plan: string, database: string, changes: Partial<Plan> = {}): Promise<Steps> {
    const loaded = await loadPlan(plan);
    const activities = createActivities(createContext(loaded, createRedactor()));
    const runId = randomUUID();
    return new Steps(activities, { plan: { ...loaded.plan, ...changes }, database, workflowId: `steps-${runId}`, runId });
  }

  /** Name of the database that this run restores into. */
  get scratch(): string {
    return `${this.#step.database}_restoring_${this.#step.runId.slice(-8)}`;
  }

  /** Runs one activity as a worker would. */
  async run<N extends Name>(name: N, input: object = {}): Promise<Awaited<ReturnType<Activities[N]>>> {
    const work = this.#activities[name] as (input: object) => Promise<unknown>;
    const environment = new MockActivityEnvironment({}, { logger });
    const result: unknown = await environment.run(() => work({ ...this.#step, ...input }));
    return result as Awaited<ReturnType<Activities[N]>>;
  }

  async takeBackup(): Promise<TakeBackupResult> {
    const round = { round: 1 };
    const snapshot = await this.run('openSnapshot', round);
    const whole = { ...round, snapshot, fingerprints: true, reason: 'test' };
    await Promise.all([this.run('dumpDatabase', whole), this.run('dumpGlobals', whole), this.run('describeContent', whole)]);
    const taken = await this.run('finishBackup', whole);
    await this.run('closeSnapshot', round);
    await this.run('removeJobs');
    return taken;
  }

  /** Chooses a backup and restores it beside the live database, as far as the verification. */
  async restore(wanted: string): Promise<{ facts: BackupFacts; source: RestoreSource }> {
    const facts = await this.run('chooseBackup', { wanted, allowOtherDatabase: false });
    const source = await this.run('openBackup', { facts });
    await this.run('restoreBeside', { source });
    return { facts, source };
  }

  verify(restored: { facts: BackupFacts; source: RestoreSource }, skipChecks = true): Promise<VerifyEvidence> {
    return this.run('verifyRestored', { ...restored, skipChecks });
  }

  /** Takes away what `restore` made. */
  async clear(): Promise<void> {
    await this.run('dropScratch');
    await this.run('closeBackup');
    await this.run('removeJobs');
  }
}
