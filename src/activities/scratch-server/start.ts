/**
 * A PostgreSQL server apart from production, on which a stored backup is restored to see that it can be: made from the database's
 * own image, on an internal network of its own, from which nothing leads to production's, with a volume of its own and limits. The
 * steps of a restore work on it unchanged: their input names it as their target.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { byteCount, milliseconds } from '../../plan/units.ts';
import type { ScratchServerLimits } from '../../plan/verification.ts';
import { beating } from '../backups/beat.ts';
import type { ScratchServer, StepInput, WorkerContext } from '../context.ts';
import { askEngine, engineStatus, orNull } from '../docker/engine.ts';
import { splitFrames } from '../docker/job.ts';
import { jobLabels, jobName, kinds, labels } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { removeServer } from './remove.ts';

export interface ScratchServerInput extends StepInput {
  /** Counts from 1: a server that was lost is made anew under another name. */
  readonly round: number;
  readonly limits: ScratchServerLimits;
  /** PostgreSQL settings that this use wants; those of `limits` win. */
  readonly settings?: Readonly<Record<string, string>>;
}

const passwordFile = 'kintsugi-server-password';
/** Parallel restores share memory there; Docker's own 64 MB are soon full. */
const sharedMemoryBytes = 256 * 2 ** 20;

/**
 * Starts the scratch server of a run, or waits for the one that an earlier attempt started. It has the plan's user and password.
 *
 * @throws KintsugiError SCRATCH_SERVER with the end of its log; STACK_MISSING, SECRET_MISSING, DOCKER_UNREACHABLE.
 */
export async function startScratchServer(context: WorkerContext, input: ScratchServerInput): Promise<ScratchServer> {
  return beating(
    () => ({ text: 'starting the scratch server' }),
    (signal) => start(context, input, signal),
  );
}

async function start(context: WorkerContext, input: ScratchServerInput, signal: AbortSignal): Promise<ScratchServer> {
  const { docker } = context;
  const name = jobName(input, `server-${input.round}`);
  const found = await orNull(() => docker.getContainer(name).inspect());
  if (found === null || !found.State.Running) {
    // Made by an attempt that died, or gone down with the engine: nothing is in it yet.
    await removeServer(docker, name);
    await create(context, input, name);
  }
  const target = { container: name };
  await answers(context, { ...input, target }, { name, signal });
  return target;
}

async function create(context: WorkerContext, input: ScratchServerInput, name: string): Promise<void> {
  const { docker } = context;
  const { plan, limits } = input;
  const production = await databaseContainer(context, { plan });
  const image = await askEngine(() => docker.getImage(production.image).inspect());
  const settings = { ...(await settingsOfProduction(context, input)), ...input.settings, ...limits.settings };
  const data = dataFolder(image);
  const { user, maintenance } = plan.database;
  const password = plan.database.password === undefined ? undefined : await context.secret(plan.database.password);
  const Labels = { ...jobLabels(input, `server-${input.round}`), [labels.kind]: kinds.scratchServer };
  await askEngine(() => docker.createNetwork({ Name: name, CheckDuplicate: true, Internal: true, Labels }));
  await askEngine(() => docker.createVolume({ Name: name, Labels }));
  const memory = byteCount(limits.memory);
  const { NCPU } = (await askEngine(() => docker.info())) as { NCPU: number };
  const container = await askEngine(() =>
    docker.createContainer({
      name,
      Image: production.image,
      Cmd: ['postgres', ...Object.entries(settings).flatMap(([setting, value]) => ['-c', `${setting}=${value}`])],
      Env: [
        `POSTGRES_USER=${user}`,
        `POSTGRES_DB=${maintenance}`,
        `PGDATA=${data}/kintsugi`,
        password === undefined ? 'POSTGRES_HOST_AUTH_METHOD=trust' : `POSTGRES_PASSWORD_FILE=/tmp/${passwordFile}`,
      ],
      Labels,
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        NetworkMode: name,
        Init: true,
        NanoCpus: Math.round(Math.min(limits.cpus, NCPU) * 1e9),
        Memory: memory,
        // No swap: it would slow down the machine, not only this server.
        MemorySwap: memory,
        ShmSize: Math.min(sharedMemoryBytes, memory),
        // The restore's errors are read from its log, whatever the daemon's default is.
        LogConfig: { Type: 'json-file', Config: {} },
        Mounts: [{ Type: 'volume', Source: name, Target: data }],
      },
      // The application of a drill finds it under the name that the database's service has.
      NetworkingConfig: { EndpointsConfig: { [name]: { Aliases: [plan.database.service] } } },
    }),
  );
  if (password !== undefined) await putPassword(container, password);
  await askEngine(() => container.start());
}

