import { resolve } from 'node:path';
import Docker from 'dockerode';
import { findCompose } from '../../activities/docker/compose.ts';
import type { DoctorContext, Finding } from './finding.ts';

/** The oldest Node.js that the Temporal SDK runs on. */
const oldestNode = [20, 3] as const;

export async function node(): Promise<Finding[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return [
    {
      area: 'Node.js',
      ok,
      text: process.versions.node,
      ...(ok ? {} : { hint: `install Node.js ${oldestNode.join('.')} or newer` }),
    },
  ];
}

export async function docker(): Promise<Finding[]> {
  try {
    const { Version, ApiVersion } = await new Docker().version();
    return [{ area: 'Docker', ok: true, text: `Engine ${Version}, API ${ApiVersion}` }];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    return [{ area: 'Docker', ok: false, text: `the Engine does not answer (${reason})`, hint: 'systemctl start docker' }];
  }
}

/** Whether the stack that the plan speaks of is there. */
export async function stack({ loaded }: DoctorContext): Promise<Finding[]> {
  const { project, folder } = loaded.plan.stack;
  const area = 'stack';
  const containers = await new Docker().listContainers({
    all: true,
    filters: { label: [`com.docker.compose.project=${project}`] },
  });
  const hint = `docker compose --project-directory ${resolve(loaded.folder, folder)} up --detach`;
  if (containers.length === 0) return [{ area, ok: false, text: `${project} has no containers`, hint }];
  const isDatabase = (labels: Record<string, string>) => labels['com.docker.compose.service'] === loaded.plan.database.service;
  const database = containers.find(({ Labels }) => isDatabase(Labels));
  const running = containers.filter(({ State }) => State === 'running').length;
  const server = database === undefined ? 'no container' : database.Status.toLowerCase();
  return [
    {
      area,
      ok: database?.State === 'running',
      text: `${project}: ${running} of ${containers.length} containers run; ${loaded.plan.database.service}: ${server}`,
      ...(database?.State === 'running' ? {} : { hint }),
    },
  ];
}

export async function compose(): Promise<Finding[]> {
  const area = 'Compose';
  try {
    return [{ area, ok: true, text: (await findCompose()).join(' ') }];
  } catch (error) {
    return [
      { area, ok: false, text: (error as Error).message, hint: 'node scripts/setup/main.mjs, or install docker-compose-plugin' },
    ];
  }
}
