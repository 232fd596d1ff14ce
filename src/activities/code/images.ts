import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { flush, writeDurably } from '../../catalog/durable.ts';
import { byText } from '../../catalog/order.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { composeCommand, composeConfig, imageOf } from '../docker/compose.ts';
import { askEngine, orNull } from '../docker/engine.ts';
import { type StackContainer, stackContainers } from '../docker/stack.ts';
import { imagesOf } from './deploys.ts';

/** What a service's image name means before and after a switch. */
export interface Switch {
  readonly service: string;
  /** The name that Compose's files use: it is given to the new image, so that a later `docker compose up` keeps it. */
  readonly name: string;
  /** Id of the image that ran; null where the service had no container and no image. */
  readonly from: string | null;
  /** Name under which that image is kept; null where there was none. */
  readonly keptAs: string | null;
  /** Id of the image that comes. */
  readonly to: string;
}

/** What one run switched: how `kintsugi undo` finds it. One file `<state>/code/<run id>.json`, written before the switch. */
export interface SwitchRecord {
  readonly workflowId: string;
  readonly runId: string;
  readonly at: string;
  readonly switches: readonly Switch[];
  /** Where the schema was and where it was taken to; null if it was left alone. */
  readonly schema: { readonly from: readonly string[]; readonly to: readonly string[] } | null;
}

/**
 * Gives the images that run a name of their own, `kintsugi-replaced/<project>-<service>:<run>`, under which nothing replaces or prunes them,
 * and writes down what is about to be switched. Written already by an earlier attempt, it stays as it is.
 */
export async function keepImages(
  context: WorkerContext,
  input: StepInput & { images: readonly { service: string; id: string }[]; schema: SwitchRecord['schema'] },
): Promise<SwitchRecord> {
  const known = (await switchRecords(context)).find(({ runId }) => runId === input.runId);
  if (known !== undefined) return known;
  const model = await composeConfig(context.planFolder, input.plan.stack);
  const running = await imagesOf(context, await stackContainers(context.docker, input.plan.stack.project));
  const switches: Switch[] = [];
  for (const { service, id } of input.images) {
    const name = imageOf(model, service);
    const from = running[service]?.id ?? (await orNull(() => context.docker.getImage(name).inspect()))?.Id ?? null;
    const keptAs = from === null ? null : `kintsugi-replaced/${input.plan.stack.project}-${service}:${shortRunId(input.runId)}`;
    if (from !== null && keptAs !== null) await giveName(context, from, keptAs);
    switches.push({ service, name, from, keptAs, to: id });
  }
  const { workflowId, runId, schema } = input;
  const record: SwitchRecord = { workflowId, runId, at: new Date().toISOString(), switches, schema };
  const folder = recordFolder(context);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const file = path.join(folder, `${runId}.json`);
  await writeDurably(`${file}.new`, `${JSON.stringify(record, null, 1)}\n`);
  await rename(`${file}.new`, file);
  await flush(folder);
  return record;
}

/**
 * Gives each image the name that Compose's files use, and has Compose make the services' containers anew where their image is
 * another one. What a killed attempt left half made, Compose mends. Healthy is waited for elsewhere.
 */
export async function switchImages(
  context: WorkerContext,
  input: StepInput & { images: readonly { service: string; name: string; id: string }[] },
): Promise<{ command: string[] }> {
  for (const { id, name } of input.images) await giveName(context, id, name);
  return up(
    context,
    input,
    input.images.map(({ service }) => service),
  );
}

/** Makes containers of services as Compose's files and image names say now, where they are not so already. */
export async function bringUp(
  context: WorkerContext,
  input: StepInput & { services: readonly string[] },
): Promise<{ command: string[] }> {
  return up(context, input, input.services);
}

async function up(context: WorkerContext, input: StepInput, services: readonly string[]): Promise<{ command: string[] }> {
  // Without a name Compose would start every service there is.
  if (services.length === 0) return { command: [] };
  const { program, options, folder } = await composeCommand(context.planFolder, input.plan.stack);
  const scale = scales(services, await stackContainers(context.docker, input.plan.stack.project));
  const args = ['up', '--detach', '--no-deps', '--no-build', '--pull', 'never', ...scale, ...services];
  return beating(
    () => ({ text: `docker compose ${args.join(' ')}` }),
    async (signal) => {
      try {
        await execa(program, [...options, ...args], { cwd: folder, cancelSignal: signal, maxBuffer: 16 * 2 ** 20 });
      } catch (error) {
        signal.throwIfAborted();
        const said = error instanceof ExecaError ? String(error.stderr || error.originalMessage) : String(error);
        throw new KintsugiError(
          'SERVICE_UNHEALTHY',
          `Compose cannot start ${services.join(' ')}: ${said.trim().split('\n').slice(-3).join(' ').slice(-600)}`,
          { hints: [`docker compose -p ${input.plan.stack.project} ps --all`, 'kintsugi status'] },
        );
      }
      return { command: ['docker', 'compose', ...args] };
    },
  );
}

/** A person may have scaled a service by hand: Compose would go back to what its file says. */
function scales(services: readonly string[], containers: readonly StackContainer[]): string[] {
  return services.flatMap((service) => {
    const count = containers.filter((container) => container.service === service && container.running).length;
    return count > 1 ? ['--scale', `${service}=${count}`] : [];
  });
}

async function giveName(context: WorkerContext, id: string, name: string): Promise<void> {
  const [repo = '', tag = 'latest'] = splitName(name);
  await askEngine(() => context.docker.getImage(id).tag({ repo, tag }));
}

/** The colon of a registry's port is none before a tag. */
function splitName(name: string): [repo: string, tag: string | undefined] {
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? [name.slice(0, colon), name.slice(colon + 1)] : [name, undefined];
}

function recordFolder(context: Pick<WorkerContext, 'stateFolder'>): string {
  return path.join(context.stateFolder, 'code');
}

async function switchRecords(context: Pick<WorkerContext, 'stateFolder'>): Promise<SwitchRecord[]> {
  const folder = recordFolder(context);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const records = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as SwitchRecord),
  );
  return records.toSorted((a, b) => byText(b.at, a.at));
}

/**
 * Finds what a run switched, with every image that it replaced still there.
 *
 * @param input.recovery workflow id, or workflow id and run id with a slash between.
 * @throws KintsugiError NOT_UNDOABLE when nothing of that run is recorded, or an image is gone.
 */
export async function findSwitch(context: WorkerContext, input: StepInput & { recovery: string }): Promise<SwitchRecord> {
  const records = await switchRecords(context);
  const [workflowId, runPart] = input.recovery.split('/');
  const found = records.find(
    (record) => record.workflowId === workflowId && (runPart === undefined || record.runId.includes(runPart)),
  );
  if (found === undefined) {
    const others = records.slice(0, 3).map((record) => `kintsugi undo ${record.workflowId}/${shortRunId(record.runId)}`);
    throw new KintsugiError('NOT_UNDOABLE', `${input.recovery} switched no images, as far as is recorded.`, {
      state: 'Nothing was stopped or changed.',
      hints: others.length > 0 ? others : ['kintsugi status'],
    });
  }
  for (const { from, keptAs } of found.switches) {
    if (from === null || (await orNull(() => context.docker.getImage(from).inspect())) === null) {
      throw new KintsugiError('NOT_UNDOABLE', `The image ${keptAs ?? 'of before'} is gone.`, {
        state: 'Nothing was stopped or changed.',
        hints: ['docker images kintsugi-replaced/*', 'kintsugi recover code --to COMMIT'],
      });
    }
  }
  return found;
}
