import { access, constants } from 'node:fs/promises';
import { milliseconds } from '../../plan/units.ts';
import { clock, words } from '../../text/time.ts';
import { newestBackup, standingText } from '../newest-backup.ts';
import { rate } from '../render/checklist.ts';
import type { DoctorContext, Finding } from './finding.ts';

const area = 'backups';

/** Whether there is something to restore from, and whether it is young enough for the RPO. */
export async function backups({ loaded }: DoctorContext): Promise<Finding[]> {
  const { plan, backupsFolder } = loaded;
  const writable = await access(backupsFolder, constants.R_OK | constants.W_OK).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code,
  );
  const hint = 'kintsugi backup take';
  if (writable === 'ENOENT') return [{ area, ok: false, text: `${backupsFolder} does not exist: there is no backup`, hint }];
  const folder: Finding =
    writable === true
      ? { area, ok: true, text: `${backupsFolder} can be written` }
      : { area, ok: false, text: `${backupsFolder} cannot be read and written (${writable})`, hint: `ls -ld ${backupsFolder}` };

  const { newest, broken } = await newestBackup(loaded);
  const damaged = broken.map(({ id, why }) => ({
    area,
    ok: false,
    text: `${id} is damaged: ${why}`,
    hint: 'kintsugi backup list',
  }));
  if (newest === null) return [folder, { area, ok: false, text: `no backup of ${plan.database.name}`, hint }, ...damaged];
  const rpo = milliseconds(plan.objectives.databaseCorruption.rpo ?? plan.objectives.default.rpo);
  const age = Date.now() - Date.parse(newest.takenAt);
  const { standing } = newest;
  const known = standingText(standing, plan.zone, Date.now());
  const text = `newest: ${newest.id}, ${clock(newest.takenAt, plan.zone, Date.now())}, ${words(age)} ago, ${rate(newest.bytes)}, ${known}`;
  const isYoung = age <= rpo;
  const isWell = isYoung && standing.fault === null;
  return [
    folder,
    {
      area,
      ok: isWell,
      text: isYoung ? text : `${text}; older than the RPO of ${words(rpo)}`,
      ...(isWell ? {} : { hint: isYoung ? `kintsugi backup show ${newest.id}` : hint }),
    },
    ...damaged,
  ];
}
