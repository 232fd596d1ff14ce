import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups, type WholeBackup } from '../../catalog/list.ts';
import { byText } from '../../catalog/order.ts';
import { sameSet } from '../../migrations/graph.ts';
import { isOf } from '../backups/pick.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { quarantine } from '../repairs/repair-sql.ts';

/** What the schema has that its revision does not explain. */
export interface SchemaSurprise {
  /** The backup that was taken at the same revision, before; null if there is none to compare with. */
  readonly comparedWith: string | null;
  /** `added: INDEX public.i`, `changed: TYPE public.shift_type`, `missing: …` */
  readonly differences: readonly string[];
}

/**
 * Compares the schema of a backup with that of an earlier one at the same revision: a migration that is not transactional leaves
 * things behind although the revision has not moved.
 *
 * @param input.backup id of the backup that was just taken. @param input.revision where the database is.
 */
export async function compareSchema(
  context: WorkerContext,
  input: StepInput & { backup: string; revision: readonly string[] },
): Promise<SchemaSurprise> {
  const own = await ownBackups(context, input);
  const fresh = own.find(({ id }) => id === input.backup);
  const earlier = own.find((entry) => entry.id !== input.backup && isAt(entry, input.revision));
  if (fresh === undefined || earlier === undefined) return { comparedWith: null, differences: [] };
  return {
    comparedWith: earlier.id,
    differences: schemaDifferences(earlier.manifest.schema.objects, fresh.manifest.schema.objects),
  };
}

/**
 * @param input.except the backup that was taken of what is wrong. @returns the newest other backup that was taken at a revision; null
 *   if there is none.
 */
export async function findBackupAt(
  context: WorkerContext,
  input: StepInput & { revision: readonly string[]; except: string },
): Promise<{ id: string; takenAt: string } | null> {
  const found = (await ownBackups(context, input)).find((entry) => entry.id !== input.except && isAt(entry, input.revision));
  return found === undefined ? null : { id: found.id, takenAt: found.takenAt };
}

async function ownBackups(context: WorkerContext, input: StepInput): Promise<WholeBackup[]> {
  const entries = await listBackups(backupsFolder(context, input.plan));
  return entries.filter(
    (entry): entry is WholeBackup => entry.state === 'whole' && isOf(entry, input.plan.stack.project, input.database),
  );
}

function isAt({ manifest }: WholeBackup, revision: readonly string[]): boolean {
  return manifest.migration !== null && sameSet(manifest.migration.head, revision);
}

type Objects = Readonly<Record<string, readonly string[]>>;

/** What Kintsugi made is no migration's: `TABLE kintsugi_quarantine.rows`, `COMMENT SCHEMA kintsugi_quarantine`. */
const ours = new RegExp(`^[A-Z ]+ ${quarantine}(\\.|$)`);

/** @returns what differs between two schemas, by the objects’ names. */
export function schemaDifferences(before: Objects, after: Objects): string[] {
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const names = all.filter((name) => !ours.test(name)).toSorted(byText);
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (was === undefined) return [`added: ${name}`];
    if (is === undefined) return [`missing: ${name}`];
    return sameSet(was, is) ? [] : [`changed: ${name}`];
  });
}
