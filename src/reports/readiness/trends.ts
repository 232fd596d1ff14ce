import type { Plan } from '../../plan/schema.ts';
import { byteCount } from '../../plan/units.ts';
import type { BackupSeen, MeasuredRestore } from '../../readiness/facts.ts';
import { faultOf } from '../../readiness/judge-backups.ts';
import { words } from '../../text/time.ts';
import { bytes } from '../../workflows/say.ts';
import { inOrder } from '../document/columns.ts';
import type { Block, Look } from '../document/document.ts';
import { day, took } from '../say.ts';

/** More columns than this would run into each other on a phone. */
const most = 60;

/** @returns the size of each stored backup, oldest first: a database that shrinks overnight has lost something. */
export function sizesChart({ zone, backups: { floor } }: Plan, stored: readonly BackupSeen[]): Block {
  const columns = newestSound(stored).map((backup) => ({
    time: backup.takenAt,
    value: backup.bytes,
    look: lookOf(backup),
    title: `${backup.id}: ${bytes(backup.bytes)}`,
  }));
  const lowest = byteCount(floor);
  return {
    kind: 'chart',
    chart: {
      label: 'Size of each stored backup, oldest first',
      ...inOrder(columns, zone),
      limit: lowest === 0 ? null : lowest,
      say: bytes,
      legend: [
        { look: 'good', text: 'proven to restore' },
        { look: 'work', text: 'not restored yet' },
        { look: 'bad', text: 'bad' },
        ...(lowest === 0 ? [] : [{ look: 'limit' as const, text: `the plan’s floor, ${bytes(lowest)}` }]),
      ],
    },
  };
}

function newestSound(stored: readonly BackupSeen[]): BackupSeen[] {
  return stored
    .filter(({ broken }) => broken === null)
    .slice(0, most)
    .toReversed();
}

function lookOf(backup: BackupSeen): Look {
  if (faultOf(backup) !== null) return 'bad';
  return backup.standing.proven ? 'good' : 'work';
}

/** @returns how long each stored backup took, oldest first. */
export function backupTimesChart({ zone }: Plan, stored: readonly BackupSeen[]): Block {
  const columns = newestSound(stored).flatMap(({ id, takenAt, tookMs }) =>
    tookMs === null ? [] : [{ time: takenAt, value: tookMs, look: 'work' as const, title: `${id}: ${took(tookMs)}` }],
  );
  const legend = [{ look: 'work' as const, text: 'a backup' }];
  return {
    kind: 'chart',
    chart: { label: 'How long each stored backup took, oldest first', ...inOrder(columns, zone), limit: null, say: took, legend },
  };
}

const looks: Readonly<Record<MeasuredRestore['kind'], Look>> = { recovery: 'good', drill: 'work', verification: 'soft' };

/** @returns how long each restore took that was measured here, oldest first, against the RTO. */
export function restoreTimesChart({ zone }: Plan, restores: readonly MeasuredRestore[], rtoMs: number): Block {
  const columns = restores.slice(-most).map(({ kind, at, ms }) => ({
    time: at,
    value: ms,
    look: looks[kind],
    title: `${kind}, ${day(new Date(at).toISOString(), zone)}: ${took(ms)}`,
  }));
  return {
    kind: 'chart',
    chart: {
      label: 'How long each restore took, oldest first, against the RTO',
      ...inOrder(columns, zone),
      limit: rtoMs,
      say: took,
      legend: [
        { look: 'good', text: 'recoveries' },
        { look: 'work', text: 'drills' },
        { look: 'soft', text: 'verifications, until restored and compared' },
        { look: 'limit', text: `RTO ${words(rtoMs)}, where it is in reach` },
      ],
    },
  };
}
