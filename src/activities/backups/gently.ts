import type { Plan } from '../../plan/schema.ts';
import type { JobLimits } from '../docker/job.ts';

/** The kernel's own table: each step of nice is worth a quarter more or less, and 1024 is the weight of nice 0. */
const weightOfNice = (nice: number) => Math.max(2, Math.round(1024 / 1.25 ** nice));

/** Classes of ionice: 2 is best effort, whose level 7 is the last; 3 is idle. */
const ioArguments = { normal: [], low: ['ionice', '-c', '2', '-n', '7'], idle: ['ionice', '-c', '3'] } as const;

/**
 * What keeps a dump from starving the application. nice and ionice rank the processes of the job; the container's weight is what
 * counts against other containers; a limit of processors bounds the rate, since the server waits for a dump that takes no more.
 *
 * @returns what stands before the command, and the limits of the job's container.
 */
export function gently({ nice, io, cpus }: Plan['backups']['load']): { prefix: readonly string[]; limits: JobLimits } {
  return {
    prefix: [...(nice === 0 ? [] : ['nice', '-n', String(nice)]), ...ioArguments[io]],
    limits: { cpuShares: weightOfNice(nice), cpus },
  };
}
