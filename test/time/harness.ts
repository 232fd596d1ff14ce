/**
 * A Temporal server with activities that only write down that they were called: what is tested here is how the procedures wait,
 * decide, fail and are cancelled. That the activities do what they say is shown in test/integration.
 */
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { SendInput } from '../../src/activities/channels/send-message.ts';
import type { Activities } from '../../src/activities/index.ts';
import type { SentMessage } from '../../src/channels/contract.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { ErrorCode } from '../../src/errors/table.ts';
import { type PlanInput, planSchema } from '../../src/plan/schema.ts';
import { ownIdentity } from '../../src/worker/identity.ts';
import { workflowBundle } from '../../src/worker/package-root.ts';
import { searchAttributeNames } from '../../src/workflows/contract.ts';
import { messagesQueueOf } from '../../src/workflows/task-queues.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { plan as planOfScene, well } from '../unit/diagnosis/scene.ts';
import { deploymentAnswers } from './deployment-answers.ts';
import { drillAnswers } from './drill-answers.ts';

let isQuiet = false;

function quieten(): void {
  if (!isQuiet) Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  isQuiet = true;
}

async function startClock(): Promise<TestWorkflowEnvironment> {
  const program = fileURLToPath(new URL('../../.kintsugi/tools/bin/temporal-test-server', import.meta.url));
  const clock = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: program } },
  });
  await clock.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      searchAttributeNames.map((name) => [name, temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD]),
    ),
  });
  return clock;
}

type Fake = (input: never) => unknown;

/** Activities that are no steps: what they are asked is looked at by other means. */
const aside = new Set(['readPlan', 'recordDecisions', 'recordIncident', 'writeIncidentReport', 'expectedTimes', 'sendMessage']);

export interface Rehearsal {
  readonly clock: TestWorkflowEnvironment;
  readonly taskQueue: string;
  /** Names of the activities that were called, in order; those that are no steps are left out. */
  readonly calls: string[];
  /** What an activity was last called with. */
  readonly input: (activity: keyof Activities) => unknown;
  /** Replaces an activity. */
  fake(activity: keyof Activities, fake: Fake): void;
  /** Lets an activity fail for good. */
  failAt(activity: keyof Activities, code: ErrorCode): void;
  /** Lets an activity work until it is cancelled. @returns when it has begun. */
  holdAt(activity: keyof Activities): Promise<void>;
  /** Runs a worker for as long as `use` takes, and ends the clock then. */
  run<T>(use: () => Promise<T>): Promise<T>;
}

/**
 * Each test has a server of its own: on a shared clock, time stands still while what another test left behind waits for its worker.
 *
 * @param name of the stack.
 * @param server `skipping` jumps over waiting. `real` is for what cancels steps that run side by side: when an activity ends at
 *   the instant in which the workflow asks it to stop, the skipping server (1.40.0) writes that it was cancelled without that
 *   having been asked, drops the workflow task, and the run hangs.
 */
export async function rehearse(
  name: string,
  plan: Partial<PlanInput> = {},
  server: 'skipping' | 'real' = 'skipping',
): Promise<Rehearsal> {
  quieten();
  const clock = await (server === 'real' ? startTemporal() : startClock());
  const calls: string[] = [];
  const inputs = new Map<string, unknown>();
  const fakes: Record<string, Fake> = answers(name, plan);
  const activities = Object.fromEntries(
    Object.keys(fakes).map((activity) => [
      activity,
      async (input: never) => {
        if (!aside.has(activity)) calls.push(activity);
        inputs.set(activity, input);
        return fakes[activity]?.(input);
      },
    ]),
  );
  const taskQueue = `kintsugi-${name}`;
  const worker = await Worker.create({
    connection: clock.nativeConnection,
    taskQueue,
    activities,
    // The command line looks for a worker of ours before it starts anything.
    identity: ownIdentity(),
    workflowBundle: { codePath: workflowBundle },
    maxHeartbeatThrottleInterval: '50ms',
    defaultHeartbeatThrottleInterval: '50ms',
  });
  // Without it, time would stand still while the incident of a recovery waits for its messages.
  const messenger = await Worker.create({
    connection: clock.nativeConnection,
    taskQueue: messagesQueueOf({ stack: { project: name }, temporal: {} }),
    activities: Object.fromEntries(['sendMessage'].map((activity) => [activity, (input: never) => fakes[activity]?.(input)])),
  });
  return {
    clock,
    taskQueue,
    calls,
    input: (activity) => inputs.get(activity),
    fake(activity, fake) {
      fakes[activity] = fake;
    },
    failAt(activity, code) {
      fakes[activity] = () => {
        throw ApplicationFailure.create({ message: `${activity} failed.`, type: code, nonRetryable: true });
      };
    },
    holdAt(activity) {
      return new Promise((begun) => {
        fakes[activity] = async () => {
          const { cancelled, heartbeat } = Context.current();
          const beat = setInterval(() => heartbeat(), 50);
          begun();
          await cancelled.finally(() => clearInterval(beat));
        };
      });
    },
    run: (use) => worker.runUntil(messenger.runUntil(use())).finally(() => clock.teardown()),
  };
}

/** What the activities of what schedules start answer when all is well. */
const scheduledAnswers: Record<string, Fake> = {
  findDueTiers: () => ({ tiers: ['hourly', 'daily'] }),
  openSnapshot: () => ({ name: 's', takenAt: '2026-11-24T00:00:00.000Z', lsn: '0/1', id: '20261124T000000Z-0001' }),
  dumpDatabase: () => ({ tables: 1 }),
  dumpGlobals: () => ({ passwords: true }),
  describeContent: () => ({ tables: 1, rows: 1 }),
  finishBackup: () => ({ id: '20261124T000000Z-0001', bytes: 1 }),
  closeSnapshot: () => undefined,
  removePartial: () => undefined,
  lookAtAll: () => ({ findings: [], tell: [], recovered: [], record: {} }),
  rememberAudit: () => undefined,
  pingOutside: () => ({ status: 200 }),
  probeChannel: () => ({ ok: true, text: 'well' }),
  checkNewest: () => ({ passed: [], failed: [] }),
  pruneBackups: () => ({ frozen: [], clockDoubted: false, decisions: [] }),
};

