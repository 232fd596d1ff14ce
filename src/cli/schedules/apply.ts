import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { wantedSchedules } from '../../schedules/definition.ts';
import { type Change, changesOf } from '../../schedules/differences.ts';
import { describe, optionsOf, ownSchedules } from '../../schedules/server.ts';
import type { Temporal } from '../temporal.ts';

/** @returns what makes the server's schedules those of the plan; nothing is changed. */
export async function scheduleChanges({ client }: Temporal, plan: Plan): Promise<Change[]> {
  return changesOf(wantedSchedules(plan), await ownSchedules(client, plan.stack.project));
}

/**
 * Makes changes that `scheduleChanges` found. Made twice, they come to the same. A schedule that a person paused stays paused.
 *
 * @throws KintsugiError ALREADY_RUNNING if a schedule with an id of ours is somebody else's.
 */
export async function applyChanges({ client }: Temporal, plan: Plan, changes: readonly Change[]): Promise<void> {
  const { project } = plan.stack;
  const wanted = new Map(wantedSchedules(plan).map((each) => [each.id, each]));
  for (const { act, id } of changes) {
    const handle = client.schedule.getHandle(id);
    if (act === 'remove') await handle.delete();
    const schedule = wanted.get(id);
    if (schedule === undefined || act === 'keep' || act === 'remove') continue;
    const options = optionsOf(project, schedule);
    if (act === 'create') {
      const stranger = await describe(client, id);
      // Made a moment ago by another `apply`, or by somebody who took the same name for something else.
      if (stranger === null) await client.schedule.create(options);
      else if (!isOurs(stranger.memo, project)) throw taken(id);
    } else {
      const { scheduleId: _id, memo: _memo, ...rest } = options;
      await handle.update(({ state }) => ({ ...rest, state }));
    }
  }
}

/** What became of the schedules at `kintsugi up`. */
export interface SchedulesAtUp {
  readonly changes: readonly Change[];
  /** Names of those that a person changed: they were left, and said. */
  readonly left: readonly string[];
}

/** Makes the schedules those of the plan, and leaves alone what a person changed by hand: that is asked for by `schedules apply`. */
export async function applyWithoutAsking(temporal: Temporal, plan: Plan): Promise<SchedulesAtUp> {
  const all = await scheduleChanges(temporal, plan);
  const isByHand = (change: Change) => 'byHand' in change && change.byHand.length > 0;
  const changes = all.filter((change) => !isByHand(change));
  await applyChanges(temporal, plan, changes);
  return { changes, left: all.filter(isByHand).map(({ kind }) => kind) };
}

function isOurs(memo: Record<string, unknown> | undefined, project: string): boolean {
  return (memo?.kintsugi as { project?: unknown } | undefined)?.project === project;
}

function taken(id: string): KintsugiError {
  return new KintsugiError('ALREADY_RUNNING', `There is a schedule ${id} that Kintsugi did not make for this stack.`, {
    state: 'It was left as it is; the schedules before it in the list were made.',
    hints: [`temporal schedule describe --schedule-id ${id}`, `temporal schedule delete --schedule-id ${id}   # if it may go`],
  });
}
