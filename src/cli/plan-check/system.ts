import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { composeConfig } from '../../activities/docker/compose.ts';
import { askEngine } from '../../activities/docker/engine.ts';
import { databaseContainer } from '../../activities/docker/stack.ts';
import { dataFolderOf, freeBytesAt } from '../../activities/postgres/data-folder.ts';
import { listDatabases } from '../../activities/postgres/marker.ts';
import { serverAccess, withClient } from '../../activities/postgres/server.ts';
import { createRedactor } from '../../evidence/redact.ts';
import { everybody } from '../../plan/everybody.ts';
import { readSecret } from '../../plan/secret.ts';
import { type SecretReference, secretReference } from '../../plan/secret-reference.ts';
import { severities } from '../../plan/severities.ts';
import { createContext } from '../../worker/context.ts';
import type { DoctorContext, Finding } from '../doctor/finding.ts';
import { askHealth } from '../health.ts';
import { rate } from '../render/checklist.ts';

/** Whether Compose accepts its files, and knows every service that the plan names. */
export async function composeFiles({ loaded }: DoctorContext): Promise<Finding[]> {
  const { stack, database, migrations, code, drill } = loaded.plan;
  const area = 'Compose files';
  const known = Object.keys((await composeConfig(loaded.folder, stack)).services);
  const named: readonly (readonly [where: string, service: string])[] = [
    ['database.service', database.service],
    ...stack.runOnce.map((each) => ['stack.runOnce', each] as const),
    ...stack.alsoStop.map((each) => ['stack.alsoStop', each] as const),
    ...stack.keepRunning.map((each) => ['stack.keepRunning', each] as const),
    ...(migrations ? [['migrations.service', migrations.service] as const] : []),
    ...(code?.services ?? []).map((each) => ['code.services', each] as const),
    ...(drill.application ? [['drill.application.service', drill.application.service] as const] : []),
  ];
  const unknown = named.filter(([, service]) => !known.includes(service));
  if (unknown.length === 0) return [{ area, ok: true, text: `${stack.files.join(', ')}: ${known.join(' ')}` }];
  return unknown.map(([where, service]) => ({
    area,
    ok: false,
    text: `${where} names ${service}, which is no service of ${stack.files.join(', ')}`,
    hint: `one of ${known.join(', ')}; a service of another profile needs stack.profiles`,
  }));
}

