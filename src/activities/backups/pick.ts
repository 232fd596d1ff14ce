/** Which backup is meant: no file is read here but the catalog. */
import path from 'node:path';
import type { BrokenBackup, CatalogEntry, ForeignBackup, WholeBackup } from '../../catalog/list.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';

export type Ours = WholeBackup | BrokenBackup;

/** What was picked: an entry of the catalog, or a path outside of it. */
export type Picked = Ours | ForeignBackup | { readonly state: 'path'; readonly id: string; readonly path: string };

const untouched = 'Nothing was stopped or changed.';
const shortestPrefix = 4;

/** @returns whether an entry is a backup of ours, whole or damaged. */
function isOurs(entry: CatalogEntry): entry is Ours {
  return entry.state === 'whole' || entry.state === 'broken';
}

/**
 * @returns the newest backup of a database and stack. One whose manifest is damaged counts too, since nobody can tell what it was of.
 * @throws KintsugiError BACKUP_MISSING
 */
export function newest(entries: readonly CatalogEntry[], stack: string, database: string): Ours {
  const found = entries.filter(isOurs).find((entry) => entry.state === 'broken' || isOf(entry, stack, database));
  if (found !== undefined) return found;
  const others = entries.filter((entry) => entry.state === 'foreign' || entry.state === 'whole').slice(0, 3);
  throw new KintsugiError('BACKUP_MISSING', `There is no backup of ${database} of the stack ${stack}.`, {
    state: untouched,
    hints: [
      ...others.map((entry) => `kintsugi recover restore --backup ${entry.id}   # ${describe(entry)}`),
      ...(others.length === 0 ? ['kintsugi recover restore --backup PATH   # a file or folder that pg_dump wrote'] : []),
      'kintsugi backup list',
    ],
  });
}

/** @returns whether a whole backup is of this database of this stack. */
export function isOf(entry: WholeBackup, stack: string, database: string): boolean {
  return entry.manifest.stack === stack && entry.manifest.database.name === database;
}

/**
 * Finds the backup that a person named: an id, the beginning of one, the name of a file in the backups folder, or a path.
 *
 * @param folder paths that are not absolute start here. @throws KintsugiError BACKUP_MISSING, INVALID_INPUT (ambiguous).
 */
export function named(entries: readonly CatalogEntry[], wanted: string, folder: string): Picked {
  const exact = entries.find((entry) => entry.id === wanted && entry.state !== 'partial' && entry.state !== 'deleted');
  if (exact !== undefined)
    return exact.state === 'stranger' ? { state: 'path', id: exact.id, path: exact.path } : (exact as Picked);
  if (/[/\\.]/.test(wanted)) return { state: 'path', id: path.basename(wanted), path: path.resolve(folder, wanted) };
  const matches = wanted.length < shortestPrefix ? [] : entries.filter(isOurs).filter((entry) => entry.id.startsWith(wanted));
  const [only, ...more] = matches;
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    throw new KintsugiError('INVALID_INPUT', `${wanted} is the beginning of ${matches.length} backups.`, {
      state: untouched,
      hints: matches.slice(0, 3).map((entry) => `kintsugi recover restore --backup ${entry.id}`),
    });
  }
  const deleted = entries.find((entry) => entry.state === 'deleted' && entry.id.startsWith(wanted));
  if (deleted !== undefined) {
    throw new KintsugiError('BACKUP_MISSING', `The backup ${deleted.id} was deleted.`, {
      state: untouched,
      hints: [`kintsugi backup undelete ${deleted.id}`, 'kintsugi backup list'],
    });
  }
  const unfinished = entries.some((entry) => entry.state === 'partial' && entry.id.startsWith(wanted));
  throw new KintsugiError(
    'BACKUP_MISSING',
    unfinished ? `The backup ${wanted} is not finished.` : `There is no backup ${wanted}.`,
    {
      state: untouched,
      hints: [...closest(entries), 'kintsugi backup list'],
    },
  );
}

function closest(entries: readonly CatalogEntry[]): string[] {
  const [first] = entries.filter((entry) => entry.state === 'whole');
  return first === undefined ? [] : [`kintsugi recover restore --backup ${first.id}   # the newest`];
}

function describe(entry: WholeBackup | ForeignBackup | CatalogEntry): string {
  if (entry.state === 'whole') return `of ${entry.manifest.database.name} of ${entry.manifest.stack}`;
  return entry.state === 'foreign' ? `${entry.kind}, not made by Kintsugi, ${entry.takenAt}` : entry.state;
}

/** @returns ` (1 h 51 min older)`; nothing where it is not known. */
export function difference(from: string | undefined, to: string): string {
  const ms = from === undefined ? Number.NaN : Date.parse(from) - Date.parse(to);
  if (Number.isNaN(ms)) return '';
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  const parts = days > 0 ? [`${days} d`, `${hours} h`] : hours > 0 ? [`${hours} h`, `${minutes % 60} min`] : [`${minutes} min`];
  return ` (${parts.join(' ')} ${ms >= 0 ? 'older' : 'newer'})`;
}
