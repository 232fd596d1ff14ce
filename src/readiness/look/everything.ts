import type { WorkerContext } from '../../activities/context.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import type { MeasuredRestore, ReadinessFacts, TemporalSeen } from '../facts.ts';
import { lookAtBackups } from './backups.ts';
import { lookAtChannels } from './channels.ts';
import { lookAtDrills } from './drills.ts';
import { lookAtRecoveries } from './recoveries.ts';
import { seen } from './seen.ts';
import { lookAtServer } from './server.ts';

/**
 * Looks at everything that a recovery needs, side by side. What is down is told, and hides nothing else; only what does not even
 * depend on this machine's own files may be missing.
 *
 * @param temporal asks Temporal, and throws when it does not answer.
 */
export async function lookAtEverything(
  { plan, stateFolder, backupsFolder }: LoadedPlan,
  context: WorkerContext,
  temporal: () => Promise<TemporalSeen>,
): Promise<ReadinessFacts> {
  const [backups, recorded, drills, channels, asked, server] = await Promise.all([
    seen(() => lookAtBackups({ plan, backupsFolder, secret: context.secret })),
    lookAtRecoveries(stateFolder, plan),
    lookAtDrills(stateFolder),
    lookAtChannels(stateFolder, plan.stack.project),
    seen(temporal),
    seen(() => lookAtServer(context, plan)),
  ]);
  const drilled = drills.flatMap(({ startedAt, rtaMs, bytes }): MeasuredRestore[] =>
    rtaMs === null ? [] : [{ kind: 'drill', at: startedAt, bytes, ms: rtaMs }],
  );
  const proven = 'is' in backups ? backups.is.restores : [];
  return {
    at: Date.now(),
    backups,
    restores: [...recorded.restores, ...drilled, ...proven].toSorted((a, b) => a.at - b.at),
    recoveries: recorded.recoveries,
    drills,
    channels,
    temporal: asked,
    server,
  };
}
