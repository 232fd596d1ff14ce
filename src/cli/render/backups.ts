import type { CatalogEntry, WholeBackup } from '../../catalog/list.ts';
import { clock, words } from '../../text/time.ts';
import type { Standing } from '../../verification/known.ts';
import { rate } from './checklist.ts';
import type { OutcomeLook } from './outcome.ts';
import { pad } from './text.ts';

/** @returns the catalog as lines, newest first; what is no backup says why. @param standings what is known of each, by id. */
export function renderBackups(
  entries: readonly CatalogEntry[],
  standings: ReadonlyMap<string, Standing>,
  folder: string,
  look: OutcomeLook,
): string[] {
  if (entries.length === 0) return [`No backups in ${folder}.`, 'HINT: kintsugi backup take'];
  const whole = entries.filter(({ state }) => state === 'whole').length;
  const count = `${whole} ${whole === 1 ? 'backup' : 'backups'} of ours in ${folder}`;
  return [...entries.map((entry) => entryLine(entry, standings.get(entry.id), look)), look.colors.dim(count)];
}

function entryLine(entry: CatalogEntry, standing: Standing | undefined, look: OutcomeLook): string {
  const { colors } = look;
  switch (entry.state) {
    case 'whole':
      return wholeLine(entry, standing, look);
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

function wholeLine({ id, takenAt, bytes, manifest }: WholeBackup, standing: Standing | undefined, look: OutcomeLook): string {
  const { colors } = look;
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const facts = `${when(takenAt, look)}${rate(bytes).padStart(7)}  ${pad(`${rows.toLocaleString('en')} rows`, 14)}`;
  const why = `${manifest.database.name}: ${manifest.tiers?.join(', ') ?? manifest.takenBy.reason}`;
  const mark = standing?.fault ? colors.red('✖') : colors.green('✔');
  return `  ${mark} ${colors.bold(id)}   ${facts}  ${known(standing, look)}  ${colors.dim(why)}`.trimEnd();
}

/** When it was verified last, and what that shows. */
function known(standing: Standing | undefined, { colors, zone, now }: OutcomeLook): string {
  if (standing?.fault) return colors.red(`bad: ${standing.fault.message}`);
  if (!standing?.passed) return colors.dim('not verified');
  if (standing.proven && standing.restoredAt !== null) return colors.green(`proven ${clock(standing.restoredAt, zone, now)}`);
  return `checked ${clock(standing.passed.at, zone, now)}`;
}

function when(takenAt: string, { now, zone }: OutcomeLook): string {
  return `${pad(clock(takenAt, zone, now), 22)}${pad(`${words(now - Date.parse(takenAt))} ago`, 15)}`;
}
