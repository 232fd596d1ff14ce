import { describe, expect, test } from 'vitest';
import { confidenceOf, diagnose, rank, sayDiagnosis } from '../../../src/diagnosis/diagnose.ts';
import type { Observed, Remedy, SymptomSeen } from '../../../src/diagnosis/facts.ts';
import { container, plan, well } from './scene.ts';

const failing = [{ name: 'api', url: 'http://127.0.0.1/', ok: false, answer: '503' }];
const replaced = (changed: ReturnType<typeof container>[]) => [
  ...well().containers.filter(({ service }) => !changed.some((other) => other.service === service)),
  ...changed,
];
const symptom = (name: string, service: string, count: number, changes: Partial<SymptomSeen> = {}): SymptomSeen => ({
  symptom: name,
  service,
  count,
  firstAt: '2026-11-23T17:51:00.000Z',
  lastAt: '2026-11-23T17:51:00.000Z',
  line: 'FATAL: …',
  ...changes,
});
const database = (changes: Partial<Observed['database']>) => ({ database: { ...well().database, ...changes } });

test('when nothing is wrong, nothing is suggested', () => {
  expect(diagnose(well(), plan)).toMatchObject({ well: true, wrong: [], likely: null, suggestions: [] });
});

describe('each disaster of the document leads to its procedure', () => {
  const scenes: readonly (readonly [string, Partial<Observed>, Remedy])[] = [
    [
      'the database was dropped: its clients are only followers',
      {
        ...database({ databases: ['postgres'], open: null }),
        containers: replaced([container('backend', { health: 'unhealthy' }), container('frontend', { state: 'restarting' })]),
        symptoms: [symptom('databaseMissing', 'db', 212), symptom('relationMissing', 'backend', 9)],
        health: failing,
      },
      'restore',
    ],
    [
      'Docker is down',
      { docker: { answers: false, why: 'it refuses' }, containers: [], networks: [], ...database({ problem: 'Docker' }) },
      'cascade',
    ],
    [
      'all containers are down',
      {
        containers: well().containers.map((each) => ({ ...each, state: 'exited' as const, exitCode: 137 })),
        ...database({ problem: 'down' }),
      },
      'cascade',
    ],
    [
      'what was deployed never becomes healthy',
      {
        containers: replaced([container('backend', { state: 'restarting', exitCode: 1 })]),
        newCode: [{ service: 'backend', commit: '1a2b3c4d5e6f7a8b', at: '2026-11-23T12:00:00.000Z' }],
        health: failing,
      },
      'code',
    ],
    [
      'what was deployed was killed: its code is not why',
      {
        containers: replaced([container('backend', { state: 'exited', exitCode: 137 })]),
        newCode: [{ service: 'backend', commit: '1a2b3c4d5e6f7a8b', at: '2026-11-23T12:00:00.000Z' }],
      },
      'service',
    ],
    [
      'what migrates the schema failed: what waits for it was never started',
      {
        services: well().services.map((each) =>
          each.name === 'backend' ? { ...each, needs: { ...each.needs, importer: 'service_completed_successfully' } } : each,
        ),
        containers: replaced([
          container('importer', { state: 'exited', exitCode: 1 }),
          container('backend', { state: 'created', health: 'none' }),
        ]),
        health: failing,
      },
      'migration',
    ],
    ['the network is gone', { networks: [{ name: 'shop_internal', exists: false, detached: [] }] }, 'cascade'],
    [
      'the disk of the database is full',
      {
        disks: [{ of: ['the database'], path: '/data', totalBytes: 2 ** 30, freeBytes: 0, device: 1 }],
        containers: replaced([container('db', { state: 'restarting', exitCode: 1 })]),
        ...database({ problem: 'restarting' }),
        symptoms: [symptom('diskFull', 'db', 3)],
      },
      'cascade',
    ],
    ['one service crashed', { containers: replaced([container('frontend', { state: 'exited', exitCode: 1 })]) }, 'service'],
    [
      'one service crashed, and what needs it is not well either',
      {
        containers: replaced([
          container('backend', { state: 'exited', exitCode: 137 }),
          container('frontend', { health: 'unhealthy' }),
        ]),
        health: failing,
      },
      'service',
    ],
    ['a page is damaged', { symptoms: [symptom('invalidPage', 'db', 2)] }, 'corruption'],
    [
      'a table is gone',
      { symptoms: [symptom('relationMissing', 'db', 40), symptom('relationMissing', 'backend', 40)] },
      'deletion',
    ],
    ['a migration failed', { symptoms: [symptom('alembic', 'backend', 1)], ...database({ migration: ['0004'] }) }, 'migration'],
    ['two heads', { migrationHeads: ['0005', '0006'] }, 'migration'],
    ['a check fails', database({ failedChecks: [{ name: 'no duplicates', said: 'found 3' }] }), 'repair'],
    ['the backup is too old', { backups: { newest: null, broken: [], problem: null } }, 'backup'],
  ];
  test.each(scenes)('%s', (_title, changes, remedy) => {
    const { suggestions, well: isWell } = diagnose(well(changes), plan);
    expect(isWell).toBe(false);
    expect(suggestions[0]?.remedy).toBe(remedy);
    expect(suggestions[0]?.confidence).toBeGreaterThan(0.5);
  });
});

