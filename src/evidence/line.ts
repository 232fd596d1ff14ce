import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** One attempt of one activity: a line of an evidence file. Times are ISO 8601 in UTC. */
export interface EvidenceEntry {
  /** Name of the activity, and which attempt of it. */
  readonly activity: string;
  readonly activityId: string;
  readonly attempt: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  /** Code of the error table; only of an attempt that failed. */
  readonly code?: string;
  readonly message?: string;
  /** What the activity answered, without secrets; a big answer is cut, and says so. */
  readonly result?: unknown;
  /** Who did it: host, role, build and process of the worker. */
  readonly worker: string;
}

/** A line as it is stored. `previous` is the sha256 of the line before, so that a changed, missing or added line shows. */
export interface EvidenceLine extends EvidenceEntry {
  readonly line: number;
  readonly previous: string;
}

/** `previous` of a first line. */
export const chainStart = '0'.repeat(64);

/** @returns the sha256 of a stored line, without its line end. */
export function lineHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * @returns the evidence file of one run of a workflow. Ids come from outside (the Temporal UI takes any text), so what
 *   has a meaning in a path is written another way: the file is always inside the state folder.
 */
export function evidenceFile(stateFolder: string, workflowId: string, runId: string): string {
  return join(stateFolder, 'evidence', pathSegment(workflowId), `${pathSegment(runId)}.jsonl`);
}

/** @returns an id as the name of a file or folder: nothing in it has a meaning in a path. */
export function pathSegment(id: string): string {
  const segment = encodeURIComponent(id).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
  // File systems take 255 bytes; a longer id keeps its beginning and gets a hash.
  return segment.length <= 200 ? segment : `${segment.slice(0, 180)}-${lineHash(id).slice(0, 16)}`;
}
