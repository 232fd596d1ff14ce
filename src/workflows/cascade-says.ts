/** What the recovery of a whole stack says: pure, so that it can be read and tested by itself. */
import { causeOf } from '../diagnosis/crash.ts';
import { enoughFree, nameDisk, percentUsed } from '../diagnosis/disk.ts';
import { downOf } from '../diagnosis/down.ts';
import type { ContainerFacts, DiskFacts, StackFacts } from '../diagnosis/facts.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { words } from '../text/time.ts';
import type { Finding, ServiceLeft } from './contract.ts';
import { failure } from './failure.ts';
import type { act, daemon, engine } from './proxies.ts';
import { bytes } from './say.ts';
import type { Procedure } from './steps.ts';

type Freed = Awaited<ReturnType<typeof act.freeDisk>>;
type BroughtUp = Awaited<ReturnType<typeof engine.startStack>>;

/** What was seen before anything was touched. */
export interface CascadeSeen {
  readonly facts: StackFacts;
  readonly would: Freed;
  readonly oneByOne: boolean;
  readonly plan: Plan;
}

/** @returns what is down, one line. */
export function surveyText(facts: StackFacts): string {
  if (!facts.docker.answers) return `Docker does not answer; ${disksText(facts.disks)}`;
  const down = downOf(facts);
  const gone = facts.networks.filter(({ exists }) => !exists).map(({ name }) => name);
  const detached = facts.networks.filter(({ exists, detached: out }) => exists && out.length > 0).map(({ name }) => name);
  const parts = [
    ...(down.containers.length > 0
      ? [`${down.containers.length} of ${facts.containers.length} containers down (${counted(down.containers)})`]
      : []),
    ...(down.missing.length > 0 ? [`without a container: ${down.missing.join(', ')}`] : []),
    ...(gone.length > 0 ? [`network gone: ${gone.join(', ')}`] : []),
    ...(detached.length > 0 ? [`containers cut off from ${detached.join(', ')}`] : []),
  ];
  return [parts.join('; ') || 'all containers run', disksText(facts.disks)].join('; ');
}

function counted(containers: readonly ContainerFacts[]): string {
  const states = new Map<string, number>();
  for (const { state, health, outOfMemory } of containers) {
    const name = outOfMemory ? 'out of memory' : state === 'running' ? health : state;
    states.set(name, (states.get(name) ?? 0) + 1);
  }
  return [...states].map(([name, count]) => `${count} ${name}`).join(', ');
}

function disksText(disks: readonly DiskFacts[]): string {
  return disks.map((disk) => `${nameDisk(disk)} ${percentUsed(disk)} % full, ${bytes(disk.freeBytes)} free`).join('; ');
}

/** @returns how a restart of Docker went. */
export function daemonText({ restarted, version }: Awaited<ReturnType<typeof daemon.restartDocker>>): string {
  return restarted ? `restarted; Engine ${version} answers` : `Engine ${version} answers`;
}

/** In plan mode: what each step would do. */
export function sayCascadePlan(procedure: Procedure, { facts, would, oneByOne, plan }: CascadeSeen): void {
  procedure.would(
    'freeDisk',
    would.freed.length > 0 ? `${would.summary}; never a volume, no image that has a name` : would.summary,
  );
  procedure.would(
    'docker',
    facts.docker.answers ? 'it answers: stays as it is' : `would run: ${plan.host.restartDocker.join(' ')}`,
  );
  const gone = facts.networks.filter(({ exists }) => !exists).map(({ name }) => name);
  const detached = [...new Set(facts.networks.flatMap(({ detached: out }) => out))];
  const networks = [
    ...(gone.length > 0 ? [`would make ${gone.join(', ')} as Compose’s file says`] : []),
    ...(detached.length > 0 ? [`would put back ${detached.join(', ')}`] : []),
  ];
  procedure.would('networks', networks.join('; ') || (facts.docker.answers ? 'all are there' : 'would make those that are gone'));
  const down = downOf(facts);
  const names = [...new Set([...down.containers.map(({ service }) => service), ...down.missing])];
  const order = facts.services.map(({ name }) => name).filter((name) => names.includes(name) && name !== plan.database.service);
  const start = facts.docker.answers ? order.join(', ') || 'nothing' : 'what is down then';
  procedure.would(
    'database',
    names.includes(plan.database.service)
      ? `would start ${plan.database.service}, and wait for its crash recovery`
      : facts.docker.answers
        ? 'it runs: stays as it is'
        : `would start ${plan.database.service} if it is down then, and wait for its crash recovery`,
  );
  procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
  procedure.would(
    'startServices',
    `would start ${start}${oneByOne ? ', one container after the other' : ''}, each when what it needs is healthy`,
  );
}

/** What was done. */
interface CascadeDone {
  readonly freed: Freed;
  readonly brought: BroughtUp;
}

