import path from 'node:path';
import { byText } from '../../catalog/order.ts';
import type { Plan } from '../../plan/schema.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import { decryptedForScratch } from '../backups/open.ts';
import { partialsOf } from '../backups/partial.ts';
import type { RunReference, WorkerContext } from '../context.ts';
import { askEngine } from '../docker/engine.ts';
import { kinds, labels } from '../docker/job-name.ts';
import { stackContainers } from '../docker/stack.ts';
import { type DatabaseRow, listDatabases } from '../postgres/marker.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { findServers } from '../scratch-server/remove.ts';
import { type ServiceRecord, serviceRecords } from './service-records.ts';

/** What a run that ended without its clean-up (terminated, or its history lost) left behind. */
export type Leftover =
  | { readonly kind: 'jobs'; readonly owner: RunReference; readonly names: readonly string[] }
  | { readonly kind: 'scratchServer'; readonly owner: RunReference; readonly name: string }
  | { readonly kind: 'decrypted'; readonly owner: RunReference; readonly folder: string }
  | { readonly kind: 'partial'; readonly owner: RunReference | null; readonly folder: string }
  | { readonly kind: 'scratch'; readonly owner: RunReference | null; readonly database: string }
  | { readonly kind: 'readOnly'; readonly owner: RunReference; readonly database: string }
  | { readonly kind: 'fence'; readonly owner: RunReference; readonly database: string; readonly comment: string | null }
  | {
      readonly kind: 'services';
      readonly owner: RunReference;
      readonly record: ServiceRecord;
      readonly stopped: readonly string[];
    };

/** @returns whether a run still works: then nothing of it is left over. */
export type IsRunning = (owner: RunReference) => Promise<boolean>;

export interface Found {
  /** In the order in which they are to be mended. */
  readonly leftovers: readonly Leftover[];
  /** Where it could not be looked: `the database server does not answer`. */
  readonly unseen: readonly string[];
}

/**
 * Looks for what ended runs left, by labels, markers and records, never by memory. Changes nothing.
 *
 * @param isRunning asked once for each run; what it throws is thrown.
 */
export async function findLeftovers(context: WorkerContext, plan: Plan, isRunning: IsRunning): Promise<Found> {
  const ended = once(async (owner: RunReference) => !(await isRunning(owner)));
  const unseen: string[] = [];
  const look = async (what: string, find: () => Promise<Leftover[]>): Promise<Leftover[]> => {
    const found = await find().catch((error: Error) => {
      unseen.push(`${what}: ${error.message.split('\n')[0]}`);
      return [];
    });
    const checked = await Promise.all(
      found.map(async (each) => ({ each, left: each.owner === null || (await ended(each.owner)) })),
    );
    return checked.filter(({ left }) => left).map(({ each }) => each);
  };
  const [jobs, servers, decrypted, partials, databases, services] = await Promise.all([
    look('job containers', () => findJobs(context, plan)),
    look('scratch servers', () => findScratchServers(context, plan)),
    look('decrypted copies', () => findDecrypted(context, plan)),
    look('unfinished backups', () => findPartials(context, plan)),
    look('databases', () => findDatabases(context, plan)),
    look('stopped services', () => findServices(context, plan)),
  ]);
  return { leftovers: [...jobs, ...servers, ...decrypted, ...partials, ...databases, ...services], unseen };
}

/** Asks for each run once: several leftovers may be of one. */
function once(ask: (owner: RunReference) => Promise<boolean>): (owner: RunReference) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  return (owner) => {
    const answer = answers.get(owner.runId) ?? ask(owner);
    answers.set(owner.runId, answer);
    return answer;
  };
}

