import { setTimeout as delay } from 'node:timers/promises';
import type { Temporal } from '../../src/cli/temporal.ts';
import type { TakeBackupResult } from '../../src/workflows/contract.ts';
import type { TestStack } from '../../test/integration/harness/stack.ts';

/** What every way to restore works with. */
export interface Bench {
  readonly stack: TestStack;
  readonly temporal: Pick<Temporal, 'client' | 'connection' | 'namespace'>;
  readonly taskQueue: string;
  readonly jobs: number;
  readonly backup: TakeBackupResult;
  /** The same, with content fingerprints. */
  readonly backupWithContent: TakeBackupResult;
  /** Absolute path of the plain SQL dump. */
  readonly plainDump: string;
  /** Fingerprint of all rows as they were backed up. */
  readonly content: string;
  /** Containers that ran at the beginning. */
  readonly running: readonly string[];
}

/** @returns the seconds since an instant of `performance.now()`. */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

/** Asks a health address until it answers 200. */
export async function answers(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await delay(50);
  }
}
