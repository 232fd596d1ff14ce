import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { loadPlan } from '../../plan/load.ts';
import { choose } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { findHealth } from '../plan-init/health.ts';
import { findPassword } from '../plan-init/password.ts';
import { findStacks, isPostgres, type SeenContainer, type SeenStack } from '../plan-init/stacks.ts';
import { planText } from '../plan-init/write-plan.ts';

export interface PlanInitOptions {
  readonly project?: string;
  readonly service?: string;
  readonly database?: string;
  readonly user?: string;
  readonly force?: boolean;
}

const untouched = 'Nothing was written.';

/** `kintsugi plan init`: writes a plan from a Compose project that runs on this machine. */
export async function planInit(context: CliContext, options: PlanInitOptions): Promise<void> {
  const file = path.resolve(context.planFile ?? 'kintsugi.yaml');
  const stack = await pickStack(context, await findStacks(), options.project);
  const server = await pickServer(context, stack, options.service);
  const user = options.user ?? server.environment.POSTGRES_USER ?? 'postgres';
  const database = options.database ?? server.environment.POSTGRES_DB ?? user;
  const health = await findHealth(stack, server.service);
  const password = await findPassword(server, stack.folder);
  const { timeZone: zone } = new Intl.DateTimeFormat().resolvedOptions();
  await write(file, planText({ stack, service: server.service, database, user, password, health, zone }, path.dirname(file)), {
    force: options.force === true,
  });
  // What was written must be a plan: found here, not at the first recovery.
  await loadPlan(file);
  context.answer({ type: 'planInit', path: file, project: stack.project, service: server.service, database, user, health });
  context.say(`${context.screen.colors.green('✔')} ${file} is a plan for ${database} of ${stack.project}.`);
  if (health.length === 0)
    context.say('  No health address was found: add one, or a recovery cannot tell when the application is back.');
  context.say('  next   read it, then: kintsugi plan check');
}

async function pickStack(context: CliContext, stacks: readonly SeenStack[], named?: string): Promise<SeenStack> {
  if (named !== undefined) {
    const found = stacks.find(({ project }) => project === named);
    if (found !== undefined) return found;
    throw missing(`No container of a Compose project ${named} is on this machine.`, stacks);
  }
  const here = stacks.find(({ folder }) => folder === process.cwd());
  if (here !== undefined) return here;
  const candidates = stacks.filter(({ containers }) => containers.some(isPostgres));
  const [only, ...more] = candidates;
  if (only === undefined) throw missing('No Compose project with a PostgreSQL server is on this machine.', []);
  if (more.length === 0) return only;
  const project = await choose(
    context,
    'Which stack?',
    candidates.map((each) => each.project),
    'kintsugi plan init --project',
  );
  return candidates.find((each) => each.project === project) ?? only;
}

async function pickServer(context: CliContext, stack: SeenStack, named?: string): Promise<SeenContainer> {
  const servers = stack.containers.filter((each) => (named === undefined ? isPostgres(each) : each.service === named));
  const [only, ...more] = servers;
  if (only === undefined) {
    const services = [...new Set(stack.containers.map(({ service }) => service))];
    throw new KintsugiError(
      'STACK_MISSING',
      named === undefined
        ? `${stack.project} has no service that looks like PostgreSQL.`
        : `${stack.project} has no service ${named}.`,
      {
        state: untouched,
        hints: services.map((service) => `kintsugi plan init --project ${stack.project} --service ${service}`),
      },
    );
  }
  if (more.length === 0) return only;
  const command = `kintsugi plan init --project ${stack.project} --service`;
  const service = await choose(
    context,
    'Which service is the database?',
    [...new Set(servers.map((each) => each.service))],
    command,
  );
  return servers.find((each) => each.service === service) ?? only;
}

function missing(message: string, stacks: readonly SeenStack[]): KintsugiError {
  return new KintsugiError('STACK_MISSING', message, {
    state: untouched,
    hints: [
      ...stacks.map(({ project }) => `kintsugi plan init --project ${project}`),
      'docker compose up --detach, then: kintsugi plan init',
    ],
  });
}

/** Written whole beside it; a plan that is there already is never lost. */
async function write(file: string, text: string, { force }: { force: boolean }): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, text);
  try {
    if (force) await rename(fresh, file);
    else await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new KintsugiError('INVALID_INPUT', `There is a plan already: ${file}.`, {
      state: 'It is as it was.',
      hints: ['kintsugi plan check', 'kintsugi plan init --force   # replaces it', 'kintsugi --plan OTHER.yaml plan init'],
    });
  } finally {
    await rm(fresh, { force: true });
  }
}
