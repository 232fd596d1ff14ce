import type { Hold } from '../../catalog/hold.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import type { Verification } from '../../catalog/verification.ts';
import { clock, span, words } from '../../text/time.ts';
import { standingOf } from '../../verification/known.ts';
import { rate } from './checklist.ts';
import type { OutcomeLook } from './outcome.ts';
import { table } from './text.ts';

export interface ShownBackup {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: Manifest;
  readonly verifications: readonly Verification[];
  readonly hold: Hold | null;
}

/** Where it would be restored by hand. */
export interface ByHand {
  readonly project: string;
  readonly service: string;
  readonly user: string;
}

/** @returns a backup's main facts, its verifications, and the commands that restore it without Kintsugi, as lines. */
export function renderBackup(backup: ShownBackup, server: ByHand, look: OutcomeLook): string[] {
  const { manifest, verifications } = backup;
  return [
    look.colors.bold(manifest.id),
    ...table(facts(backup, look)),
    '',
    verifications.length === 0 ? `Never verified: kintsugi backup verify ${manifest.id}` : 'Verified, newest first:',
    ...verifications.toReversed().map((each) => verificationLine(each, look)),
    '',
    'To restore it by hand, beside the live database (docs/recover-by-hand.md says more):',
    ...byHand(backup, server).map((line) => `  ${line}`),
  ];
}

function facts({ path, bytes, manifest, verifications, hold }: ShownBackup, { now, zone }: OutcomeLook): [string, string][] {
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const { proven, fault } = standingOf(verifications);
  return [
    ['of', `${manifest.database.name} of ${manifest.stack}, ${rate(manifest.databaseBytes)} in the server`],
    ['as of', `${clock(manifest.takenAt, zone, now)}, ${words(now - Date.parse(manifest.takenAt))} ago`],
    ['taken for', [...(manifest.tiers ?? []), manifest.takenBy.reason].join(', ')],
    ['took', span(Date.parse(manifest.finishedAt) - Date.parse(manifest.takenAt))],
    [
      'size',
      `${rate(bytes)} in ${manifest.files.length} files${manifest.encryption === null ? '' : ', encrypted (OpenPGP, AES-256)'}`,
    ],
    [
      'content',
      `${count(manifest.tables.length, 'table')}, ${rows.toLocaleString('en')} rows, ${count(Object.keys(manifest.schema.objects).length, 'object')}`,
    ],
    ['server', `PostgreSQL ${manifest.server.version}, ${manifest.server.image}`],
    ['extensions', manifest.extensions.map(({ name, version }) => `${name} ${version}`).join(', ') || 'none'],
    ['roles', manifest.roles.join(', ')],
    ['migration', manifest.migration === null ? 'none' : `${manifest.migration.tool} ${manifest.migration.head.join(', ')}`],
    ...(hold === null
      ? []
      : [['held', `until ${clock(hold.until, zone, now)} by ${hold.by}: ${hold.reason}`] as [string, string]]),
    ['proven', fault === null ? (proven ? 'yes, restored and compared' : 'not yet') : `no: ${fault.message}`],
    ['folder', path],
  ];
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

const means = { checksums: 'checksums', listing: 'listing', restore: 'restored and compared' } as const;

function verificationLine(each: Verification, { now, zone, colors }: OutcomeLook): string {
  const mark = each.outcome === 'passed' ? colors.green('✔') : colors.red('✖');
  const why = each.message === undefined ? '' : `: ${each.message}`;
  return `  ${mark} ${clock(each.at, zone, now)}   ${means[each.means]} in ${span(each.durationMs)}, ${each.by.workflowId}${why}`;
}

/** For copying: a path or name with other characters is quoted for a shell. */
function word(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function byHand({ path, manifest }: ShownBackup, { project, service, user }: ByHand): string[] {
  const inside = `docker compose -p ${project} exec -T ${service}`;
  const copy = word(`${manifest.database.name}_by_hand`);
  const source = manifest.encryption === null ? word(path) : '/tmp/plain';
  return [
    `cd ${word(path)} && sha256sum --check manifest.json.sha256`,
    `jq -r '.files[] | "\\(.sha256)  \\(.path)"' manifest.json | sha256sum --check`,
    ...(manifest.encryption === null
      ? []
      : [
          `kintsugi backup export ${manifest.id} --to /tmp --decrypt   # or with gpg alone: docs/recover-by-hand.md`,
          `mv /tmp/${manifest.id} /tmp/plain`,
        ]),
    `grep -E '^(CREATE|ALTER) ROLE' ${source}/globals.sql   # make those that the server lacks`,
    `docker compose -p ${project} cp ${source}/${manifest.archive.path} ${service}:/tmp/${manifest.id}`,
    `${inside} createdb -U ${word(user)} -T template0 ${copy}`,
    `${inside} pg_restore -U ${word(user)} --exit-on-error --jobs=2 -d ${copy} /tmp/${manifest.id}`,
    `docker compose -p ${project} exec ${service} psql -U ${word(user)} -d ${copy}   # look at it, then swap the names`,
  ];
}
