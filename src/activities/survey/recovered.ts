import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { byText } from '../../catalog/order.ts';
import type { Remedy } from '../../diagnosis/facts.ts';
import { pathSegment } from '../../evidence/line.ts';
import { type RecoveryName, recoveries, recoveryId } from '../../workflows/contract.ts';

/** When recoveries last ended well, ISO 8601, by their names. */
export type Recovered = Partial<Record<RecoveryName, string>>;

/** What each recovery settles beside its own: with the database, everything that was wrong in it was replaced. */
const settledBy: Partial<Record<Remedy, readonly RecoveryName[]>> = {
  corruption: ['corruption', 'restore'],
  deletion: ['deletion', 'restore'],
};

/**
 * What a log says of the time before a recovery is what that recovery was for; and an examination that finds a broken page makes the
 * server complain of it once more.
 *
 * @returns whether something that speaks for a remedy was logged before that was done.
 */
export function isSettled(recovered: Recovered, remedy: Remedy, at: string): boolean {
  const by = settledBy[remedy] ?? (remedy in recoveries ? [remedy as RecoveryName] : []);
  return by.some((name) => at <= (recovered[name] ?? ''));
}

/** @returns when each recovery of a stack last ended well, as far as the reports in the state folder tell. */
export async function lastRecovered(stateFolder: string, project: string): Promise<Recovered> {
  const folder = path.join(stateFolder, 'reports');
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const found: Recovered = {};
  for (const name of Object.keys(recoveries) as RecoveryName[]) {
    const prefix = `${pathSegment(recoveryId(project, name))}-`;
    const own = files.filter((file) => file.startsWith(prefix) && /^[0-9a-f]{8}\.json$/.test(file.slice(prefix.length)));
    const end = await lastGoodEnd(own.map((file) => path.join(folder, file)));
    if (end !== null) found[name] = end;
  }
  return found;
}

/** Old ones say nothing about the logs of the last quarter of an hour. */
const recentMs = 24 * 60 * 60_000;

async function lastGoodEnd(files: readonly string[]): Promise<string | null> {
  const ends: string[] = [];
  for (const file of files) {
    try {
      if (Date.now() - (await stat(file)).mtimeMs > recentMs) continue;
      const report = JSON.parse(await readFile(file, 'utf8')) as { endedAt?: string | null; outcome?: { state?: string } };
      if (report.outcome?.state?.startsWith('completed') === true && typeof report.endedAt === 'string')
        ends.push(report.endedAt);
    } catch {
      // One that cannot be read tells nothing; the logs count then.
    }
  }
  return ends.toSorted(byText).at(-1) ?? null;
}
