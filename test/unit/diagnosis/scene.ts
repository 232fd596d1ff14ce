import type { ContainerFacts, Observed } from '../../../src/diagnosis/facts.ts';
import type { DiagnosisPlan } from '../../../src/diagnosis/signs.ts';
import { planSchema } from '../../../src/plan/schema.ts';

export const plan: DiagnosisPlan & { zone: string } = planSchema.parse({
  version: 1,
  zone: 'Asia/Tokyo',
  stack: { project: 'shop' },
  database: { name: 'shop', user: 'admin' },
  migrations: { service: 'backend' },
});

export function container(service: string, changes: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    id: service,
    name: `shop-${service}-1`,
    service,
    state: 'running',
    health: 'healthy',
    exitCode: 0,
    outOfMemory: false,
    error: '',
    restarts: 0,
    startedAt: '2026-11-23T10:00:00.000Z',
    finishedAt: '0001-01-01T00:00:00Z',
    healthSaid: null,
    lastWords: [],
    ...changes,
  };
}

/** Everything runs, and 02:51 of the night in Tokyo it is. */
export function well(changes: Partial<Observed> = {}): Observed {
  const gigabyte = 2 ** 30;
  return {
    at: '2026-11-23T17:51:00.000Z',
    docker: { answers: true, why: null },
    composeProblem: null,
    services: [
      { name: 'db', runOnce: false, replicas: 1, needs: {} },
      { name: 'redis', runOnce: false, replicas: 1, needs: {} },
      { name: 'importer', runOnce: true, replicas: 1, needs: { db: 'service_healthy' } },
      { name: 'backend', runOnce: false, replicas: 1, needs: { db: 'service_healthy', redis: 'service_healthy' } },
      { name: 'frontend', runOnce: false, replicas: 1, needs: { backend: 'service_healthy' } },
    ],
    containers: [
      ...['db', 'redis', 'backend', 'frontend'].map((name) => container(name)),
      container('importer', { state: 'exited', health: 'none' }),
    ],
    networks: [{ name: 'shop_internal', exists: true, detached: [] }],
    disks: [
      {
        of: ['the database', 'Docker'],
        path: '/var/lib/docker',
        totalBytes: 100 * gigabyte,
        freeBytes: 60 * gigabyte,
        device: 1,
      },
    ],
    others: [],
    database: {
      problem: null,
      databases: ['postgres', 'shop'],
      open: true,
      connections: { used: 10, most: 97 },
      archiveFailing: null,
      failedChecks: [],
      invalidIndexes: [],
      migration: ['0005'],
    },
    migrationHeads: ['0005'],
    newCode: [],
    symptoms: [],
    lastCommitAt: null,
    backups: { newest: { id: 'b1', takenAt: '2026-11-23T17:00:00.000Z', bytes: 1 }, broken: [], problem: null },
    health: [{ name: 'api', url: 'http://127.0.0.1/', ok: true, answer: '200' }],
    ...changes,
  };
}
