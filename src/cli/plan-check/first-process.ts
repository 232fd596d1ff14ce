import Docker from 'dockerode';
import { askEngine } from '../../activities/docker/engine.ts';
import { databaseContainer } from '../../activities/docker/stack.ts';
import type { DoctorContext, Finding } from '../doctor/finding.ts';

const area = 'init';

/** Whether PostgreSQL is process 1 of its container, which makes orphans of others its children. */
export async function firstProcess({ loaded: { plan, folder } }: DoctorContext): Promise<Finding[]> {
  const docker = new Docker();
  const container = await databaseContainer({ docker, planFolder: folder }, { plan });
  if (!container.running) return [];
  const { Titles, Processes } = await askEngine(() => docker.getContainer(container.id).top({ ps_args: '-eo pid,ppid,args' }));
  const first = firstOf(Titles, Processes);
  if (first === null) return [];
  const service = plan.database.service;
  if (!isPostgres(first))
    return [{ area, ok: true, text: `process 1 of ${service} is ${first.split(' ')[0]}, which takes orphans in` }];
  return [
    {
      area,
      ok: false,
      text: `PostgreSQL is process 1 of ${service}: what a timed-out health check or docker exec leaves becomes its child, and it may take the end of one for a crash of its own and restart`,
      hint: `add to the service ${service} of ${plan.stack.files.join(', ')}: init: true`,
    },
  ];
}

/**
 * @param titles of the columns, as ps names them. @param rows a process each, by the numbers of the host.
 * @returns the command of the process whose parent is outside the container: its process 1; null if it can't be told.
 */
export function firstOf(titles: readonly string[], rows: readonly (readonly string[])[]): string | null {
  const [pid, ppid] = [titles.indexOf('PID'), titles.indexOf('PPID')];
  const inside = new Set(rows.map((row) => row[pid]));
  // What `docker exec` starts has its parent outside, too; it is younger.
  const [first] = rows.filter((row) => !inside.has(row[ppid])).toSorted((a, b) => Number(a[pid]) - Number(b[pid]));
  return first?.at(-1) ?? null;
}

/** @returns whether a command is the server itself, not what starts it. */
export function isPostgres(command: string): boolean {
  return /^(\S*\/)?(postgres|postmaster)(:|\s|$)/.test(command);
}