/** @returns what was found and done, as tables. */
export function findingsOf(procedure: Procedure, { facts, would, plan }: CascadeSeen, done?: CascadeDone): Finding[] {
  const down = downOf(facts);
  const rows = [
    ...(facts.docker.why === null ? [] : [['Docker', 'down', facts.docker.why]]),
    ...down.containers.map((container) => [container.name, stateText(container), causeOf(container)]),
    ...down.missing.map((service) => [service, 'missing', 'it has no container']),
    ...facts.networks.flatMap(({ name, exists }) => (exists ? [] : [[name, 'gone', 'the network is not there']])),
  ];
  const freed = done?.freed ?? would;
  const recovery = done?.brought.crashRecovery ?? null;
  return [
    ...(rows.length === 0 ? [] : [{ title: 'What was down', columns: ['what', 'state', 'why'], rows }]),
    ...(freed.freed.length === 0
      ? []
      : [
          {
            title: done === undefined ? 'Disk space that would be freed' : 'Disk space freed',
            columns: ['kind', 'name', 'size'],
            rows: freed.freed.map(({ kind, name, bytes: size }) => [kind, name, bytes(size)]),
          },
        ]),
    ...(recovery === null
      ? []
      : [
          {
            title: 'The database server recovered from a crash by itself',
            text: `It replayed its WAL${recovery.redoFrom === null ? '' : ` from ${recovery.redoFrom}`}${recovery.redoTo === null ? '' : ` to ${recovery.redoTo}`}; what was committed is there.`,
          },
        ]),
    ...(done === undefined || done.brought.left.length === 0
      ? []
      : [
          {
            title: 'Not up',
            columns: ['service', 'why', 'its last words'],
            rows: done.brought.left.map(({ service, why, lastWords }) => [service, why, lastWords.slice(-3).join(' / ')]),
          },
        ]),
    ...(done === undefined ? [] : [timesOf(procedure, plan)]),
  ];
}

function stateText({ state, health }: ContainerFacts): string {
  return state === 'running' ? health : state;
}

/** How long what took, beside the objective of the document's row that it is about. */
function timesOf(procedure: Procedure, plan: Plan): Finding {
  const began = Date.parse(procedure.progress().startedAt);
  const until = (...names: string[]) => {
    const ends = procedure.progress().steps.filter(({ name, endedAt }) => names.includes(name) && endedAt !== undefined);
    return Math.max(0, ...ends.map(({ endedAt = '' }) => Date.parse(endedAt) - began));
  };
  const { objectives } = plan;
  const rows: (readonly [string, string | undefined, number])[] = [
    ['disk full', objectives.diskFull.rto, until('freeDisk', 'freeMore')],
    ['network partition', objectives.networkPartition.rto, until('networks')],
    ['container crash', objectives.containerCrash.rto, until('startServices')],
  ];
  return {
    title: 'Time from the start until it was mended, and the objective',
    columns: ['disaster', 'took', 'RTO', ''],
    rows: rows.map(([disaster, rto = objectives.default.rto, took]) => [
      disaster,
      words(took),
      rto,
      took <= milliseconds(rto) ? 'kept' : 'missed',
    ]),
  };
}

/** @returns the stop of a recovery that may not free what would have to go. */
export function diskFullError(disk: DiskFacts, freed: Freed, wanted: string): Error {
  const target = enoughFree(disk, wanted);
  return failure(
    'DISK_TOO_SMALL',
    `${capital(nameDisk(disk))} is full: ${bytes(disk.freeBytes)} of ${bytes(disk.totalBytes)} free, and nothing on it may go without a person’s decision.`,
    {
      state: `${freed.freed.length === 0 ? 'Nothing was freed' : `Freed so far: ${bytes(freed.bytes)}`}; no service was stopped. The database’s files were not touched: never delete anything of them by hand, least of all in pg_wal.`,
      hints: [
        `make the disk larger, or move away what is not the database’s, until ${bytes(target)} are free: du -xh ${disk.path} | sort -h | tail`,
        'then: kintsugi recover cascade',
        'for the next time: host.reserve of the plan keeps ballast there that a recovery may give up',
      ],
    },
  );
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** @returns the stop of a recovery that can do nothing without a service which does not come up. */
export function notUp({ service, why, lastWords }: ServiceLeft, up: number, { stack, database }: Plan): Error {
  const what = service === database.service ? 'The database server' : `The service ${service}`;
  const full = lastWords.some((line) => line.includes('No space left on device'));
  return failure(
    full ? 'DISK_TOO_SMALL' : 'SERVICE_UNHEALTHY',
    `${what} does not come up: ${why}. Its last words: ${lastWords.slice(-3).join(' / ')}`,
    {
      state: `${up} containers of ${stack.project} are up; what needs ${service} is not started. No file and no volume was touched.`,
      hints: full
        ? ['df -h', 'make room on the disk of the database, then: kintsugi recover cascade']
        : [`docker compose -p ${stack.project} logs --tail 50 ${service}`, 'kintsugi diagnose'],
    },
  );
}

/** @returns what is still wrong, one line; null if nothing is. */
export function leftText(left: readonly ServiceLeft[]): string | null {
  if (left.length === 0) return null;
  return `Not up: ${left.map(({ service, why }) => `${service} (${why})`).join('; ')}. The others are. See the services’ last words, then: kintsugi recover service`;
}
