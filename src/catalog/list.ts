/** The catalog is the folder itself: what is in it is looked at each time, so nothing can be out of step with it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { BackupKind } from './facts.ts';
import { type Recognised, recogniseBackup } from './foreign.ts';
import { instantFromName } from './foreign-instant.ts';
import { instantOfId, isBackupId } from './ids.ts';
import { deletedSuffix, deletionName, ownerName, partialSuffix } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { readManifest } from './read.ts';

/** Who makes a partial backup; in its `owner.json`. */
export interface PartialOwner {
  readonly workflowId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly at: string;
  /** Its Compose project: several may keep their backups in one folder. */
  readonly stack: string;
}

interface Entry {
  /** Id of ours; name of anything else. */
  readonly id: string;
  /** Absolute path. */
  readonly path: string;
  /** ISO 8601 in UTC: of the snapshot, or as well as it is known. */
  readonly takenAt: string;
}

/** A backup of ours whose manifest is sound. Its files are not checked by listing. */
export interface WholeBackup extends Entry {
  readonly state: 'whole';
  readonly bytes: number;
  readonly manifest: Manifest;
}

/** Being made, or left by a run that died. */
export interface PartialBackup extends Entry {
  readonly state: 'partial';
  readonly owner: PartialOwner | null;
}

/** Named like a backup of ours, but damaged: never chosen, and never passed over in silence. */
export interface BrokenBackup extends Entry {
  readonly state: 'broken';
  readonly why: string;
}

/** Deleted by retention: no backup any more, until it is had back. */
export interface DeletedBackup extends Entry {
  readonly state: 'deleted';
  /** ISO 8601 in UTC, and why; null if it does not say. */
  readonly deletedAt: string | null;
  readonly why: string | null;
}

/** What others made: can be restored when it is named. */
export interface ForeignBackup extends Entry {
  readonly state: 'foreign';
  readonly kind: BackupKind;
  readonly bytes: number;
  /** Where the instant is from: the name, or the file's time of change. */
  readonly takenFrom: 'name' | 'mtime';
}

/** No backup at all. */
export interface Stranger extends Entry {
  readonly state: 'stranger';
  readonly why: string;
}

export type CatalogEntry = WholeBackup | PartialBackup | BrokenBackup | DeletedBackup | ForeignBackup | Stranger;

/**
 * Lists a backups folder, newest first. A folder that does not exist holds nothing.
 *
 * @throws KintsugiError IO when the folder cannot be read.
 */
export async function listBackups(folder: string): Promise<CatalogEntry[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new KintsugiError('IO', `The backups folder ${folder} cannot be read (${error.code}).`, {
      state: 'Nothing was stopped or changed.',
    });
  });
  const found = await Promise.all(names.filter((name) => !name.startsWith('.')).map((name) => describe(path.join(folder, name))));
  return found.filter((entry) => entry !== null).sort((a, b) => b.takenAt.localeCompare(a.takenAt) || b.id.localeCompare(a.id));
}

async function describe(file: string): Promise<CatalogEntry | null> {
  const name = path.basename(file);
  if (name.endsWith(partialSuffix) && isBackupId(name.slice(0, -partialSuffix.length))) return partial(file);
  if (name.endsWith(deletedSuffix) && isBackupId(name.slice(0, -deletedSuffix.length))) return deleted(file);
  if (isBackupId(name)) return ours(file);
  try {
    return foreign(await recogniseBackup(file));
  } catch (error) {
    const changed = await stat(file).catch(() => null);
    // Gone between the listing and the look: removed by another run.
    if (changed === null) return null;
    return { state: 'stranger', id: name, path: file, takenAt: changed.mtime.toISOString(), why: (error as Error).message };
  }
}

async function ours(folder: string): Promise<CatalogEntry | null> {
  const id = path.basename(folder);
  const entry = { id, path: folder, takenAt: instantOfId(id) ?? '' };
  try {
    const manifest = await readManifest(folder);
    if (manifest.id !== id) return { ...entry, state: 'broken', why: `its manifest is that of ${manifest.id}` };
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    return { ...entry, state: 'whole', takenAt: manifest.takenAt, bytes, manifest };
  } catch (error) {
    if ((await stat(folder).catch(() => null)) === null) return null;
    return { ...entry, state: 'broken', why: (error as Error).message };
  }
}

async function partial(folder: string): Promise<PartialBackup> {
  const id = path.basename(folder).slice(0, -partialSuffix.length);
  return { state: 'partial', id, path: folder, takenAt: instantOfId(id) ?? '', owner: await readOwner(folder) };
}

async function deleted(folder: string): Promise<DeletedBackup> {
  const id = path.basename(folder).slice(0, -deletedSuffix.length);
  const text = await readFile(path.join(folder, deletionName), 'utf8').catch(() => '{}');
  const { at, why } = deletion.safeParse(json(text)).data ?? {};
  return { state: 'deleted', id, path: folder, takenAt: instantOfId(id) ?? '', deletedAt: at ?? null, why: why ?? null };
}

const deletion = z.object({ at: z.iso.datetime(), why: z.string() });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @returns who makes a partial backup, or null when it does not say. */
async function readOwner(folder: string): Promise<PartialOwner | null> {
  try {
    return JSON.parse(await readFile(path.join(folder, ownerName), 'utf8')) as PartialOwner;
  } catch {
    return null;
  }
}

function foreign(found: Recognised): CatalogEntry {
  const name = path.basename(found.path);
  const entry = { id: name, path: found.path };
  // Ours, but renamed: its manifest says which one it is, and the catalog goes by names.
  if (found.kind === 'kintsugi')
    return { ...entry, state: 'stranger', takenAt: found.changedAt, why: 'a backup of ours under another name' };
  const named = instantFromName(name);
  return {
    ...entry,
    state: 'foreign',
    kind: found.kind,
    bytes: found.bytes,
    takenAt: named ?? found.changedAt,
    takenFrom: named === null ? 'mtime' : 'name',
  };
}
