/** Whether a restore could be done where it has to be, and in time. Pure. */
import { neededForCopy } from '../activities/postgres/space.ts';
import type { Plan } from '../plan/schema.ts';
import { words } from '../text/time.ts';
import { bytes as size } from '../workflows/say.ts';
import type { BackupSeen, ReadinessFacts } from './facts.ts';
import { type Prediction, restoreRate } from './predict.ts';
import { type Line, rangeText } from './verdict.ts';

/** A measurement of so much smaller a backup is a guess: it must not be called a missed objective. */
const farFromMeasured = 2;

/** @returns how long a recovery would take against the RTO. */
export function timeLine(
  backup: BackupSeen | null,
  { restores }: ReadinessFacts,
  take: Prediction | null,
  rtoMs: number,
): Line[] {
  if (backup === null) return [];
  const name = 'time to recover';
  const command = `kintsugi backup verify ${backup.id}`;
  if (take === null)
    return [{ name, level: 'amber', text: `not known: nothing was ever restored here (RTO ${words(rtoMs)})`, command }];
  const rate = restoreRate(restores);
  const text = [
    `${rangeText(take)} of RTO ${words(rtoMs)}, by ${madeFrom(take)}`,
    ...(rate === null ? [] : [`${size(rate)}/s`]),
    ...(take.whole ? [] : ['stopping and starting the services comes on top, and was never measured']),
    ...(take.scaledBy > farFromMeasured ? [`what was measured was ${take.scaledBy.toFixed(1)} times smaller`] : []),
  ].join('; ');
  if (take.highMs <= rtoMs) return [{ name, level: 'green', text, command: null }];
  return [{ name, level: take.scaledBy > farFromMeasured ? 'amber' : 'red', text, command }];
}

const plurals = { recovery: 'recoveries', drill: 'drills', verification: 'verifications' } as const;

function madeFrom({ from }: Prediction): string {
  const kinds = Object.entries(from) as [keyof typeof plurals, number][];
  return kinds.map(([kind, count]) => `${count} ${count === 1 ? kind : plurals[kind]}`).join(' and ');
}

/** @returns the server that is restored into, and the room beside its files. */
export function serverLines({ database }: Plan, { server }: ReadinessFacts, backup: BackupSeen | null): Line[] {
  const name = 'database';
  if ('fault' in server) return [{ name, level: 'red', text: server.fault, command: 'kintsugi diagnose' }];
  const { version, liveBytes, walBytes, freeBytes } = server.is;
  const there: Line =
    liveBytes === null
      ? { name, level: 'red', text: `there is no database ${database.name}`, command: 'kintsugi recover restore --dry-run' }
      : { name, level: 'green', text: `PostgreSQL ${version} answers; ${database.name}, ${size(liveBytes)}`, command: null };
  const copyBytes = backup?.databaseBytes ?? liveBytes;
  if (freeBytes === null || copyBytes === null) return [there];
  const needed = neededForCopy(copyBytes, walBytes);
  const isEnough = freeBytes >= needed;
  return [
    there,
    {
      name: 'disk',
      level: isEnough ? 'green' : 'red',
      text: `${size(freeBytes)} free beside the database; a restore needs ${size(needed)}`,
      command: isEnough ? null : 'kintsugi diagnose',
    },
  ];
}
