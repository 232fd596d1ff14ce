import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import { connect, type Temporal } from '../temporal.ts';
import { backups } from './backups.ts';
import type { Check, DoctorContext, Finding } from './finding.ts';
import { leftovers } from './leftovers.ts';
import { compose, docker, node, stack } from './machine.ts';
import { reachable, retention, searchAttributes, worker } from './temporal.ts';

/** All checks, in the order in which they are shown. */
const checks: readonly NamedCheck[] = [
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
    return await use([{ area: 'plan', ok: true, text: loaded.path }, ...(await runChecks(checks, { loaded, temporal }))]);
  } finally {
    await temporal?.connection.close().catch(() => undefined);
  }
}

/** A check and what it belongs to. */
export type NamedCheck = readonly [area: string, check: Check];

/** Runs checks side by side. @returns their findings in the checks' order; a check that throws becomes a finding. */
export async function runChecks(all: readonly NamedCheck[], context: DoctorContext): Promise<Finding[]> {
  return (await Promise.all(all.map(([area, check]) => guarded(area, () => check(context))))).flat();
}

async function guarded(area: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    const text = (error as Error).message.split('\n')[0] ?? '';
    if (!(error instanceof KintsugiError)) return [{ area, ok: false, text: `can't be checked: ${text}` }];
    const [hint] = error.hints;
    return [{ area, ok: false, text, ...(hint === undefined ? {} : { hint }) }];
  }
}
