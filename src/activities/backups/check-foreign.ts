import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BackupFacts, BackupKind } from '../../catalog/facts.ts';
import type { Recognised } from '../../catalog/foreign.ts';
import { instantFromName } from '../../catalog/foreign-instant.ts';
import { tarFault } from '../../catalog/tar.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type JobResult, runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { foreignFailure, refuseSurvey, truncated } from './foreign-failure.ts';
import { refuseNewerServer } from './server-major.ts';
import { readSurvey, serverVersion, surveyAwk } from './survey.ts';

// Listing reads the table of contents only: an archive that was cut off in its data still lists, so all of it is read.
const archiveScript = `set -o pipefail; pg_restore --list "$1" || exit; echo KINTSUGI-LISTED
pg_restore --schema-only --file=- "$1" | awk "$2" || exit
if [ -d "$1" ]; then for file in "$1"/*.gz; do [ -e "$file" ] || continue; gzip -t -- "$file" || exit; done; fi
pg_restore --file=/dev/null "$1"`;

const readers: Partial<Record<BackupKind, string>> = {
  plain: 'cat -- "$1"',
  'plain.gz': 'gzip -dc -- "$1"',
  'plain.zst': 'zstd -dcq -- "$1"',
};

/**
 * Reads a backup that others made from its beginning to its end, in a job without network, with the tools of the database's own
 * image; nothing is restored.
 *
 * @throws KintsugiError BACKUP_TRUNCATED, BACKUP_CORRUPT, BACKUP_EMPTY, BACKUP_UNREADABLE, BACKUP_NEWER_SERVER, TOOL_MISSING
 */
export async function checkForeign(context: WorkerContext, input: StepInput, found: Recognised): Promise<BackupFacts> {
  const id = path.basename(found.path);
  const cut = found.kind === 'tar' ? await tarFault(found.path) : null;
  if (cut !== null) throw truncated(id, cut);
  const reader = readers[found.kind];
  const script = reader === undefined ? archiveScript : `set -o pipefail; ${reader} | awk "$2"`;
  const lines: string[] = [];
  const result = await readThrough(context, input, found.path, script, (line) => lines.push(line));
  const version = serverVersion(lines);
  await refuseNewerServer(context, input, { id, version: version.serverVersion, number: version.serverVersionNumber });
  const survey = readSurvey(lines);
  if (result.exitCode !== 0 || survey === null) throw foreignFailure(id, result);
  refuseSurvey(id, survey, reader !== undefined);
  const list = reader === undefined ? lines.slice(0, lines.indexOf('KINTSUGI-LISTED')) : [];
  return {
    id,
    path: found.path,
    kind: found.kind,
    takenAt: instantFromName(id) ?? archiveInstant(list) ?? found.changedAt,
    ...(await sizes(found)),
    databaseName:
      list.map((line) => /^;\s+dbname: (.*)$/.exec(line)?.[1]).find((name) => name !== undefined) ?? survey.connects[0] ?? null,
    ...version,
    databaseBytes: null,
    roles: survey.roles,
    hasOwners: survey.hasOwners,
    extensions: survey.extensions.map((name) => ({ name, version: null })),
    tocEntries: reader === undefined ? list.filter((line) => /^\d+; /.test(line)).length : null,
    hasManifest: false,
    encrypted: false,
    createsDatabase: survey.createsDatabase,
    createsPublic: survey.createsPublic,
    checkedBy: reader === undefined ? ['table of contents', 'read to its end'] : ['read to its end', 'end marker'],
  };
}

async function readThrough(
  context: WorkerContext,
  input: StepInput,
  file: string,
  script: string,
  onLine: (line: string) => void,
): Promise<JobResult> {
  const server = await databaseContainer(context, input);
  const spec = {
    name: jobName(input, 'check-backup'),
    image: server.image,
    network: 'none',
    command: ['bash', '-c', script, 'check', '/kintsugi/archive', surveyAwk],
    // C: bytes are bytes, whatever the dump's encoding is.
    environment: { LC_ALL: 'C', TZ: 'UTC' },
    mounts: [{ source: file, target: '/kintsugi/archive', readOnly: true }],
    labels: jobLabels(input, 'check-backup'),
  };
  const begun = Date.now();
  return runJob(context.docker, spec, {
    onLine: (line, stream) => stream === 'stdout' && onLine(line),
    tick: async () => ({ text: `reading ${path.basename(file)}, ${Math.round((Date.now() - begun) / 1000)} s` }),
  });
}

/** The clock of the machine that wrote it, without a zone: taken as UTC, as most servers' clocks are. */
function archiveInstant(list: readonly string[]): string | null {
  const found = list
    .map((line) => /^; Archive created at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(line))
    .find((match) => match !== null);
  return found === undefined ? null : `${found[1]}T${found[2]}.000Z`;
}

async function sizes(found: Recognised): Promise<{ bytes: number; files: number }> {
  if (found.kind !== 'directory') return { bytes: found.bytes, files: 1 };
  const names = await readdir(found.path);
  const each = await Promise.all(names.map(async (name) => (await stat(path.join(found.path, name))).size));
  return { bytes: each.reduce((sum, size) => sum + size, 0), files: names.length };
}
