import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { workflowBundle } from '../../src/worker/package-root.ts';
import { historyNames, readHistory } from './histories.ts';

interface RecordedEvent {
  readonly eventType: string;
  readonly activityTaskScheduledEventAttributes?: { activityType: { name: string } };
}

const options = { workflowBundle: { codePath: workflowBundle } };
const names = historyNames();
const recorded = (name: string) => readHistory(name) as { events: RecordedEvent[] };

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
});

describe('the workflows of today go on with what was recorded', () => {
  test.each(names)('%s', async (name) => {
    const results = [];
    for await (const result of Worker.runReplayHistories(options, [{ workflowId: name, history: recorded(name) }]))
      results.push(result);
    expect(results).toHaveLength(1);
    expect(results[0]?.error).toBeUndefined();
  });
});

test('every kind of end is among them', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'cascade-completed',
      'code-completed',
      'code-undone',
      'corruption-repaired',
      'corruption-restored',
      'deletion-cancelled',
      'deletion-completed',
      'drill-cancelled',
      'drill-failed',
      'drill-passed',
      'incident-continued',
      'incident-explained',
      'incident-unanswered',
      'migration-cancelled',
      'migration-retried',
      'repair-completed',
      'repair-undone',
      'restore-approved',
      'restore-cancelled',
      'restore-completed',
      'restore-failed',
      'restore-planned',
      'restore-refused',
      'restore-resumed',
      'service-completed',
      'take-backup',
      'undo-completed',
    ]),
  );
});

test('a history that another code wrote is noticed', async () => {
  const history = recorded('restore-completed');
  const swap = history.events.find((event) => event.activityTaskScheduledEventAttributes?.activityType.name === 'swap');
  if (swap?.activityTaskScheduledEventAttributes === undefined) throw new Error('the recorded recovery swaps nothing');
  swap.activityTaskScheduledEventAttributes.activityType.name = 'drop';
  await expect(Worker.runReplayHistory(options, history)).rejects.toThrow(/Nondeterminism/i);
});
