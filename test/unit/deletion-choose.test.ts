import { describe, expect, test } from 'vitest';
import { type Candidate, chooseForDeletion, type Rows } from '../../src/deletion/choose.ts';

const backup = (hour: number, rows: Rows): Candidate => ({
  id: `b${hour}`,
  takenAt: `2026-11-24T${String(hour).padStart(2, '0')}:00:00.000Z`,
  rows,
});

/** Newest first, as the catalog lists them. */
const backups = (...list: Candidate[]) => list.toReversed();

describe('the backup that still holds what was deleted', () => {
  test('is the newest, when it was taken before the deletion', () => {
    const choice = chooseForDeletion({ cards: 10 }, backups(backup(1, { cards: 90 }), backup(2, { cards: 100 })), null);
    expect(choice).toMatchObject({ chosen: { id: 'b2' }, missing: [{ table: 'cards', now: 10, had: 100 }] });
  });

  test('is not one that was taken after the deletion', () => {
    const choice = chooseForDeletion(
      { cards: 12, users: 5 },
      backups(backup(1, { cards: 90, users: 5 }), backup(2, { cards: 100, users: 5 }), backup(3, { cards: 10, users: 5 })),
      null,
    );
    expect(choice).toMatchObject({ chosen: { id: 'b2' } });
    expect(choice.why).toBe('the newest one that still has the missing rows of cards; 1 newer one was taken without them');
  });

  test('is the newest one also where an older one had a few rows more', () => {
    const choice = chooseForDeletion({ cards: 0 }, backups(backup(1, { cards: 102 }), backup(2, { cards: 100 })), null);
    expect(choice).toMatchObject({ chosen: { id: 'b2' } });
  });

  test('is found by a table that is gone, though another shrinks by itself', () => {
    const choice = chooseForDeletion(
      { sessions: 90 },
      backups(backup(1, { cards: 50, sessions: 99 }), backup(2, { cards: 60, sessions: 95 }), backup(3, { sessions: 91 })),
      null,
    );
    expect(choice).toMatchObject({
      chosen: { id: 'b2' },
      missing: [
        { table: 'cards', now: null, had: 60 },
        { table: 'sessions', now: 90, had: 95 },
      ],
    });
  });

  test('is found by an empty table that is gone', () => {
    expect(chooseForDeletion({}, backups(backup(1, { notes: 0 }), backup(2, {})), null)).toMatchObject({ chosen: { id: 'b1' } });
  });

  test('is refused where no backup shows a loss', () => {
    const choice = chooseForDeletion({ cards: 100 }, backups(backup(1, { cards: 90 }), backup(2, { cards: 100 })), null);
    expect(choice).toEqual({
      chosen: null,
      why: 'no backup has more rows of any table than there are now, so none shows what was deleted',
    });
  });

  test('is the newest of the instant that a person gave, whatever it holds', () => {
    const all = backups(backup(1, { cards: 90 }), backup(2, { cards: 95 }), backup(3, { cards: 100 }));
    expect(chooseForDeletion({ cards: 100 }, all, '2026-11-24T11:30:00+09:00')).toMatchObject({ chosen: { id: 'b2' } });
  });

  test('is none where all are younger than the instant that a person gave, and the oldest is named', () => {
    expect(chooseForDeletion({ cards: 1 }, backups(backup(2, { cards: 9 })), '2026-11-24T01:59:59Z')).toEqual({
      chosen: null,
      why: 'before: there is no backup of 2026-11-24T01:59:59Z or earlier; the oldest is b2, taken 2026-11-24T02:00:00.000Z',
    });
  });

  test('is none where there is no backup', () => {
    expect(chooseForDeletion({}, [], null)).toEqual({ chosen: null, why: 'there is no backup' });
  });
});
