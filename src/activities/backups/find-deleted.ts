import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups, type WholeBackup } from '../../catalog/list.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import { type Candidate, chooseForDeletion, type Missing, missingFrom, type Rows } from '../../deletion/choose.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { listDatabases } from '../postgres/marker.ts';
import { countRows } from '../postgres/row-counts.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { type WrittenSince, writtenSince } from '../postgres/written-since.ts';
import { beating } from './beat.ts';
import { isOf } from './pick.ts';

export interface DeletedFound {
  /** What to restore: an id, or what the person named. */
  readonly backup: string;
  /** ISO 8601; null where the backup is not one of ours, and so does not tell before it is read. */
  readonly takenAt: string | null;
  /** Why this one, for people. */
  readonly why: string;
  /** What the backup has more of than there is now; empty where it has no manifest to compare with. */
  readonly missing: readonly Missing[];
  /** What was written since the backup and would be lost; null where that can't be told. */
  readonly written: WrittenSince | null;
  /** Whether there is such a database at all. */
  readonly exists: boolean;
}

/**
 * Finds the backup that still holds what was deleted, and what a full restore of it would lose. Reads only.
 *
 * @param input.before ISO 8601: the newest backup of that instant or earlier. @param input.wanted a backup that the person named.
 * @throws KintsugiError BACKUP_MISSING that says why none suits, and names those there are.
 */
export async function findDeleted(
  context: WorkerContext,
  input: StepInput & { before: string | null; wanted: string | null },
): Promise<DeletedFound> {
  const access = await serverAccess(context, input);
  const exists = (await withClient(access, access.maintenance, listDatabases)).some(({ name }) => name === input.database);
  const entries = await listBackups(backupsFolder(context, input.plan));
  const backups = entries.filter(
    (entry): entry is WholeBackup => entry.state === 'whole' && isOf(entry, input.plan.stack.project, input.database),
  );
  return beating(
    () => ({ text: `counting the rows of ${input.database}` }),
    async (signal) => {
      const counted = exists
        ? await countRows(access, input.database, { jobs: input.plan.restore.jobs, fingerprints: false, signal })
        : [];
      const now: Rows = Object.fromEntries(counted.map(({ schema, name, rows }) => [`${schema}.${name}`, rows]));
      const found = input.wanted === null ? byContent(now, backups, input.before) : byName(now, backups, input.wanted);
      const { takenAt } = found;
      const written =
        exists && takenAt !== null ? await withClient(access, input.database, (client) => writtenSince(client, takenAt)) : null;
      return { ...found, written, exists };
    },
  );
}

type Found = Pick<DeletedFound, 'backup' | 'takenAt' | 'why' | 'missing'>;

function byContent(now: Rows, backups: readonly WholeBackup[], before: string | null): Found {
  const choice = chooseForDeletion(now, backups.map(candidate), before);
  if (choice.chosen !== null)
    return { backup: choice.chosen.id, takenAt: choice.chosen.takenAt, why: choice.why, missing: choice.missing };
  throw new KintsugiError('BACKUP_MISSING', `There is no backup to take the deleted data from: ${choice.why}.`, {
    hints: [
      ...backups.slice(0, 3).map(({ id }) => `kintsugi recover deletion --backup ${id}`),
      'kintsugi backup list',
      ...(backups.length === 0 ? ['kintsugi recover deletion --backup PATH   # a file or folder that pg_dump wrote'] : []),
    ],
  });
}

function byName(now: Rows, backups: readonly WholeBackup[], wanted: string): Found {
  const matches = backups.filter(({ id }) => id === wanted || (wanted.length >= 4 && id.startsWith(wanted)));
  const why = 'the one that was asked for';
  const [only, ...more] = matches;
  // What is not known here is said by the restore, which reads the file itself.
  if (only === undefined || more.length > 0) return { backup: wanted, takenAt: null, why, missing: [] };
  const { id, takenAt, manifest } = only;
  return { backup: id, takenAt, why, missing: missingFrom(now, rowsOf(manifest)) };
}

function candidate({ id, takenAt, manifest }: WholeBackup): Candidate {
  return { id, takenAt, rows: rowsOf(manifest) };
}

function rowsOf(manifest: Manifest): Rows {
  return Object.fromEntries(manifest.tables.map(({ schema, name, rows }) => [`${schema}.${name}`, rows]));
}