/** Whether the server can be reached as the plan says, by a superuser, and holds the database. */
export async function databaseServer({ loaded }: DoctorContext): Promise<Finding[]> {
  const { plan } = loaded;
  const area = 'database';
  const server = await serverAccess(createContext(loaded, createRedactor()), { plan });
  return withClient(server, server.maintenance, async (client) => {
    const { rows } = await client.query<{ version: string; number: number; superuser: boolean }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
              rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`,
    );
    const [found] = rows;
    const live = (await listDatabases(client)).find(({ name }) => name === plan.database.name);
    return [
      {
        area,
        ok: (found?.number ?? 0) >= oldestServer,
        text: `PostgreSQL ${found?.version} answers ${server.user} at ${server.host}:${server.port}`,
        hint: 'Kintsugi is made for PostgreSQL 13 and newer',
      },
      {
        area,
        ok: found?.superuser === true,
        text:
          found?.superuser === true ? `${server.user} is a superuser` : `${server.user} is no superuser: it cannot fence or swap`,
        hint: 'set database.user to a superuser of the server',
      },
      live === undefined
        ? {
            area,
            ok: false,
            text: `there is no database ${plan.database.name}`,
            hint: 'set database.name, or: kintsugi recover restore',
          }
        : { area, ok: true, text: `${live.name}, ${rate(live.bytes)}` },
      ...(live === undefined ? [] : await disk(loaded, live.bytes)),
    ];
  });
}

const oldestServer = 130_000;

/** A restore beside needs room for a second copy, and a backup for its own. */
async function disk({ plan, folder }: DoctorContext['loaded'], bytes: number): Promise<Finding[]> {
  const docker = new Docker();
  const container = await databaseContainer({ docker, planFolder: folder }, { plan });
  const available = await freeBytesAt(await dataFolderOf(docker, container.id));
  if (available === null) return [];
  const needed = Math.ceil(bytes * 1.1);
  return [
    {
      area: 'disk',
      ok: available >= needed,
      text: `${rate(available)} free beside the database; a restore needs ${rate(needed)}`,
      hint: `free space, or restore.dropFirst in ${folder}/kintsugi.yaml (nothing to go back to)`,
    },
  ];
}

const tools = ['pg_dump', 'pg_restore', 'psql', 'pg_dumpall', 'vacuumdb', 'bash'];

/** Backups and restores run in the database's own image, with its own tools. */
export async function imageTools({ loaded }: DoctorContext): Promise<Finding[]> {
  const area = 'tools';
  const docker = new Docker();
  const container = await databaseContainer({ docker, planFolder: loaded.folder }, { plan: loaded.plan });
  if (!container.running) return [];
  const wanted = [...tools, ...(loaded.plan.backups.encryption ? ['gpg'] : [])];
  const script = `for tool in ${wanted.join(' ')}; do command -v "$tool" >/dev/null || echo "$tool"; done`;
  const missing = (await output(docker, container.id, ['sh', '-c', script])).split('\n').filter((line) => line !== '');
  return [
    {
      area,
      ok: missing.length === 0,
      text: missing.length === 0 ? `${container.image} has ${wanted.join(' ')}` : `${container.image} lacks ${missing.join(' ')}`,
      hint: 'use an image of PostgreSQL with its client programs',
    },
  ];
}

async function output(docker: Docker, id: string, command: string[]): Promise<string> {
  const exec = await askEngine(() => docker.getContainer(id).exec({ Cmd: command, AttachStdout: true, AttachStderr: false }));
  const stream = await askEngine(() => exec.start({ hijack: true, stdin: false }));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.once('end', () => stdout.end());
  return text(stdout);
}

/** Every secret that the plan refers to can be read here; what it is goes nowhere. */
export async function secrets({ loaded }: DoctorContext): Promise<Finding[]> {
  const folders = { plan: loaded.folder, stack: path.resolve(loaded.folder, loaded.plan.stack.folder) };
  const found = referencesIn(loaded.plan, []);
  return Promise.all(
    found.map(async ({ at, reference }) => {
      const name = 'env' in reference ? `$${reference.env}` : reference.file;
      const why = await readSecret(reference, folders).then(
        () => null,
        (error: Error) => error.message,
      );
      const what = `${at.join('.')} from ${name}`;
      return {
        area: 'secrets',
        ok: why === null,
        text: why === null ? what : `${what}: ${why}`,
        hint: 'set it where the worker runs',
      };
    }),
  );
}

function referencesIn(value: unknown, at: readonly string[]): { at: readonly string[]; reference: SecretReference }[] {
  if (typeof value !== 'object' || value === null) return [];
  const reference = secretReference.safeParse(value);
  if (reference.success) return [{ at, reference: reference.data }];
  return Object.entries(value).flatMap(([key, inner]) => referencesIn(inner, [...at, key]));
}

/** Whether backups can be written where the plan wants them; the folder is made by the first one. */
export async function backupFolder({ loaded }: DoctorContext): Promise<Finding[]> {
  const folder = await nearestExisting(loaded.backupsFolder);
  const why = await access(folder, constants.W_OK | constants.X_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  const text = why === null ? `${loaded.backupsFolder} can be written` : `${folder} cannot be written (${why})`;
  return [{ area: 'backups', ok: why === null, text, hint: `ls -ld ${folder}` }];
}

async function nearestExisting(folder: string): Promise<string> {
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  return there ? folder : nearestExisting(path.dirname(folder));
}

/** Whether the application answers as a recovery will ask it. */
export async function health({ loaded }: DoctorContext): Promise<Finding[]> {
  const area = 'health';
  if (loaded.plan.health.length === 0) {
    const text = 'no address: a recovery cannot tell when the application is back';
    return [{ area, ok: false, text, hint: 'add one under health' }];
  }
  return (await askHealth(loaded.plan)).map(({ name, url, ok, answer }) => ({
    area,
    ok,
    text: `${name} ${url}: ${answer}`,
    hint: 'mend the address, or the application',
  }));
}

/** Who is called for each severity: a role that nobody has reaches nobody. */
export function people({ loaded }: DoctorContext): Promise<Finding[]> {
  const { people: all, escalation } = loaded.plan;
  const roles = new Set(Object.values(all).flatMap((person) => person.roles));
  const missing = new Map<string, string[]>();
  for (const severity of severities) {
    const { notify, escalateTo } = escalation[severity];
    for (const role of new Set([...notify, ...escalateTo])) {
      if (role !== everybody && !roles.has(role)) missing.set(role, [...(missing.get(role) ?? []), severity]);
    }
  }
  const area = 'people';
  if (missing.size === 0) return Promise.resolve([{ area, ok: true, text: `every role of the escalation has somebody` }]);
  return Promise.resolve(
    [...missing].map(([role, callers]) => ({
      area,
      ok: false,
      text: `nobody has the role ${role}, which ${callers.join(', ')} call`,
      hint: `add ${role} to somebody's roles under people`,
    })),
  );
}