/** What the activities of a verification answer: one backup that was never restored. */
const verificationAnswers: Record<string, Fake> = {
  surveyBackups: () => ({
    stored: [
      {
        id: 'b1',
        path: '/b1',
        database: 'shop',
        takenAt: new Date(Date.now() - 60_000).toISOString(),
        bytes: 1,
        tiers: [],
        broken: null,
        standing: { proven: false, fault: null, restoredAt: null, passed: null },
      },
    ],
    deleted: [],
  }),
  checkFiles: () => ({ outcome: 'passed', facts: { id: 'b1', path: '/b1', databaseName: 'shop' } }),
  recordVerification: () => undefined,
  startScratchServer: ({ round }: { round: number }) => ({ container: `server-${round}` }),
  removeScratchServers: () => ({ removed: 1 }),
};

/** What every activity of the procedures answers when all is well. */
function answers(project: string, plan: Partial<PlanInput>): Record<string, Fake> {
  const parsed = planSchema.parse({
    version: 1,
    stack: { project },
    database: { service: 'db', name: 'shop', user: 'admin', password: { env: 'PASSWORD' } },
    health: [{ name: 'api', url: 'http://127.0.0.1:1/' }],
    ...plan,
  } satisfies PlanInput);
  const services = { stopOrder: ['backend'], containers: ['c1'], kept: ['db'], takenOver: [], summary: 'backend' };
  return {
    ...deploymentAnswers(),
    ...drillAnswers(),
    readPlan: () => ({ plan: parsed, planSha256: '0'.repeat(64) }),
    recordDecisions: (input) => input,
    recordIncident: (input) => input,
    writeIncidentReport: () => ({ path: '/incident.html', lines: 0, head: '', denied: {} }),
    expectedTimes: () => ({}),
    sendMessage: ({ message }: SendInput): SentMessage => ({
      key: message.key,
      recipient: message.recipient.id,
      channel: message.channel,
      address: message.address,
      providerId: null,
      outcome: 'accepted',
      why: '',
      at: new Date().toISOString(),
    }),
    describeLock: () => null,
    ...verificationAnswers,
    chooseBackup: () => ({
      id: 'b1',
      path: '/b1',
      kind: 'kintsugi',
      bytes: 1,
      takenAt: '2026-11-24T00:00:00.000Z',
      checkedBy: ['sha256'],
    }),
    clearLeftovers: () => ({ done: [], left: [] }),
    preflight: () => ({ summary: 'all well', liveBytes: 1 }),
    findDependents: () => services,
    stopServices: () => ({ stopped: 1 }),
    fence: () => ({ existed: true, sessionsEnded: 2 }),
    openBackup: () => ({ kind: 'directory', archive: '/b1/data' }),
    closeBackup: () => ({ removed: false }),
    dropLive: () => ({ dropped: true }),
    restoreBeside: () => ({ rounds: 1 }),
    verifyRestored: () => ({ summary: 'all equal', limited: false, comment: null }),
    analyze: () => ({ tables: 3, refused: [] }),
    swap: (input: { until: string }) => ({ replaced: 'shop_replaced', until: input.until, statements: [] }),
    startServices: () => ({ started: 1 }),
    checkHealth: () => ({ summary: 'api 200' }),
    removeJobs: () => ({ removed: 1 }),
    liftFence: () => ({ lifted: true }),
    dropScratch: () => ({ dropped: true }),
    writeReport: () => ({ path: '/report.html' }),
    findDeleted: () => ({
      backup: 'b1',
      takenAt: '2026-11-24T00:00:00.000Z',
      why: 'the newest that has them',
      missing: [{ table: 'public.timer_cards', now: 5, had: 9 }],
      written: null,
      exists: true,
    }),
    holdWrites: () => ({ existed: true, sessionsEnded: 0, statements: [] }),
    releaseWrites: () => ({ released: true }),
    findReplaced: () => ({ name: 'shop_replaced', database: 'shop', until: '2026-12-01T00:00:00.000Z' }),
    swapBack: (input: { until: string }) => ({ replaced: 'shop_undone', until: input.until, statements: [] }),
    dropReplaced: () => ({ dropped: true }),
    ...scheduledAnswers,
    ...stackAnswers(),
  };
}

/** What the activities on a whole stack answer when one container of three is down. */
function stackAnswers(): Record<string, Fake> {
  const facts = well();
  const disks = { freed: [], bytes: 0, disks: facts.disks, short: [], summary: 'enough is free' };
  return {
    surveyStack: () => ({
      ...facts,
      containers: facts.containers.map((each) =>
        each.service === 'frontend' ? { ...each, state: 'exited', exitCode: 1 } : each,
      ),
    }),
    planFreeDisk: () => disks,
    freeDisk: () => disks,
    restartDocker: () => ({ restarted: true, version: '20.10' }),
    mendNetworks: () => ({ created: [], made: [], connected: [], summary: 'all are there' }),
    startStack: () => ({
      started: ['shop-frontend-1'],
      up: 4,
      left: [],
      crashRecovery: null,
      summary: '4 containers up, 1 started',
    }),
    restartServices: () => ({ stopped: [] }),
    readRestarts: () => [],
    keepReserve: () => ({ state: 'not wanted', path: null }),
    diagnoseStack: () => diagnose(facts, planOfScene),
  };
}
