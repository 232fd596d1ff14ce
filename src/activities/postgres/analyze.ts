import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { databaseNames } from './marker.ts';
import { restoreProgress } from './progress.ts';
import { serverAccess } from './server.ts';

/** Gathers statistics of the restored copy: pg_restore brings none, and the first queries would plan blindly. */
export async function analyze(context: WorkerContext, input: StepInput): Promise<void> {
  const access = await serverAccess(context, input.plan);
  const server = await databaseContainer(context, input.plan);
  const { scratch } = databaseNames(input.database, input.runId);
  const result = await runJob(
    context.docker,
    {
      name: jobName(input, 'analyze'),
      image: server.image,
      network: server.network,
      command: [
        'vacuumdb',
        '--analyze-only',
        `--jobs=${input.plan.restore.jobs}`,
        '--no-password',
        `--host=${server.alias}`,
        `--username=${access.user}`,
        `--dbname=${scratch}`,
      ],
      ...(access.password === undefined ? {} : { passwordFile: { user: access.user, password: access.password } }),
      labels: jobLabels(input, 'analyze'),
    },
    { tick: () => restoreProgress(access, scratch, null) },
  );
  if (result.exitCode !== 0) throw new KintsugiError('CONNECTION_LOST', `ANALYZE did not end well: ${result.stderr.slice(-400)}`);
}
