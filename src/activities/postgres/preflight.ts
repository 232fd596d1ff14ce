import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type pg from 'pg';
import type { BackupFacts } from '../../catalog/facts.ts';
import { backupsFolder } from '../../catalog/layout.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { milliseconds } from '../../plan/units.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { dataFolderOf, freeBytesAt } from './data-folder.ts';
import { listDatabases } from './marker.ts';
import { type ServerAccess, serverAccess, serverDownHints, withClient } from './server.ts';
import { neededForCopy } from './space.ts';

export interface PreflightEvidence {
  readonly serverVersion: string;
  /** Size of the live database in bytes; null when there is none. */
  readonly liveBytes: number | null;
  readonly freeBytes: number;
  readonly neededBytes: number;
  /** Roles that will be made from the backup's globals. */
  readonly missingRoles: readonly string[];
  readonly summary: string;
}

const untouched = { state: 'Nothing was stopped or changed.' } as const;

/**
 * Shows that the recovery can work, before anything is stopped.
 *
 * @throws KintsugiError DATABASE_SERVER_DOWN, DATABASE_AUTH, BACKUP_NEWER_SERVER, DISK_TOO_SMALL, DATABASE_ROLE_MISSING,
 * DATABASE_EXTENSION_MISSING, DATABASE_BUSY (prepared transactions).
 */
export async function preflight(
  context: WorkerContext,
  input: StepInput & { facts: BackupFacts; dropFirst: boolean },
): Promise<PreflightEvidence> {
  const { facts } = input;
  const access = await answering(context, input);
  const server = await withClient(access, access.maintenance, (client) => readServer(client, input.database));
  refuseNewer(facts, server.versionNumber, server.version);
  refusePrepared(server.prepared, input.database);
  const missingRoles = facts.roles.filter((role) => !server.roles.includes(role) && role !== 'PUBLIC');
  // A scratch server has no roles; `openBackup` makes them.
  if (missingRoles.length > 0 && !facts.hasManifest && input.target === undefined) {
    throw new KintsugiError(
      'DATABASE_ROLE_MISSING',
      `The backup ${facts.id} needs roles that the server lacks: ${missingRoles.join(', ')}.`,
      {
        ...untouched,
        hints: missingRoles.map((role) => `CREATE ROLE "${role.replaceAll('"', '""')}";`),
      },
    );
  }
  const missingExtensions = facts.extensions.filter((extension) => !server.extensions.includes(extension.name));
  if (missingExtensions.length > 0) {
    const names = missingExtensions.map((extension) => extension.name).join(', ');
    throw new KintsugiError(
      'DATABASE_EXTENSION_MISSING',
      `The backup ${facts.id} needs extensions that the server lacks: ${names}.`,
      {
        ...untouched,
        hints: ['use the image of the server that the backup was taken from, or install the extension’s package in it'],
      },
    );
  }
  const freeBytes = await freeSpace(context, input);
  const copyBytes = facts.databaseBytes ?? estimate(facts, server.liveBytes);
  const neededBytes = neededForCopy(copyBytes, server.walBytes) - (input.dropFirst ? (server.liveBytes ?? 0) : 0);
  if (freeBytes < neededBytes) refuseDisk(freeBytes, neededBytes, input.dropFirst);
  if (facts.encrypted) await refuseSmallStaging(context, input);
  return {
    serverVersion: server.version,
    liveBytes: server.liveBytes,
    freeBytes,
    neededBytes: Math.max(0, neededBytes),
    missingRoles,
    summary: `server ${server.version.split(' ')[0]} · disk ${megabytes(freeBytes)} free, needs ${megabytes(Math.max(0, neededBytes))} · backup whole`,
  };
}

/** Waits until the server answers: it may be starting, or doing its crash recovery. */
async function answering(context: WorkerContext, input: StepInput): Promise<ServerAccess> {
  const deadline = Date.now() + milliseconds(input.plan.restore.connectWithin);
  for (;;) {
    try {
      const access = await serverAccess(context, input);
      await withClient(access, access.maintenance, (client) => client.query('SELECT 1'));
      return access;
    } catch (error) {
      const waiting = error instanceof KintsugiError && error.code === 'CONNECTION_LOST';
      if (!waiting)
        throw error instanceof KintsugiError
          ? new KintsugiError(error.code, error.message, { ...untouched, hints: error.hints })
          : error;
      if (Date.now() > deadline)
        throw new KintsugiError(
          'DATABASE_SERVER_DOWN',
          `The database server does not answer within ${input.plan.restore.connectWithin}: ${error.message}`,
          { ...untouched, hints: serverDownHints(input.plan) },
        );
      heartbeat({ text: 'waiting for the database server' });
      await delay(500, undefined, { signal: cancellationSignal() });
    }
  }
}

