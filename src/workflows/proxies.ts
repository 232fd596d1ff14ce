/**
 * The activities, with the time each kind may take. Every kind has an overall budget: Temporal's default would retry a fault
 * for ever and look alive.
 */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { nonRetryableCodes } from '../errors/table.ts';

const retry = {
  initialInterval: '500ms',
  backoffCoefficient: 1.5,
  maximumInterval: '10s',
  nonRetryableErrorTypes: nonRetryableCodes(),
} as const;

// A step that is asked to stop is waited for: what undoes it must not run beside it, nor be overtaken by it.
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

// Before anything is touched a server that is down is an answer; afterwards it is waited for.
const atOnce = [...nonRetryableCodes(), 'DATABASE_SERVER_DOWN'];

/** Looks before anything is touched: gives up soon, so that the person hears of it. */
export const look = proxyActivities<Activities>({
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '6m',
  heartbeatTimeout: '2m',
  retry: { ...retry, nonRetryableErrorTypes: atOnce, maximumAttempts: 5 },
  cancellationType,
});

/** Reads a whole backup before anything is touched: it may take long, but what a few tries do not mend is said soon. */
export const check = proxyActivities<Activities>({
  startToCloseTimeout: '24h',
  scheduleToCloseTimeout: '36h',
  heartbeatTimeout: '10s',
  retry: { ...retry, nonRetryableErrorTypes: atOnce, maximumAttempts: 8 },
  cancellationType,
});

/** Acts that outlive a restart of the worker, of Docker and of the database: retried for half an hour. */
export const act = proxyActivities<Activities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType,
});

/** Writes a report. It must not hold an incident up for long: `kintsugi report` makes it as well. */
export const paper = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '5m',
  retry,
  cancellationType,
});

/** Long tools in job containers; the heartbeat sets how soon a dead worker is noticed. */
export const long = proxyActivities<Activities>({
  startToCloseTimeout: '24h',
  scheduleToCloseTimeout: '36h',
  heartbeatTimeout: '10s',
  retry,
  cancellationType,
});

/** Long tools that need the snapshot of their round: joined after a worker's death, but with the snapshot gone a retry is of no use. */
export const once = proxyActivities<Activities>({
  startToCloseTimeout: '24h',
  scheduleToCloseTimeout: '36h',
  heartbeatTimeout: '10s',
  retry: { ...retry, nonRetryableErrorTypes: [...atOnce, 'CONNECTION_LOST', 'JOB_LOST'] },
  cancellationType,
});

/** Looks at the engine and acts on it, of a procedure that can bring the engine back itself: that it is down is an answer here. */
export const engine = proxyActivities<Activities>({
  startToCloseTimeout: '24h',
  scheduleToCloseTimeout: '36h',
  heartbeatTimeout: '15s',
  retry: { ...retry, nonRetryableErrorTypes: [...nonRetryableCodes(), 'DOCKER_UNREACHABLE'], maximumAttempts: 20 },
  cancellationType,
});

/** Brings the engine back: a command that failed a few times won't help, and a person has to hear of it. */
export const daemon = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '20m',
  heartbeatTimeout: '15s',
  retry: { ...retry, maximumAttempts: 3 },
  cancellationType,
});
