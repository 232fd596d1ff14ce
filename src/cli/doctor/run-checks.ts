import type { LoadedPlan } from '../../plan/load.ts';
import { connect, type Temporal } from '../temporal.ts';
import { backups } from './backups.ts';
import type { Check, Finding } from './finding.ts';
import { leftovers } from './leftovers.ts';
import { compose, docker, node, stack } from './machine.ts';
import { reachable, retention, searchAttributes, worker } from './temporal.ts';

/** All checks, in the order in which they are shown. */
const checks: readonly (readonly [area: string, check: Check])[] = [
  ['Node.js', node],
  ['Docker', docker],
  ['Compose', compose],
  ['stack', stack],
  ['Temporal', reachable],
  ['Temporal', searchAttributes],
  ['Temporal', retention],
  ['worker', worker],
  ['backups', backups],
  ['leftovers', leftovers],
];

/**
 * Runs all checks side by side, and hands the findings to `use` while the connection to Temporal is open: a mend may need it.
 * A check that throws becomes a finding.
 */
export async function withFindings<T>(loaded: LoadedPlan, use: (findings: readonly Finding[]) => Promise<T>): Promise<T> {
  const temporal: Temporal | null = await connect(loaded.plan, 3_000).catch(() => null);
  try {
    const found = await Promise.all(checks.map(([area, check]) => guarded(area, () => check({ loaded, temporal }))));
    return await use([{ area: 'plan', ok: true, text: loaded.path }, ...found.flat()]);
  } finally {
    await temporal?.connection.close().catch(() => undefined);
  }
}

async function guarded(area: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [{ area, ok: false, text: `can't be checked: ${(error as Error).message.split('\n')[0]}` }];
  }
}
