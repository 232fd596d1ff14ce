import { describe, expect, test } from 'vitest';
import { criteriaOf, outcomeOf, resultsOf } from '../../../src/drills/criteria.ts';
import { drill, plan } from './fixture.ts';

const good = { met: true, text: 'well' };
const names = (found: readonly { name: string }[]) => found.map(({ name }) => name);
const allSeen = { backup: good, restore: good, verify: good, application: good, cleanUp: good, contacts: good };

describe('criteria', () => {
  test('are the plan’s objectives, and the application only where the plan names one', () => {
    expect(names(criteriaOf(plan(), 'monthlyDrill', []))).toEqual(['backup', 'restore', 'verify', 'rto', 'rpo', 'cleanUp']);
    const withApplication = plan({ drill: { application: { service: 'api', port: 8000 } } });
    expect(criteriaOf(withApplication, 'monthlyDrill', [])).toContainEqual(
      expect.objectContaining({ name: 'application', expected: 'api answers 200 at / within 2m' }),
    );
    const limits = criteriaOf(plan({ objectives: { databaseCorruption: { rto: '1h', rpo: '6h' } } }), 'monthlyDrill', []);
    expect(limits.filter(({ limitMs }) => limitMs !== null).map(({ limitMs }) => limitMs)).toEqual([3_600_000, 21_600_000]);
  });

  test('have the contacts in the annual test where the plan wants it', () => {
    const contacts = plan({ drill: { annual: { contacts: true } } });
    expect(names(criteriaOf(contacts, 'annualTest', []))).toContain('contacts');
    expect(names(criteriaOf(contacts, 'monthlyDrill', []))).not.toContain('contacts');
  });

  test('have a usual time when three former drills recovered', () => {
    const former = [180_000, 120_000, 240_000].map((rtaMs) => drill('2026-10-02T10:00', { rtaMs }));
    const failed = drill('2026-09-04T10:00', { outcome: 'failed', rtaMs: null });
    expect(names(criteriaOf(plan(), 'monthlyDrill', [failed, ...former.slice(1)]))).not.toContain('pace');
    expect(criteriaOf(plan(), 'monthlyDrill', former).at(-1)).toMatchObject({ name: 'pace', must: false, limitMs: 360_000 });
    // A second more or less of a few is no news.
    const quick = [1000, 2000, 3000].map((rtaMs) => drill('2026-10-02T10:00', { rtaMs }));
    expect(criteriaOf(plan(), 'monthlyDrill', quick).at(-1)).toMatchObject({ limitMs: 60_000 });
  });
});

describe('a drill', () => {
  const former = [180_000, 120_000, 240_000].map((rtaMs) => drill('2026-10-02T10:00', { rtaMs }));
  const criteria = criteriaOf(plan(), 'monthlyDrill', former);
  const judged = (facts: Parameters<typeof resultsOf>[1]) => outcomeOf(criteria, resultsOf(criteria, facts));

  test('passed when all of them are met', () => {
    expect(judged({ seen: allSeen, rtaMs: 300_000, rpaMs: 3_600_000 })).toEqual({ outcome: 'passed', missed: [] });
  });

  test('was slow when only the usual time was missed', () => {
    const { outcome, missed } = judged({ seen: allSeen, rtaMs: 400_000, rpaMs: 3_600_000 });
    expect(outcome).toBe('slow');
    expect(missed.join()).toContain('As fast as former drills: 7 min');
  });

  test.each([
    ['the RTO was missed', { seen: allSeen, rtaMs: 7_300_000, rpaMs: 1 }, 'Time to recover: 2 h 2 min'],
    ['the backup is older than the RPO', { seen: allSeen, rtaMs: 1, rpaMs: 90_000_000 }, 'Age of the backup'],
    [
      'there is no usable backup',
      { seen: { backup: { met: false, text: 'there is none' } }, rtaMs: null, rpaMs: null },
      'there is none',
    ],
    [
      'the copy differs',
      { seen: { ...allSeen, verify: { met: false, text: 'rows differ' } }, rtaMs: null, rpaMs: 1 },
      'rows differ',
    ],
    [
      'something was left behind',
      { seen: { ...allSeen, cleanUp: { met: false, text: 'a volume' } }, rtaMs: 1, rpaMs: 1 },
      'a volume',
    ],
    ['it did not come so far', { seen: {}, rtaMs: null, rpaMs: 1 }, 'not come to'],
  ])('failed when %s', (_why, facts, text) => {
    const { outcome, missed } = judged(facts);
    expect(outcome).toBe('failed');
    expect(missed.join('; ')).toContain(text);
  });

  test('names what was missed, not what follows from it', () => {
    const { missed } = judged({ seen: { backup: { met: false, text: 'damaged' } }, rtaMs: null, rpaMs: 1 });
    expect(missed).toEqual(['The stored backup is whole: damaged (expected: every file as its manifest says)']);
  });
});
