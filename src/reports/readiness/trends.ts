import type { Plan } from '../../plan/schema.ts';
import { byteCount } from '../../plan/units.ts';
import type { BackupSeen, ReadinessFacts } from '../../readiness/facts.ts';
import { faultOf } from '../../readiness/judge-backups.ts';
import { words } from '../../text/time.ts';
import { bytes } from '../../workflows/say.ts';
import type { Block, Chart, Look } from '../document/document.ts';
import { ticksOf } from '../document/ticks.ts';
import { day, took } from '../say.ts';

/** More columns than this would run into each other on a phone. */
const most = 80;

/** @returns the size of each stored backup over time: a database that shrinks overnight has lost something. */
export function sizesChart({ zone, backups: { floor } }: Plan, stored: readonly BackupSeen[], now: number): Block {
  const columns = stored
    .filter(({ broken }) => broken === null)
    .slice(0, most)
    .map((backup) => ({
      at: backup.takenAt,
      value: backup.bytes,
      look: lookOf(backup),
      title: `${backup.id}: ${bytes(backup.bytes)}`,
    }));
  const lowest = byteCount(floor);
  return chart(zone, now, {
    label: 'Size of each stored backup over time',
    columns,
    limit: lowest === 0 ? null : lowest,
    say: bytes,
    legend: [
      { look: 'good', text: 'proven to restore' },
      { look: 'work', text: 'not restored yet' },
      { look: 'bad', text: 'bad' },
      ...(lowest === 0 ? [] : [{ look: 'limit' as const, text: `the plan’s floor, ${bytes(lowest)}` }]),
    ],
  });
}

function lookOf(backup: BackupSeen): Look {
  if (faultOf(backup) !== null) return 'bad';
  return backup.standing.proven ? 'good' : 'work';
}

/** @returns how long each backup took, and each restore that was measured here, against the RTO. */
export function durationsChart({ zone }: Plan, { backups, restores, at: now }: ReadinessFacts, rtoMs: number): Block {
  const stored = 'is' in backups ? backups.is.stored : [];
  const taken = stored
    .slice(0, most)
    .flatMap(({ id, takenAt, tookMs }) =>
      tookMs === null ? [] : [{ at: takenAt, value: tookMs, look: 'work' as const, title: `${id}: taken in ${took(tookMs)}` }],
    );
  const restored = restores.slice(-most).map(({ kind, at, ms }) => ({
    at,
    value: ms,
    look: 'good' as const,
    title: `${kind}, ${day(new Date(at).toISOString(), zone)}: ${took(ms)}`,
  }));
  return chart(zone, now, {
    label: 'How long backups and restores took over time',
    columns: [...taken, ...restored],
    limit: rtoMs,
    say: took,
    legend: [
      { look: 'work', text: 'backups' },
      { look: 'good', text: 'restores: verifications, drills and recoveries' },
      { look: 'limit', text: `RTO ${words(rtoMs)}, where it is in reach` },
    ],
  });
}

function chart(zone: string, now: number, rest: Omit<Chart, 'from' | 'until' | 'ticks'>): Block {
  const first = Math.min(now - 3_600_000, ...rest.columns.map(({ at }) => at));
  const margin = (now - first) / 50;
  const range = { from: first - margin, until: now + margin };
  return { kind: 'chart', chart: { ...range, ticks: ticksOf(range, zone), ...rest } };
}
