import { expect, test } from 'vitest';
import { servicesInOrder, startLevels } from '../../../src/activities/docker/start-order.ts';
import { crashRecoveryIn } from '../../../src/activities/postgres/crash-recovery.ts';
import { isNamed } from '../../../src/activities/reclaim/docker-things.ts';

test('an image that the Compose file names is never taken, by tag, id or digest', () => {
  const id = `sha256:${'a'.repeat(64)}`;
  const digest = `shop/web@sha256:${'b'.repeat(64)}`;
  const image = { Id: id, RepoTags: ['shop/web:latest'], RepoDigests: [digest] };
  const model = (name: string) => ({ name: 'shop', services: { web: { image: name } } });
  for (const name of ['shop/web:latest', 'shop/web', id, digest, `other/name@sha256:${'b'.repeat(64)}`])
    expect(isNamed(model(name), image), name).toBe(true);
  for (const name of ['shop/web:2', 'shop/other', `x@sha256:${'c'.repeat(64)}`])
    expect(isNamed(model(name), image), name).toBe(false);
});

test('services start after what they need; those of one level need none of the others', () => {
  const on = (...names: string[]) => ({
    depends_on: Object.fromEntries(names.map((name) => [name, { condition: 'service_healthy' }])),
  });
  const services = servicesInOrder(
    { name: 'x', services: { web: on('api'), api: on('db', 'cache', 'elsewhere'), db: {}, cache: {}, tool: on('db') } },
    ['tool'],
  );
  expect(startLevels(services).map((level) => level.map(({ name }) => name))).toEqual([
    ['cache', 'db'],
    ['api', 'tool'],
    ['web'],
  ]);
  expect(services.find(({ name }) => name === 'tool')).toMatchObject({ runOnce: true, needs: { db: 'service_healthy' } });
});

test('a log tells of the last recovery after a crash', () => {
  const log = [
    'LOG:  database system was interrupted; last known up at 2026-11-24 01:00:00 UTC',
    'LOG:  database system was not properly shut down; automatic recovery in progress',
    'LOG:  redo starts at 0/15D4F28',
    'LOG:  redo in progress, elapsed time: 10.00 s, current LSN: 0/2A4F28',
  ];
  expect(crashRecoveryIn(log)).toEqual({
    redoFrom: '0/15D4F28',
    redoTo: null,
    progress: 'redo in progress, elapsed time: 10.00 s, current LSN: 0/2A4F28',
    done: false,
  });
  const ended = crashRecoveryIn([
    ...log,
    'LOG:  redo done at 0/3F00 system usage: …',
    'LOG:  database system is ready to accept connections',
  ]);
  expect(ended).toMatchObject({ redoTo: '0/3F00', done: true });
  expect(
    crashRecoveryIn(['LOG:  database system was shut down at …', 'LOG:  database system is ready to accept connections']),
  ).toBeNull();
});