async function readServer(client: pg.Client, database: string) {
  const { rows } = await client.query<{
    version: string;
    number: string;
    roles: string[];
    extensions: string[];
    prepared: string;
    wal: string;
  }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
            ARRAY(SELECT rolname::text FROM pg_roles) AS roles, ARRAY(SELECT name::text FROM pg_available_extensions) AS extensions,
            (SELECT count(*) FROM pg_prepared_xacts WHERE database = $1) AS prepared,
            pg_size_bytes(current_setting('max_wal_size')) AS wal`,
    [database],
  );
  const [row] = rows;
  if (row === undefined) throw new KintsugiError('INTERNAL', 'the server did not describe itself');
  const live = (await listDatabases(client)).find((candidate) => candidate.name === database);
  return {
    version: row.version,
    versionNumber: Number(row.number),
    roles: row.roles,
    extensions: row.extensions,
    prepared: Number(row.prepared),
    liveBytes: live?.bytes ?? null,
    walBytes: Number(row.wal),
  };
}

function refuseNewer(facts: BackupFacts, versionNumber: number, version: string): void {
  if (facts.serverVersionNumber === null || Math.floor(facts.serverVersionNumber / 10_000) <= Math.floor(versionNumber / 10_000))
    return;
  throw new KintsugiError(
    'BACKUP_NEWER_SERVER',
    `The backup ${facts.id} is of PostgreSQL ${facts.serverVersion}, the server is ${version}.`,
    {
      ...untouched,
      hints: [
        'run the server with an image of that major version or newer, or choose a backup of this one: kintsugi backup list',
      ],
    },
  );
}

function refusePrepared(prepared: number, database: string): void {
  if (prepared === 0) return;
  throw new KintsugiError(
    'DATABASE_BUSY',
    `${database} has ${prepared} prepared transactions; it cannot be renamed while they last.`,
    {
      ...untouched,
      hints: ['SELECT gid FROM pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED each'],
    },
  );
}

/** Without a manifest: as large as the live database, which may have lost its rows, or as archives of that kind usually hold. */
function estimate(facts: BackupFacts, liveBytes: number | null): number {
  const isPlain = facts.kind === 'plain' || facts.kind === 'tar';
  return Math.max(liveBytes ?? 0, facts.bytes * (isPlain ? 1.3 : 4));
}

function refuseDisk(free: number, needed: number, dropFirst: boolean): never {
  throw new KintsugiError(
    'DISK_TOO_SMALL',
    `The disk of the database has ${megabytes(free)} free; the restore needs ${megabytes(needed)}.`,
    {
      ...untouched,
      hints: dropFirst
        ? ['free disk space']
        : ['free disk space', 'kintsugi recover restore --drop-first (the old database is dropped first: nothing to go back to)'],
    },
  );
}

/** An encrypted backup is decrypted beside the others, before it is restored. */
async function refuseSmallStaging(context: WorkerContext, input: StepInput & { facts: BackupFacts }): Promise<void> {
  const folder = backupsFolder(context, input.plan);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= input.facts.bytes) return;
  throw new KintsugiError(
    'DISK_TOO_SMALL',
    `The disk of ${folder} has ${megabytes(bavail * bsize)} free; to decrypt the backup needs ${megabytes(input.facts.bytes)}.`,
    { ...untouched, hints: [`df -h ${folder}`] },
  );
}

/** Free space where the server keeps its data, asked by a job that shares the container's volumes. */
async function freeSpace(context: WorkerContext, input: StepInput): Promise<number> {
  const server = await databaseContainer(context, input);
  const folder = await dataFolderOf(context.docker, server.id);
  // On the engine's own host the folder can be asked directly, which saves a container.
  const direct = await freeBytesAt(folder);
  if (direct !== null) return direct;
  const result = await runJob(context.docker, {
    name: jobName(input, 'disk'),
    image: server.image,
    network: 'none',
    command: ['df', '--output=avail', '--block-size=1', '/data'],
    mounts: folder ? [{ source: folder, target: '/data', readOnly: true }] : [],
    labels: jobLabels(input, 'disk'),
  });
  return Number(result.stdout.trim().split('\n').at(-1));
}

function megabytes(count: number): string {
  return count >= 2 ** 30 ? `${(count / 2 ** 30).toFixed(1)} GB` : `${(count / 2 ** 20).toFixed(0)} MB`;
}
