import type { CatalogEntry, WholeBackup } from '../../catalog/list.ts';
import { clock, words } from '../../text/time.ts';
import { rate } from './checklist.ts';
import type { OutcomeLook } from './outcome.ts';
import { pad } from './text.ts';

/** @returns the catalog as lines, newest first; what is no backup says why. */
export function renderBackups(entries: readonly CatalogEntry[], folder: string, look: OutcomeLook): string[] {
  if (entries.length === 0) return [`No backups in ${folder}.`, 'HINT: kintsugi backup take'];
  const whole = entries.filter(({ state }) => state === 'whole').length;
  const count = `${whole} ${whole === 1 ? 'backup' : 'backups'} of ours in ${folder}`;
  return [...entries.map((entry) => entryLine(entry, look)), look.colors.dim(count)];
}

function entryLine(entry: CatalogEntry, look: OutcomeLook): string {
  const { colors } = look;
  switch (entry.state) {
    case 'whole':
      return wholeLine(entry, look);
    case 'partial':
      return `  ${colors.cyan('▸')} ${entry.id}   ${entry.owner ? `being taken by ${entry.owner.workflowId}, or left by it` : 'not finished'}`;
    case 'broken':
      return `  ${colors.red('✖')} ${entry.id}   ${colors.red(entry.why)}`;
    case 'deleted':
      return colors.dim(
        `  – ${entry.id}   deleted${entry.deletedAt === null ? '' : ` ${clock(entry.deletedAt, look.zone, look.now)}`}: kintsugi backup undelete ${entry.id}`,
      );
    case 'foreign':
      return `  ${colors.dim('·')} ${entry.id}   ${when(entry.takenAt, look)}${rate(entry.bytes).padStart(7)}  ${entry.kind}, not ours: has no manifest to compare with`;
    case 'stranger':
      return `  ${colors.dim(`– ${entry.id}   ${entry.why}`)}`;
  }
}

function wholeLine({ id, takenAt, bytes, manifest }: WholeBackup, look: OutcomeLook): string {
  const { colors } = look;
  const facts = `${when(takenAt, look)}${rate(bytes).padStart(7)}  ${manifest.tables.length} ${manifest.tables.length === 1 ? 'table' : 'tables'}`;
  return `  ${colors.green('✔')} ${colors.bold(id)}   ${facts}  ${colors.dim(manifest.takenBy.reason)}`.trimEnd();
}

function when(takenAt: string, { now, zone }: OutcomeLook): string {
  return `${pad(clock(takenAt, zone, now), 22)}${pad(`${words(now - Date.parse(takenAt))} ago`, 15)}`;
}
