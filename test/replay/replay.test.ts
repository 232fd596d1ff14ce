import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { workflowBundle } from '../../src/worker/package-root.ts';
import { historyFolder } from './histories.ts';

interface RecordedEvent {
  readonly eventType: string;
  readonly activityTaskScheduledEventAttributes?: { activityType: { name: string } };
}

const options = { workflowBundle: { codePath: workflowBundle } };
const names = readdirSync(historyFolder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => path.basename(name, '.json'));
const recorded = (name: string) =>
  JSON.parse(readFileSync(path.join(historyFolder, `${name}.json`), 'utf8')) as { events: RecordedEvent[] };

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
      'drill-cancelled',
      'drill-failed',
      'drill-passed',
      'incident-continued',
      'incident-explained',
      'incident-unanswered',
      'restore-approved',
      'restore-cancelled',
      'restore-completed',
      'restore-failed',
      'restore-planned',
      'restore-refused',
      'restore-resumed',
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
