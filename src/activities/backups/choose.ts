import path from 'node:path';
import type { BackupFacts } from '../../catalog/facts.ts';
import { type BrokenBackup, type CatalogEntry, listBackups, type WholeBackup } from '../../catalog/list.ts';
import { backupsFolder } from '../../catalog/layout.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import { verifyFiles } from '../../catalog/verify-files.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { foreignFacts } from './foreign.ts';

export interface ChooseInput extends StepInput {
  /** Id or unique beginning of one, or a path; null: the newest. */
  readonly wanted: string | null;
  readonly allowOtherDatabase: boolean;
}

type Ours = WholeBackup | BrokenBackup;

const untouched = 'Nothing was stopped or changed.';

/**
 * Chooses the backup and checks it. Without a wish it is the newest of the database; if that one is damaged, it is an error that
 * names the next good one, and never silently an older one.
 *
 * @throws KintsugiError BACKUP_MISSING, BACKUP_EMPTY, BACKUP_TRUNCATED, BACKUP_CORRUPT, BACKUP_UNREADABLE, BACKUP_WRONG_DATABASE
 */
export async function chooseBackup(context: WorkerContext, input: ChooseInput): Promise<BackupFacts> {
  const entries = (await listBackups(backupsFolder(context, input.plan))).filter(isOurs);
  if (input.wanted?.includes('/') || input.wanted?.includes('.')) {
    return foreignFacts(context, input, path.resolve(context.planFolder, input.wanted));
  }
  const chosen = pick(entries, input);
  if (chosen.state === 'broken') throw damaged(chosen, entries, new KintsugiError('BACKUP_CORRUPT', chosen.why), input.database);
  refuseOther(chosen.manifest, input);
  await verifyFiles(chosen.path, chosen.manifest).catch((error: unknown) => {
    throw error instanceof KintsugiError ? damaged(chosen, entries, error, input.database) : error;
  });
  return factsOf(chosen.path, chosen.manifest);
}

function pick(entries: readonly Ours[], input: ChooseInput): Ours {
  const { wanted, database } = input;
  const matches =
    wanted === null
      ? entries.filter((entry) => entry.state === 'broken' || entry.manifest.database.name === database).slice(0, 1)
      : entries.filter((entry) => entry.id.startsWith(wanted));
  const [only, another] = matches;
  if (only !== undefined && another === undefined) return only;
  const hints = entries.slice(0, 3).map((entry) => `kintsugi recover restore --backup ${entry.id}`);
  if (another !== undefined)
    throw new KintsugiError('BACKUP_MISSING', `${wanted} is the beginning of several backups.`, { state: untouched, hints });
  throw new KintsugiError(
    'BACKUP_MISSING',
    wanted === null ? `There is no backup of ${database}.` : `There is no backup ${wanted}.`,
    {
      state: untouched,
      hints:
        hints.length > 0
          ? hints
          : ['kintsugi recover restore --backup PATH (a file or folder that pg_dump wrote)', 'kintsugi backup take'],
    },
  );
}

function refuseOther(manifest: Manifest, input: ChooseInput): void {
  if (manifest.database.name === input.database || input.allowOtherDatabase) return;
  throw new KintsugiError(
    'BACKUP_WRONG_DATABASE',
    `${manifest.id} is a backup of ${manifest.database.name}, not of ${input.database}.`,
    {
      state: untouched,
      hints: ['kintsugi backup list', `kintsugi recover restore --database ${manifest.database.name} --backup ${manifest.id}`],
    },
  );
}

function isOurs(entry: CatalogEntry): entry is Ours {
  return entry.state === 'whole' || entry.state === 'broken';
}

function damaged(entry: Ours, entries: readonly Ours[], fault: KintsugiError, database: string): KintsugiError {
  const next = entries.find((other) => other.id < entry.id && other.state === 'whole' && other.manifest.database.name === database);
  return new KintsugiError(fault.code, fault.message, {
    state: `${untouched} This backup can't be used; ${next ? `the next older one is ${next.id} (taken ${next.takenAt})` : 'there is no older one'}.`,
    hints: next ? [`kintsugi recover restore --backup ${next.id}`, 'kintsugi backup list'] : ['kintsugi backup list'],
  });
}

function factsOf(folder: string, manifest: Manifest): BackupFacts {
  return {
    id: manifest.id,
    path: folder,
    kind: 'kintsugi',
    takenAt: manifest.takenAt,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    files: manifest.files.length,
    databaseName: manifest.database.name,
    serverVersion: manifest.server.version,
    serverVersionNumber: manifest.server.versionNumber,
    databaseBytes: manifest.databaseBytes,
    roles: manifest.roles,
    extensions: manifest.extensions.map(({ name, version }) => ({ name, version })),
    tocEntries: null,
    hasManifest: true,
    encrypted: manifest.encryption !== null,
    createsDatabase: false,
    checkedBy: [`sha256 of ${manifest.files.length} files`],
  };
}
