import { describe, expect, it } from 'vitest';
import { type Candidate, describeChoice, inOrderOfTrust } from '../../src/activities/backups/proven.ts';
import { manifestOf } from './catalog-fixture.ts';

const unknown = { proven: false, fault: null, restoredAt: null, passed: null };
const passed = { at: '2026-11-23T02:04:00.000Z', means: 'restore' as const };
const proven = { ...unknown, proven: true, restoredAt: Date.parse(passed.at), passed };
const bad = { ...unknown, fault: { code: 'RESTORE_FAILED', message: 'it stopped at an error', at: passed.at } };

function whole(hour: number, standing: Candidate['standing']): Candidate {
  const id = `20261123T${String(hour).padStart(2, '0')}0000Z-7f3a`;
  const takenAt = `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`;
  return {
    state: 'whole',
    id,
    path: `/b/${id}`,
    takenAt,
    bytes: 1,
    manifest: manifestOf(id, {}, { takenAt, tiers: ['daily'] }),
    standing,
  };
}

const broken: Candidate = { ...whole(9, unknown), state: 'broken', why: 'it has no manifest.json' } as Candidate;

describe('what a recovery takes by itself', () => {
  const hours = (candidates: readonly Candidate[]) =>
    inOrderOfTrust(candidates).map(({ takenAt }) => Number(takenAt.slice(11, 13)));

  it.each([
    [
      'the newest that was proven, then older proven ones',
      [whole(5, unknown), whole(4, proven), whole(3, bad), whole(2, proven)],
      [4, 2],
    ],
    ['the newest where nothing was ever proven', [whole(5, unknown), whole(4, unknown)], [5]],
    ['the newest without a known fault where nothing was ever proven', [whole(5, bad), whole(4, unknown)], [4]],
    ['a damaged one where nothing was ever proven: that stops it', [broken, whole(4, unknown)], [9]],
    ['nothing where all are bad', [whole(5, bad)], []],
  ])('%s', (_what, candidates, expected) => expect(hours(candidates)).toEqual(expected));
});

describe('describeChoice', () => {
  it('says that it was proven, and by how much newer ones are newer and why they are not taken', () => {
    const all = [broken, whole(8, unknown), whole(6, bad), whole(4, proven)];
    expect(describeChoice(all, whole(4, proven).id)).toEqual({
      tiers: ['daily'],
      verified: passed,
      notes: [
        'proven to restore, 2026-11-23 02:04 UTC',
        '5 h 0 min older than 20261123T090000Z-7f3a, which is bad: it has no manifest.json',
        '4 h 0 min older than 20261123T080000Z-7f3a, which is not proven yet: to take it, --backup 20261123T080000Z-7f3a',
        'and 1 more are newer: kintsugi backup list',
      ],
    });
  });

  it('says that nothing was ever proven', () => {
    expect(describeChoice([whole(5, unknown)], whole(5, unknown).id)).toMatchObject({
      verified: null,
      notes: ['never proven to restore'],
    });
  });

  it('says that one which was named is known to be bad', () => {
    expect(describeChoice([whole(5, bad)], whole(5, bad).id).notes).toEqual(['its verification failed: it stopped at an error']);
  });

  it('says why a proven one was passed over', () => {
    const refused = new Map([[whole(5, proven).id, 'one bit is turned']]);
    expect(describeChoice([whole(5, proven), whole(4, proven)], whole(4, proven).id, refused).notes[1]).toBe(
      '1 h 0 min older than 20261123T050000Z-7f3a, which is bad: one bit is turned',
    );
  });
});