/** In a file that only the container has: neither its environment nor its labels show it. Whoever the server runs as must read it. */
async function putPassword(container: Docker.Container, password: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: passwordFile, mode: 0o444 }, password);
  archive.finalize();
  await askEngine(() => container.putArchive(archive as unknown as NodeJS.ReadableStream, { path: '/tmp' }));
}

/** @returns the folder of which the image says that data is kept in it: PostgreSQL 18's is another than those before. */
function dataFolder(image: Docker.ImageInspectInfo): string {
  const declared = Object.keys((image.Config.Volumes ?? {}) as Record<string, unknown>);
  return declared.find((folder) => folder.startsWith('/var/lib/postgresql')) ?? '/var/lib/postgresql/data';
}

/**
 * @returns what a restore can only do on a server that was started so: extensions that must be preloaded, room for locks. Without
 *   an answer of production's server it is left to the plan.
 */
async function settingsOfProduction(context: WorkerContext, { plan }: StepInput): Promise<Record<string, string>> {
  const names = ['shared_preload_libraries', 'max_connections', 'max_locks_per_transaction', 'max_prepared_transactions'];
  try {
    const access = await serverAccess(context, { plan });
    const { rows } = await withClient(access, access.maintenance, (client) =>
      client.query<{ name: string; value: string }>('SELECT name, setting AS value FROM pg_settings WHERE name = ANY($1)', [
        names,
      ]),
    );
    return Object.fromEntries(rows.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]));
  } catch (error) {
    if (error instanceof KintsugiError) return {};
    throw error;
  }
}

/** Waits until it takes connections: while it is being made it listens on its socket only. */
async function answers(
  context: WorkerContext,
  input: ScratchServerInput,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<void> {
  const { docker } = context;
  const deadline = Date.now() + milliseconds(input.plan.restore.connectWithin);
  for (;;) {
    try {
      const access = await serverAccess(context, input);
      await withClient(access, access.maintenance, (client) => client.query('SELECT 1'));
      return;
    } catch (error) {
      const code = error instanceof KintsugiError ? error.code : '';
      if (code === 'SCRATCH_SERVER') throw await failed(docker, name, 'ended while it was started');
      if (code !== 'CONNECTION_LOST' && code !== 'NOT_FOUND') throw error;
      if (Date.now() > deadline) throw await failed(docker, name, `does not answer within ${input.plan.restore.connectWithin}`);
      await delay(250, undefined, { signal });
    }
  }
}

async function failed(docker: Docker, name: string, why: string): Promise<KintsugiError> {
  const raw = await docker
    .getContainer(name)
    .logs({ follow: false, stdout: true, stderr: true, tail: 50 })
    .catch((error: unknown) => {
      if (engineStatus(error) === undefined) throw error;
      return Buffer.from('');
    });
  const lines: string[] = [];
  splitFrames(
    raw,
    (line) => lines.push(line),
    (line) => lines.push(line),
  );
  const filled = lines.filter((line) => line.trim() !== '');
  const errors = filled.filter((line) => /FATAL|PANIC|ERROR|error:/.test(line));
  const said = (errors.length > 0 ? errors : filled).slice(-4);
  return new KintsugiError(
    'SCRATCH_SERVER',
    `The scratch server ${name} ${why}: ${said.join(' / ').slice(-600) || 'it said nothing'}`,
    {
      state: 'Production was not touched.',
      hints: ['limits and settings of the scratch server: `verification.server` of the plan'],
    },
  );
}
