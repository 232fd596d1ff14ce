import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRunning, type ProcessRecord } from './process-identity.ts';

/** What is kept about a background process, as JSON in the state folder. */
export interface ProcessFile extends ProcessRecord {
  /** ISO 8601 in UTC, for people. */
  readonly startedAt: string;
  /** Absolute path of its log. */
  readonly log: string;
  /** Build of Kintsugi that it runs; null for a program that is not ours. */
  readonly build: string | null;
}

/** Writes the file in one move, so that a reader never sees half of it. */
export function writeProcessFile(path: string, record: ProcessFile): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(fresh, path);
}

/** @returns the record, whether its process still runs or not; null when there is no file or it can't be read. */
export function readRecord(path: string): ProcessFile | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessFile;
  } catch {
    return null;
  }
}

/** @returns the record if its very process still runs, else null; also null when there is no file or it can't be read. */
export function readRunning(path: string): ProcessFile | null {
  const record = readRecord(path);
  return record !== null && isRunning(record) ? record : null;
}

/** Removes the file if it still speaks of the process `pid`: a successor's file stays. */
export function removeProcessFile(path: string, pid: number): void {
  if (readRecord(path)?.pid === pid) rmSync(path, { force: true });
}
