import { describe, expect, test } from 'vitest';
import { causeOf, loopOf } from '../../../src/diagnosis/crash.ts';
import { enoughFree, isFull, isShort, nameDisk } from '../../../src/diagnosis/disk.ts';
import { dependentsOn, downOf, isOutlived, neededBy } from '../../../src/diagnosis/down.ts';
import { container, well } from './scene.ts';

test.each([
  [{ state: 'exited', exitCode: 137, outOfMemory: true }, /^out of memory/],
  [{ state: 'exited', exitCode: 137 }, /^killed with SIGKILL/],
  [{ state: 'restarting', exitCode: 1 }, /^it ended with exit 1, restarting$/],
  [{ state: 'exited', exitCode: 139 }, /SIGSEGV/],
  [{ state: 'exited', exitCode: 127 }, /can’t be run/],
  [{ state: 'exited', exitCode: 0 }, /without an error/],
  [{ state: 'running', health: 'unhealthy', healthSaid: 'no answer\nat all' }, /^its health test fails: no answer$/],
  [{ state: 'exited', exitCode: 128, error: 'network abc not found' }, /could not be started: network abc not found/],
  [{ state: 'created', health: 'none' }, /never started/],
] as const)('%o', (changes, said) => {
  expect(causeOf(container('web', { health: 'none', ...changes }))).toMatch(said);
});

describe('a loop', () => {
  const policy = { restarts: 3, within: '10m' };
  const now = Date.parse('2026-11-23T17:51:00.000Z');
  const at = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString();
  const seen = (changes: Parameters<typeof container>[1], ours: readonly { service: string; at: string }[] = []) =>
    loopOf(container('web', changes), policy, ours, now);

  test('many restarts and a short last run', () => {
    expect(seen({ state: 'restarting', restarts: 5, startedAt: at(4), finishedAt: at(2) })).toBe(
      'Docker restarted it 5 times; the last time it ran for 2 s',
    );
    expect(seen({ restarts: 3, startedAt: at(30), finishedAt: at(31) })).not.toBeNull();
  });
  test('restarts of long ago are none', () => {
    expect(seen({ restarts: 30, startedAt: at(86_400), finishedAt: at(86_401) })).toBeNull();
    expect(seen({ state: 'exited', restarts: 4, startedAt: at(7_200), finishedAt: at(10) })).toBeNull();
  });
  test('restarts by Kintsugi count, of this service and of this time', () => {
    const three = [1, 100, 500].map((seconds) => ({ service: 'web', at: at(seconds) }));
    expect(seen({ state: 'exited' }, three)).toMatch(/^Kintsugi restarted it 3 times/);
    expect(
      seen({ state: 'exited' }, [...three.slice(1), { service: 'db', at: at(1) }, { service: 'web', at: at(700) }]),
    ).toBeNull();
  });
});

test('what ends by design is not down, and what has no container is', () => {
  const facts = well({ containers: well().containers.filter(({ service }) => service !== 'redis') });
  expect(downOf(facts)).toEqual({ containers: [], missing: ['redis'] });
  expect(dependentsOn(facts, ['redis'])).toEqual(['backend', 'frontend']);
  expect(neededBy(facts, 'frontend')).toEqual(['db', 'redis', 'backend']);
  expect(neededBy(facts, 'db')).toEqual([]);
});

test('how much of a disk is to be free: what the plan wants, on a small one a tenth', () => {
  const disk = { totalBytes: 300 * 2 ** 20, freeBytes: 25 * 2 ** 20 };
  expect(enoughFree(disk, '1GB')).toBe(30 * 2 ** 20);
  expect(enoughFree({ totalBytes: 2 ** 40 }, '1GB')).toBe(2 ** 30);
  expect([isShort(disk, '1GB'), isFull(disk), isFull({ freeBytes: 0 })]).toEqual([true, false, true]);
  expect(nameDisk({ of: ['the database', 'Docker', 'the backups'], path: '/' })).toBe(
    'the disk of the database, Docker and the backups (/)',
  );
});

test('what ran once and failed is history once all that waits for it was started since', () => {
  const once = { service: 'importer', startedAt: '2026-11-23T10:00:00.5Z' };
  const service = (name: string, needs: Record<string, string>) => ({ name, runOnce: false, replicas: 1, needs });
  const services = [service('backend', { importer: 'service_completed_successfully' }), service('frontend', { backend: 'x' })];
  const at = (startedAt: string) => [{ service: 'backend', startedAt }];
  expect(isOutlived(once, { services, containers: at('2026-11-23T10:00:00.500000001Z') })).toBe(false);
  expect(isOutlived(once, { services, containers: at('2026-11-23T10:00:01Z') })).toBe(true);
  expect(isOutlived(once, { services, containers: at('0001-01-01T00:00:00Z') })).toBe(false);
  expect(isOutlived(once, { services: [], containers: [] })).toBe(false);
});