test('a server that is down is brought up before anything is restored into it', () => {
  const { suggestions } = diagnose(
    well({
      containers: replaced([container('db', { state: 'exited', exitCode: 1 })]),
      ...database({ problem: 'down' }),
      symptoms: [symptom('invalidPage', 'db', 5)],
    }),
    plan,
  );
  expect(suggestions.map(({ remedy }) => remedy)).toEqual(['service', 'corruption']);
});

test('a service that the database does not need waits for the database', () => {
  const { suggestions } = diagnose(
    well({
      ...database({ databases: ['postgres'], open: null }),
      containers: [...well().containers, container('aside', { state: 'restarting', exitCode: 3 })],
      services: [...well().services, { name: 'aside', runOnce: false, replicas: 1, needs: {} }],
    }),
    plan,
  );
  expect(suggestions.map(({ remedy }) => remedy)).toEqual(['restore', 'service']);
});

test('a single duplicate key or deadlock is an ordinary day', () => {
  expect(diagnose(well({ symptoms: [symptom('duplicateKey', 'db', 1), symptom('deadlock', 'db', 1)] }), plan).well).toBe(true);
});

test('names that were not found a while ago are found again, or the log would go on', () => {
  const unknown = (lastAt: string) => diagnose(well({ symptoms: [symptom('hostUnknown', 'backend', 9, { lastAt })] }), plan);
  expect(unknown('2026-11-23T17:50:50.000Z').well).toBe(false);
  expect(unknown('2026-11-23T17:45:00.000Z').well).toBe(true);
});

test('what the log says of a database that is back is over', () => {
  expect(diagnose(well({ symptoms: [symptom('databaseMissing', 'db', 50)] }), plan).well).toBe(true);
});

test('a disk at 80 % is said, and is no emergency', () => {
  const [disk] = well().disks;
  const { suggestions, wrong } = diagnose(well({ disks: [{ ...disk, freeBytes: 15 * 2 ** 30 } as never] }), plan);
  expect(wrong).toEqual(['the disk of the database and Docker (/var/lib/docker) is 85 % full']);
  expect(suggestions).toEqual([]);
});

test('about when the database went, and what a restore loses, is said in the plan’s zone', () => {
  const seen = well({
    at: '2026-11-23T18:20:00.000Z',
    ...database({ databases: ['postgres'], open: null }),
    symptoms: [symptom('databaseMissing', 'db', 212, { firstAt: '2026-11-23T17:51:02.000Z' })],
    lastCommitAt: '2026-11-23T17:50:58.000Z',
  });
  const found = diagnose(seen, plan);
  expect(found.likely).toBe('the database was dropped at about 02:51 JST (last commit seen in the log 02:50 JST)');
  expect(found.backup).toMatchObject({ id: 'b1', lossMs: 51 * 60_000 + 2_000 });
  expect(sayDiagnosis(found)).toMatch(
    /To start: kintsugi recover restore \(9\d % sure\)\. Newest backup b1, 80 min old\.|1 h 20 min old\.$/,
  );
});

test('signs of one kind add up and never make certain', () => {
  expect(confidenceOf([{ weight: 0.5 }, { weight: 0.5 }])).toBeCloseTo(0.75);
  expect(confidenceOf([])).toBe(0);
  const sign = { remedy: 'repair' as const, weight: 0.9, text: 'x' };
  expect(
    rank(
      Array.from({ length: 5 }, () => sign),
      true,
    )[0]?.confidence,
  ).toBeLessThan(1);
});
