import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { type MigrationTool, migrationTool } from '../../migrations/tool.ts';
import type { Plan } from '../../plan/schema.ts';
import { milliseconds } from '../../plan/units.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { composeConfig, imageOf } from '../docker/compose.ts';
import { orNull } from '../docker/engine.ts';
import { type JobSpec, type JobWatch, runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';

export interface MigrationInput extends StepInput {
  /** Image that holds the migrations; the one that Compose would start the plan’s service from if null. */
  readonly image: string | null;
}

/** @returns the plan’s section on migrations and its tool. @throws KintsugiError PLAN_INVALID where it has none. */
export function requireMigrations(plan: Plan): { migrations: NonNullable<Plan['migrations']>; tool: MigrationTool } {
  if (plan.migrations !== undefined) return { migrations: plan.migrations, tool: migrationTool(plan.migrations) };
  throw new KintsugiError('PLAN_INVALID', 'The plan does not say how the application migrates its schema.', {
    state: 'Nothing was stopped or changed.',
    hints: ['add to the plan: migrations: { tool: alembic, service: backend, folder: /app }', 'kintsugi plan check'],
  });
}

/**
 * Runs the migration tool in a job container: the image of the application with the environment and the mounted files that
 * Compose gives the service, on the network of the database. It never waits for a lock longer than the plan says.
 *
 * @returns how it ended, and both its streams in one.
 * @throws KintsugiError STACK_MISSING where the plan's service or its image is not there; and what jobs throw.
 */
export async function runTool(
  context: WorkerContext,
  input: MigrationInput,
  step: string,
  command: readonly string[],
  watch: JobWatch = {},
): Promise<{ exitCode: number; stdout: string; output: string }> {
  const spec = await toolSpec(context, input, step, command);
  const lines: string[] = [];
  const onLine: JobWatch['onLine'] = (line, stream) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    watch.onLine?.(line, stream);
  };
  const ended = await runJob(context.docker, spec, { ...watch, onLine });
  return { exitCode: ended.exitCode, stdout: ended.stdout, output: lines.join('\n') };
}

const keptLines = 2000;

async function toolSpec(
  context: WorkerContext,
  input: MigrationInput,
  step: string,
  command: readonly string[],
): Promise<JobSpec> {
  const { migrations } = requireMigrations(input.plan);
  const model = await composeConfig(context.planFolder, input.plan.stack);
  const service = model.services[migrations.service];
  if (service === undefined) {
    throw new KintsugiError('STACK_MISSING', `The stack has no service ${migrations.service}, which migrations.service names.`, {
      state: 'Nothing was stopped or changed.',
      hints: [`it has ${Object.keys(model.services).join(', ')}; a service of another profile needs stack.profiles`],
    });
  }
  const image = input.image ?? imageOf(model, migrations.service);
  if ((await orNull(() => context.docker.getImage(image).inspect())) === null) {
    throw new KintsugiError('STACK_MISSING', `There is no image ${image} on this machine, which holds the migrations.`, {
      state: 'Nothing was stopped or changed.',
      hints: [`docker compose -p ${input.plan.stack.project} build ${migrations.service}`],
    });
  }
  const server = await databaseContainer(context, input);
  const given = Object.entries(service.environment ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  const environment: Record<string, string> = Object.fromEntries(given);
  const lockTimeout = `-c lock_timeout=${milliseconds(migrations.lockTimeout)}`;
  return {
    name: jobName(input, step),
    image,
    network: server.network,
    command,
    // What libpq, pgx, lib/pq and psycopg read: a migration that nobody watches would wait for ever.
    environment: { ...environment, PGOPTIONS: [environment.PGOPTIONS, lockTimeout].filter(Boolean).join(' ') },
    folder: migrations.folder,
    ...(service.user === undefined ? {} : { user: service.user }),
    mounts: (service.volumes ?? []).flatMap(({ type, source, target, read_only }) =>
      type === 'bind' && source !== undefined ? [{ source, target, readOnly: read_only === true }] : [],
    ),
    labels: jobLabels(input, step),
  };
}
