import { stat } from 'node:fs/promises';
import { activityInfo, heartbeat } from '@temporalio/activity';
import { isShort } from '../../diagnosis/disk.ts';
import type { DiskFacts } from '../../diagnosis/facts.ts';
import { beating, megabytes } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { dockerProblem } from '../docker/daemon.ts';
import { databaseFolder, dockerFolder, lookAtDisks } from '../survey/disks.ts';
import { type Candidate, type CandidateKind, type Finder, kinds, type Reclaiming } from './candidate.ts';
import { buildCache, danglingImages } from './docker-things.ts';
import { expiredBackups, rotatedLogs } from './files.ts';
import { reserve } from './reserve.ts';

/** From what nobody misses to what somebody might. There is no finder of volumes, and none of images that have a name. */
const finders: readonly Finder[] = [buildCache, danglingImages, rotatedLogs, expiredBackups, reserve];

/** Something that went, or would. */
export interface FreedThing {
  readonly kind: CandidateKind;
  readonly name: string;
  readonly bytes: number;
}

export interface Freed {
  readonly freed: readonly FreedThing[];
  readonly bytes: number;
  /** The disks as they are afterwards. */
  readonly disks: readonly DiskFacts[];
  /** Those that still have less free than the plan wants. */
  readonly short: readonly DiskFacts[];
  readonly summary: string;
}

/**
 * Frees space on the disks that have too little of it, the most harmless first, one by one, and no more once enough is free. Each
 * thing that went is in the result, also what an attempt before this one freed.
 */
export async function freeDisk(context: WorkerContext, input: StepInput): Promise<Freed> {
  const before = (activityInfo().heartbeatDetails ?? null) as { freed?: readonly FreedThing[] } | null;
  const freed = [...(before?.freed ?? [])];
  let text = 'looks what can go';
  await beating(
    () => ({ text, freed }),
    async (signal) => {
      const reclaiming = await reclaimingOf(context, input, signal);
      for (const finder of finders) {
        if ((await shortOf(reclaiming)).length === 0) return;
        for (const candidate of await finder(reclaiming)) {
          signal.throwIfAborted();
          if (!(await isOnShortDisk(reclaiming, candidate))) continue;
          text = `frees ${candidate.kind} ${candidate.name}`;
          const bytes = await candidate.free();
          if (bytes !== null) freed.push({ kind: candidate.kind, name: candidate.name, bytes });
          heartbeat({ text, freed });
        }
      }
    },
  );
  const reclaiming = await reclaimingOf(context, input, new AbortController().signal);
  const disks = await lookAtDisks(context, input.plan, reclaiming.dockerAnswers);
  return resultOf(freed, disks, input.plan.host.free, 'freed');
}

/** What `freeDisk` would free now, as far as that is known before; touches nothing. */
export async function planFreeDisk(context: WorkerContext, input: StepInput): Promise<Freed> {
  const reclaiming = await reclaimingOf(context, input, new AbortController().signal);
  const short = await shortOf(reclaiming);
  const would: FreedThing[] = [];
  const missing = new Map(short.map((disk) => [disk.device, disk] as const));
  for (const finder of finders) {
    if (missing.size === 0) break;
    for (const { kind, name, bytes, place } of await finder(reclaiming)) {
      const device = await deviceOf(place);
      const disk = device === null ? undefined : missing.get(device);
      if (disk === undefined) continue;
      would.push({ kind, name, bytes });
      const after = { ...disk, freeBytes: disk.freeBytes + bytes };
      if (isShort(after, input.plan.host.free)) missing.set(disk.device, after);
      else missing.delete(disk.device);
    }
  }
  return resultOf(would, short, input.plan.host.free, 'would free');
}

async function reclaimingOf(context: WorkerContext, { plan, database }: StepInput, signal: AbortSignal): Promise<Reclaiming> {
  const dockerAnswers = (await dockerProblem(context.docker)) === null;
  return {
    context,
    plan,
    database,
    dockerAnswers,
    dockerFolder: await dockerFolder(context.docker, plan, dockerAnswers),
    databaseFolder: await databaseFolder(context.docker, plan, dockerAnswers),
    signal,
  };
}

async function shortOf({ context, plan, dockerAnswers }: Reclaiming): Promise<DiskFacts[]> {
  return (await lookAtDisks(context, plan, dockerAnswers)).filter((disk) => isShort(disk, plan.host.free));
}

/** Asked before each thing: what went before it may have been enough. */
async function isOnShortDisk(reclaiming: Reclaiming, { place }: Candidate): Promise<boolean> {
  const device = await deviceOf(place);
  return (await shortOf(reclaiming)).some((disk) => disk.device === device);
}

async function deviceOf(place: string): Promise<number | null> {
  return stat(place).then(
    ({ dev }) => dev,
    () => null,
  );
}

function resultOf(freed: readonly FreedThing[], disks: readonly DiskFacts[], wanted: string, verb: string): Freed {
  const bytes = freed.reduce((sum, each) => sum + each.bytes, 0);
  const short = disks.filter((disk) => isShort(disk, wanted));
  const each = kinds.flatMap((kind) => {
    const things = freed.filter((thing) => thing.kind === kind);
    const size = things.reduce((sum, thing) => sum + thing.bytes, 0);
    return things.length === 0 ? [] : [`${kind} ${megabytes(size)}`];
  });
  const summary =
    freed.length > 0
      ? `${verb} ${megabytes(bytes)}: ${each.join(', ')}`
      : short.length === 0
        ? 'enough is free'
        : 'there is nothing that may go';
  return { freed, bytes, disks, short, summary };
}
