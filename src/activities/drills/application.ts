/**
 * The application's own image, started on a restored copy: on the scratch server's network, from which nothing leads out, with the
 * environment that Compose gives its service. That network has a server under the name of the database's service, so its database
 * address is right as it is.
 */
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { DrillApplication } from '../../plan/drill.ts';
import { byteCount, milliseconds } from '../../plan/units.ts';
import { words } from '../../text/time.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type ComposeService, composeConfig, imageOf } from '../docker/compose.ts';
import { askEngine, orNull } from '../docker/engine.ts';
import { removeJob, runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { lastWords } from '../survey/containers.ts';

const step = 'application';

/**
 * Starts the application on the copy that a drill restored, and asks for its health from inside the network until it answers as it
 * should. It is removed with the jobs of the run.
 *
 * @returns what it answered, in words.
 * @throws KintsugiError HEALTH_FAILED with its last answer and the end of its log; STACK_MISSING, SCRATCH_SERVER, SECRET_MISSING.
 */
export async function tryApplication(context: WorkerContext, input: StepInput): Promise<{ summary: string }> {
  const { application } = input.plan.drill;
  if (application === undefined || input.target === undefined)
    throw new KintsugiError('INTERNAL', 'an application is only started where the plan names one, and only on a scratch server');
  const name = jobName(input, step);
  const found = await orNull(() => context.docker.getContainer(name).inspect());
  // “created”: an attempt died before it was started.
  if (found === null || found.State.Status === 'created') {
    await beating(
      () => ({ text: 'starting the application' }),
      async () => {
        await removeJob(context.docker, name);
        await start(context, input, application, name);
      },
    );
  }
  return askHealth(context, input, application, name);
}

async function start(context: WorkerContext, input: StepInput, application: DrillApplication, name: string): Promise<void> {
  const { docker, planFolder } = context;
  const model = await composeConfig(planFolder, input.plan.stack);
  const service = model.services[application.service];
  if (service === undefined)
    throw new KintsugiError('STACK_MISSING', `The stack has no service ${application.service}, which drill.application names.`, {
      state: 'Production was not touched.',
      hints: [`it has ${Object.keys(model.services).join(', ')}; a service of another profile needs stack.profiles`],
    });
  const image = imageOf(model, application.service);
  if ((await orNull(() => docker.getImage(image).inspect())) === null)
    throw new KintsugiError('STACK_MISSING', `There is no image ${image} on this machine, which drill.application is to run.`, {
      state: 'Production was not touched.',
      hints: [`docker compose -p ${input.plan.stack.project} build ${application.service}`],
    });
  const server = await databaseContainer(context, input);
  const memory = byteCount(application.memory);
  const { NCPU } = (await askEngine(() => docker.info())) as { NCPU: number };
  const command = application.command ?? service.command ?? undefined;
  const container = await askEngine(async () =>
    docker.createContainer({
      name,
      Image: image,
      Env: await environmentOf(context, application, service),
      ...(command === undefined ? {} : { Cmd: [...command] }),
      ...(service.entrypoint ? { Entrypoint: [...service.entrypoint] } : {}),
      ...(service.user === undefined ? {} : { User: service.user }),
      ...(service.working_dir === undefined ? {} : { WorkingDir: service.working_dir }),
      Labels: jobLabels(input, step),
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        NetworkMode: server.network,
        Init: true,
        NanoCpus: Math.round(Math.min(application.cpus, NCPU) * 1e9),
        Memory: memory,
        MemorySwap: memory,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
        Mounts: application.mounts === 'none' ? [] : await readOnlyMounts(service),
      },
      NetworkingConfig: { EndpointsConfig: { [server.network]: { Aliases: [application.service] } } },
    }),
  );
  await askEngine(() => container.start());
}

async function environmentOf(context: WorkerContext, application: DrillApplication, service: ComposeService): Promise<string[]> {
  const own = Object.entries(application.environment).map(
    async ([name, value]) => [name, typeof value === 'string' ? value : await context.secret(value)] as const,
  );
  const given = Object.entries(service.environment ?? {}).filter((each): each is [string, string] => each[1] !== null);
  return Object.entries({ ...Object.fromEntries(given), ...Object.fromEntries(await Promise.all(own)) }).map(
    ([name, value]) => `${name}=${value}`,
  );
}

/** A socket would be a way out (Docker's own most of all); a volume has production's data. */
async function readOnlyMounts(service: ComposeService): Promise<Docker.MountConfig> {
  const binds = (service.volumes ?? []).flatMap(({ type, source, target }) =>
    type === 'bind' && source !== undefined ? [{ source, target }] : [],
  );
  const kept = await Promise.all(
    binds.map(async (bind) => {
      const found = await stat(bind.source).catch(() => null);
      return found !== null && (found.isFile() || found.isDirectory()) ? [bind] : [];
    }),
  );
  return kept.flat().map(({ source, target }) => ({ Type: 'bind', Source: source, Target: target, ReadOnly: true }));
}

/** With what every PostgreSQL image has: bash opens the connection itself. Its arguments are $1 to $5: host, port, path, status, seconds. */
const askScript = `
ask='exec 3<>"/dev/tcp/$0/$1" && printf "GET %s HTTP/1.0\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n" "$2" "$0" >&3 && IFS= read -r line <&3 && printf "%s" "$line"'
last=
while :; do
  line=$(timeout 5 bash -c "$ask" "$1" "$2" "$3" 2>/dev/null) || line=
  read -r _ status _ <<<"$line"
  status=\${status:-no answer}
  if [ "$status" != "$last" ]; then echo "answer $SECONDS $status"; last=$status; fi
  if [ "$status" = "$4" ]; then exit 0; fi
  if [ "$SECONDS" -ge "$5" ]; then exit 1; fi
  sleep 0.5
done`;

async function askHealth(
  context: WorkerContext,
  input: StepInput,
  application: DrillApplication,
  name: string,
): Promise<{ summary: string }> {
  const { service, port, path, status, within } = application;
  const server = await databaseContainer(context, input);
  const seconds = Math.ceil(milliseconds(within) / 1000);
  const ended = await runJob(
    context.docker,
    {
      name: jobName(input, 'application-health'),
      image: server.image,
      network: server.network,
      command: ['bash', '-c', askScript, 'kintsugi-health', service, String(port), path, String(status), String(seconds)],
      labels: jobLabels(input, 'application-health'),
    },
    { tick: async () => ({ text: `${service}: waiting for ${status} at ${path}` }) },
  );
  const [, after = '0', last = 'no answer'] = /^answer (\d+) (.*)$/.exec(ended.stdout.trim().split('\n').at(-1) ?? '') ?? [];
  if (ended.exitCode === 0) return { summary: `${service} answers ${last} at ${path} after ${words(Number(after) * 1000)}` };
  throw new KintsugiError(
    'HEALTH_FAILED',
    `${service} does not answer ${status} at ${path} within ${within} on the restored copy; the last answer: ${last}. Its log ends: ${await logEnd(context, name)}`,
    {
      state: 'Production was not touched.',
      hints: ['what it needs beside the database is not there: set drill.application.environment of the plan'],
    },
  );
}

async function logEnd({ docker, redact }: WorkerContext, name: string): Promise<string> {
  const said = (await lastWords(docker, name)).slice(-4).join(' / ').slice(-600);
  return redact(said) || 'it said nothing';
}
