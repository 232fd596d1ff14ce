import { describe, expect, it } from 'vitest';
import { archiveSequences } from '../../src/activities/backups/archive-sequences.ts';
import { difference, named, newest } from '../../src/activities/backups/pick.ts';
import { toolFailure } from '../../src/activities/backups/tool-job.ts';
import type { CatalogEntry } from '../../src/catalog/list.ts';
import { manifestOf } from './catalog-fixture.ts';

const ids = ['20261123T162501Z-7f3a', '20261123T152501Z-0a1b', '20261122T142501Z-77aa'] as const;

function whole(id: string, changes: Parameters<typeof manifestOf>[2] = {}): CatalogEntry {
  const manifest = manifestOf(id, {}, changes);
  return { state: 'whole', id, path: `/b/${id}`, takenAt: manifest.takenAt, bytes: 1, manifest };
}

const database = (name: string) => ({ database: { ...manifestOf(ids[0], {}).database, name } });
const foreign: CatalogEntry = {
  state: 'foreign',
  id: 'old_2025_11_12.sql',
  path: '/b/old_2025_11_12.sql',
  takenAt: '2027',
  kind: 'plain',
  bytes: 1,
  takenFrom: 'name',
};
const broken: CatalogEntry = { state: 'broken', id: ids[0], path: `/b/${ids[0]}`, takenAt: '2026-11-23T16:25:01.000Z', why: 'x' };

describe('newest', () => {
  it('takes the newest of the database and the stack, and nothing foreign', () => {
    const entries = [foreign, whole(ids[0], database('other')), whole(ids[1], { stack: 'other' }), whole(ids[2])];
    expect(newest(entries, 'uns', 'app').id).toBe(ids[2]);
  });

  it('does not pass over a damaged one in silence', () => {
    expect(newest([broken, whole(ids[1])], 'uns', 'app')).toMatchObject({ id: ids[0], state: 'broken' });
  });

  it('tells what there is when there is none', () => {
    expect(() => newest([foreign], 'uns', 'app')).toThrow(
      expect.objectContaining({
        code: 'BACKUP_MISSING',
        hints: [expect.stringContaining('--backup old_2025_11_12.sql'), 'kintsugi backup list'],
      }),
    );
    expect(() => newest([], 'uns', 'app')).toThrow(
      expect.objectContaining({ hints: [expect.stringContaining('PATH'), 'kintsugi backup list'] }),
    );
  });
});

describe('named', () => {
  const entries = [whole(ids[0]), whole(ids[1]), whole(ids[2]), foreign];

  it.each([
    [ids[1], { state: 'whole', id: ids[1] }],
    ['20261122', { state: 'whole', id: ids[2] }],
    ['old_2025_11_12.sql', { state: 'foreign' }],
    ['dumps/x.dump', { state: 'path', path: '/plan/dumps/x.dump' }],
    ['/elsewhere/x', { state: 'path', path: '/elsewhere/x' }],
  ])('finds %s', (wanted, expected) => expect(named(entries, wanted, '/plan')).toMatchObject(expected));

  it('refuses the beginning of several, naming them', () => {
    expect(() => named(entries, '20261123', '/plan')).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        hints: [expect.stringContaining(ids[0]), expect.stringContaining(ids[1])],
      }),
    );
  });

  it.each(['2026', '2', 'nothing'])('does not guess from %s', (wanted) => {
    expect(() => named(entries, wanted, '/plan')).toThrow(
      expect.objectContaining({ code: wanted === '2026' ? 'INVALID_INPUT' : 'BACKUP_MISSING' }),
    );
  });

  it('says that a backup is not finished', () => {
    const partial: CatalogEntry = { state: 'partial', id: '20261124T000000Z-0000', path: '/b/p', takenAt: '', owner: null };
    expect(() => named([partial], '20261124', '/plan')).toThrow('not finished');
  });
});

describe('difference', () => {
  it.each([
    ['2026-11-23T17:00:00Z', '2026-11-23T15:09:00Z', ' (1 h 51 min older)'],
    ['2026-11-23T17:00:00Z', '2026-11-23T16:59:00Z', ' (1 min older)'],
    ['2026-11-23T17:00:00Z', '2026-11-25T18:00:00Z', ' (2 d 1 h newer)'],
    [undefined, '2026-11-25T18:00:00Z', ''],
  ])('of %s and %s', (from, to, text) => expect(difference(from, to)).toBe(text));
});

describe('archiveSequences', () => {
  it('reads what the archive sets, with strange names', () => {
    const text = `--
-- Name: called; Type: SEQUENCE SET; Schema: public; Owner: me
--

SELECT pg_catalog.setval('public.called', 2, true);


--
-- Name: 連番, 1, true); Type: SEQUENCE SET; Schema: ス-1; Owner: dash-role
--

SELECT pg_catalog.setval('"ス-1"."連番, 1, true);"', -42, false);
`;
    expect(archiveSequences(text)).toEqual([
      { schema: 'public', name: 'called', lastValue: '2', isCalled: true },
      { schema: 'ス-1', name: '連番, 1, true)', lastValue: '-42', isCalled: false },
    ]);
  });
});

describe('toolFailure', () => {
  it.each([
    ['pg_dump: error: could not write to file: No space left on device', 'DISK_TOO_SMALL'],
    ['pg_dump: error: query failed: ERROR:  invalid snapshot identifier: "0000"', 'CONNECTION_LOST'],
    ['pg_dump: error: Dumping the contents failed: server closed the connection unexpectedly', 'CONNECTION_LOST'],
    ['ERROR:  relation "t" does not exist', 'CONNECTION_LOST'],
    ['pg_dumpall: error: query failed: ERROR:  permission denied for table pg_authid', 'DATABASE_AUTH'],
    ['FATAL:  password authentication failed for user "x"', 'DATABASE_AUTH'],
    ['pg_dump: error: invalid page in block 7 of relation base/1/2', 'IO'],
  ])('takes “%s” for %s', (stderr, code) => expect(toolFailure('pg_dump', stderr).code).toBe(code));
});
