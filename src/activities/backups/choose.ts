import type { BackupFacts } from '../../catalog/facts.ts';
import { backupsFolder } from '../../catalog/layout.ts';
import { type CatalogEntry, listBackups, type WholeBackup } from '../../catalog/list.ts';
import { markReader } from '../../catalog/readers.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { isErrorCode } from '../../errors/table.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { checkBackup } from './check.ts';
import { difference, isOf, named, newest } from './pick.ts';
import { type Candidate, candidatesOf, describeChoice, inOrderOfTrust } from './proven.ts';

export interface ChooseInput extends StepInput {
  /** Id or unique beginning of one, name of a file in the backups folder, or a path; null: the newest. */
  readonly wanted: string | null;
  readonly allowOtherDatabase: boolean;
}

/** How long a backup that was chosen is safe from retention. */
const readMs = 24 * 60 * 60 * 1000;

const untouched = 'Nothing was stopped or changed.';
/** So many others are tried for the hint, no more: someone is waiting. */
const othersToTry = 3;

/**
 * Chooses the backup and checks it. Without a wish it is the newest that was proven to restore, and it says by how much newer ones are
 * newer that are not proven or bad. Where nothing was ever proven it is the newest; if that one is damaged, it is an error that names
 * the next good one, and never silently an older one. What others made is taken only if it is named.
 *
 * @throws KintsugiError as `checkBackup`, INVALID_INPUT (an ambiguous beginning), BACKUP_WRONG_DATABASE
 */
export async function chooseBackup(context: WorkerContext, input: ChooseInput): Promise<BackupFacts> {
  const entries = await listBackups(backupsFolder(context, input.plan));
  const { project } = input.plan.stack;
  const candidates = await candidatesOf(entries, project, input.database);
  if (input.wanted === null) {
    const chosen = await byTrust(context, input, candidates);
    if (chosen !== null) return chosen;
  }
  const picked =
    input.wanted === null ? newest(entries, project, input.database) : named(entries, input.wanted, context.planFolder);
  if (picked.state === 'whole') refuseOther(picked.id, picked.manifest.database.name, input);
  const facts = await checkBackup(context, { ...input, path: picked.path }).catch(async (error: unknown) => {
    throw await withOther(context, input, entries, picked, error);
  });
  refuseOther(facts.id, facts.databaseName, input);
  // So long an approval may take; `openBackup` renews it, `closeBackup` takes it off.
  if (facts.hasManifest) await markReader(facts.path, input, readMs);
  return { ...facts, choice: describeChoice(candidates, facts.id) };
}

/** @returns the first that stands its check of those that were proven; null where that is for a person to say. */
async function byTrust(
  context: WorkerContext,
  input: ChooseInput,
  candidates: readonly Candidate[],
): Promise<BackupFacts | null> {
  const refused = new Map<string, string>();
  for (const { id, path, standing } of inOrderOfTrust(candidates)) {
    // Nothing was ever proven: as if there were no results at all, unless a newer one is known to be bad.
    if (!standing.proven && id === candidates[0]?.id) return null;
    try {
      const facts = await checkBackup(context, { ...input, path });
      await markReader(facts.path, input, readMs);
      return { ...facts, choice: describeChoice(candidates, id, refused) };
    } catch (error) {
      if (!(error instanceof KintsugiError) || !isErrorCode(error.code) || !spoiled.test(error.code) || !standing.proven)
        throw error;
      // It was good when it was proven, and is not any more.
      refused.set(id, error.message);
    }
  }
  return null;
}

function refuseOther(id: string, database: string | null, input: ChooseInput): void {
  if (database === null || database === input.database || input.allowOtherDatabase) return;
  throw new KintsugiError('BACKUP_WRONG_DATABASE', `${id} is a backup of ${database}, not of ${input.database}.`, {
    state: untouched,
    hints: [
      'kintsugi backup list',
      `kintsugi recover restore --database ${database} --backup ${id}`,
      `kintsugi recover restore --backup ${id} --allow-other-database   # ${input.database} becomes what ${database} was`,
    ],
  });
}

const spoiled = /^BACKUP_(CORRUPT|TRUNCATED|EMPTY|UNREADABLE|NEWER_SERVER)$/;

/** Adds to an error of a backup which other one can be used, and how much older it is. */
async function withOther(
  context: WorkerContext,
  input: ChooseInput,
  entries: readonly CatalogEntry[],
  picked: { readonly id: string; readonly path: string; readonly takenAt?: string },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof KintsugiError) || !isErrorCode(error.code) || !spoiled.test(error.code)) return error;
  const other = await newestGood(context, input, entries, picked.path);
  if (other === null) {
    return new KintsugiError(error.code, error.message, {
      state: `${untouched} ${picked.id} can't be used, and there is no other good backup of ${input.database}.`,
      hints: error.hints.length > 0 ? error.hints : ['kintsugi backup list'],
    });
  }
  return new KintsugiError(error.code, error.message, {
    state: `${untouched} ${picked.id} can't be used; the newest good one is ${other.id}, taken ${other.takenAt}${difference(picked.takenAt, other.takenAt)}.`,
    hints: [`kintsugi recover restore --backup ${other.id}`, 'kintsugi backup list'],
  });
}

/** @returns the newest other backup of the database that passes its check, or null. */
async function newestGood(
  context: WorkerContext,
  input: ChooseInput,
  entries: readonly CatalogEntry[],
  not: string,
): Promise<WholeBackup | null> {
  const others = entries.filter(
    (entry): entry is WholeBackup =>
      entry.state === 'whole' && entry.path !== not && isOf(entry, input.plan.stack.project, input.database),
  );
  for (const other of others.slice(0, othersToTry)) {
    const good = await checkBackup(context, { ...input, path: other.path }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof KintsugiError) return false;
        throw error;
      },
    );
    if (good) return other;
  }
  return null;
}