async function findJobs(context: Pick<WorkerContext, 'docker'>, plan: Plan): Promise<Leftover[]> {
  const all = await askEngine(() =>
    context.docker.listContainers({ all: true, filters: { label: [`${labels.stack}=${plan.stack.project}`] } }),
  );
  const listed = all.filter((container) => container.Labels[labels.kind] !== kinds.scratchServer);
  const runs = [...new Set(listed.map((container) => container.Labels[labels.run] ?? ''))];
  return runs.map((runId) => {
    const containers = listed.filter((container) => (container.Labels[labels.run] ?? '') === runId);
    return {
      kind: 'jobs',
      owner: { workflowId: containers[0]?.Labels[labels.workflow] ?? '', runId },
      names: containers.map((container) => (container.Names[0] ?? container.Id).replace(/^\//, '')).toSorted(byText),
    };
  });
}

async function findScratchServers(context: Pick<WorkerContext, 'docker'>, plan: Plan): Promise<Leftover[]> {
  const found = await findServers(context.docker, `${labels.stack}=${plan.stack.project}`);
  return found.map(({ name, owner }) => ({ kind: 'scratchServer', owner, name }));
}

async function findDecrypted(context: WorkerContext, plan: Plan): Promise<Leftover[]> {
  const found = await decryptedForScratch(context, plan);
  return found.map(({ folder, owner }) => ({ kind: 'decrypted', owner, folder }));
}

async function findPartials(context: WorkerContext, plan: Plan): Promise<Leftover[]> {
  const found = await partialsOf(context, plan);
  return found.map(({ owner, path: folder }) => ({ kind: 'partial', owner: owner === null ? null : ownerOf(owner), folder }));
}

const scratchName = /_restoring_[0-9a-f]{8}$/;

async function findDatabases(context: WorkerContext, plan: Plan): Promise<Leftover[]> {
  const access = await serverAccess(context, { plan });
  const rows = await withClient(access, access.maintenance, listDatabases);
  return rows.flatMap(leftoverOf);
}

function leftoverOf({ name, marker, comment }: DatabaseRow): Leftover[] {
  if (marker?.kind === 'scratch') return [{ kind: 'scratch', owner: ownerOf(marker), database: name }];
  if (marker?.kind === 'fenced') return [{ kind: 'fence', owner: ownerOf(marker), database: name, comment: marker.comment }];
  if (marker?.kind === 'readOnly') return [{ kind: 'readOnly', owner: ownerOf(marker), database: name }];
  // Made, and killed before it was marked: nothing is in it.
  if (marker === null && comment === null && scratchName.test(name)) return [{ kind: 'scratch', owner: null, database: name }];
  return [];
}

function ownerOf({ workflowId, runId }: RunReference): RunReference {
  return { workflowId, runId };
}

async function findServices(context: WorkerContext, plan: Plan): Promise<Leftover[]> {
  const records = await serviceRecords(context);
  if (records.length === 0) return [];
  const containers = await stackContainers(context.docker, plan.stack.project);
  return records.map((record) => ({
    kind: 'services',
    owner: ownerOf(record),
    record,
    stopped: containers
      .filter((container) => record.services.containers.includes(container.id) && !container.running)
      .map((container) => container.name)
      .toSorted(byText),
  }));
}

/** @returns what a leftover is, for a person: one line. */
export function describeLeftover(leftover: Leftover): string {
  const of =
    leftover.owner === null ? '' : ` of ${leftover.owner.workflowId}/${shortRunId(leftover.owner.runId)}, which has ended`;
  if (leftover.kind === 'jobs') return `job containers${of}: ${leftover.names.join(' ')}`;
  if (leftover.kind === 'scratchServer') return `the scratch server ${leftover.name}${of}`;
  if (leftover.kind === 'decrypted') return `a decrypted copy of a backup${of}`;
  if (leftover.kind === 'partial') return `the unfinished backup ${path.basename(leftover.folder)}${of}`;
  if (leftover.kind === 'scratch') return `the unfinished copy ${leftover.database}${of}`;
  if (leftover.kind === 'readOnly') return `writes to ${leftover.database} are held back${of}`;
  if (leftover.kind === 'fence') return `${leftover.database} is closed to connections by a fence${of}`;
  return leftover.stopped.length === 0
    ? `a note of services that were stopped${of}; all run again`
    : `services are stopped${of}: ${leftover.stopped.join(' ')}`;
}

/** @returns what mending it does, for a person: one line. */
export function describeMend(leftover: Leftover): string {
  if (leftover.kind === 'jobs') return `remove ${leftover.names.length} job container${leftover.names.length === 1 ? '' : 's'}`;
  if (leftover.kind === 'scratchServer') return `remove the scratch server ${leftover.name} with its volume`;
  if (leftover.kind === 'decrypted') return 'remove the decrypted copy of a backup';
  if (leftover.kind === 'partial') return `remove the unfinished backup ${path.basename(leftover.folder)}`;
  if (leftover.kind === 'scratch') return `drop the unfinished copy ${leftover.database}`;
  if (leftover.kind === 'readOnly') return `let writes to ${leftover.database} go on`;
  if (leftover.kind === 'fence') return `open ${leftover.database} to connections again`;
  return leftover.stopped.length === 0
    ? 'remove the note'
    : `start ${leftover.stopped.join(' ')} again, in order, each when healthy`;
}
