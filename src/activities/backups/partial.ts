/** The folder in which a backup grows. Until it is renamed it is no backup; who makes it stands in its `owner.json`. */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { backupsFolder, fileMode, folderMode, ownerName, partialSuffix, workName } from '../../catalog/layout.ts';
import { listBackups, type PartialBackup, type PartialOwner } from '../../catalog/list.ts';
import type { Plan } from '../../plan/schema.ts';
import type { WorkerContext } from '../context.ts';
import type { RoundInput, Snapshot } from './snapshot.ts';

/** Longer than any backup takes: what is older was left by a run that nobody continues. */
const leftAfterMs = 24 * 60 * 60 * 1000;

/** @returns the absolute path of the folder in which a backup grows until it is whole. */
export function partialFolder(context: WorkerContext, input: RoundInput & { snapshot: Snapshot }): string {
  return path.join(backupsFolder(context, input.plan), `${input.snapshot.id}${partialSuffix}`);
}

/** Makes the folder of a round and says whose it is. Made already, it stays as it is. */
export async function makePartial(context: WorkerContext, input: RoundInput, snapshot: Snapshot): Promise<void> {
  const folder = partialFolder(context, { ...input, snapshot });
  await mkdir(path.join(folder, workName), { recursive: true, mode: folderMode });
  const { workflowId, runId, round } = input;
  const owner: PartialOwner = {
    workflowId,
    runId,
    attempt: round,
    at: new Date().toISOString(),
    stack: input.plan.stack.project,
  };
  await writeWhole(path.join(folder, ownerName), owner);
}

/** Removes what can't become a backup any more: of earlier rounds, of dead runs of this workflow, and whatever is older than a day. */
export async function sweepPartials(context: WorkerContext, input: RoundInput): Promise<void> {
  for (const partial of await partials(context, input.plan))
    if (await isLeft(partial, input)) await removePartialFolder(partial.path);
}

async function isLeft({ owner, path: folder }: PartialBackup, input: RoundInput): Promise<boolean> {
  // One run of a workflow id at a time: another run of ours has ended, however it ended.
  if (owner?.workflowId === input.workflowId) return owner.runId !== input.runId || owner.attempt < input.round;
  return isOld(folder);
}

async function isOld(folder: string): Promise<boolean> {
  const changed = await stat(folder).catch(() => null);
  return changed !== null && Date.now() - changed.mtimeMs > leftAfterMs;
}

/** @returns the partial backups of a stack, and those of nobody that are too old to be made still. */
export async function partialsOf(context: WorkerContext, plan: Plan): Promise<PartialBackup[]> {
  const found = await partials(context, plan);
  const own = found.map(async (each) => ({
    each,
    own: each.owner === null ? await isOld(each.path) : each.owner.stack === plan.stack.project,
  }));
  return (await Promise.all(own)).filter((each) => each.own).map(({ each }) => each);
}

/** Removes what a failed or cancelled run left. @param input with the snapshot, if there was one. */
export async function removePartial(context: WorkerContext, input: RoundInput & { snapshot?: Snapshot }): Promise<void> {
  const { snapshot } = input;
  for (const partial of await partials(context, input.plan))
    if (partial.owner?.runId === input.runId) await removePartialFolder(partial.path);
  // Its owner's name goes a moment before the rename.
  if (snapshot !== undefined) await removePartialFolder(partialFolder(context, { ...input, snapshot }));
}

async function partials(context: WorkerContext, plan: Plan): Promise<PartialBackup[]> {
  const entries = await listBackups(backupsFolder(context, plan));
  return entries.filter((entry) => entry.state === 'partial');
}

/** Removes the folder of a partial backup. Run twice, it does nothing. */
export async function removePartialFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Writes a note of a step, so that a retry sees the whole note or none. */
export async function writeWhole(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value)}\n`, { mode: fileMode });
  await rename(`${file}.new`, file);
}

/** @returns a note of an earlier attempt, or null. */
export async function readNote<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** @returns the path of a note inside the work folder of a partial backup. */
export function notePath(context: WorkerContext, input: RoundInput & { snapshot: Snapshot }, name: string): string {
  return path.join(partialFolder(context, input), workName, name);
}
