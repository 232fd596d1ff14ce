import { parseIdentity } from '../worker/identity.ts';
import type { ActivityRun } from './activities.ts';
import { answerOf } from './answers.ts';
import type { ReportStep, ValidationRow } from './report.ts';

type Verdict = Pick<ValidationRow, 'expected' | 'actual' | 'successful'>;

/**
 * @returns what was verified: one row each with what was expected, what was found, and who looked, as NIST SP 800-34 asks for it
 *   (appendix E). What was left out has a row too.
 */
export function validationOf(activities: readonly ActivityRun[], steps: readonly ReportStep[]): ValidationRow[] {
  const rows = (activity: string, of: readonly (readonly [procedure: string, verdict: Verdict | null])[]): ValidationRow[] => {
    const by = performedBy(activities, activity);
    return of.flatMap(([procedure, verdict]) => (verdict === null ? [] : [{ procedure, ...verdict, by }]));
  };
  const skipped = (step: string): string | undefined => {
    const found = steps.find((other) => other.name === step && other.state === 'skipped');
    return found === undefined ? undefined : (found.note ?? 'left out');
  };
  const chosen = answerOf(activities, 'chooseBackup');
  const preflight = answerOf(activities, 'preflight');
  const verified = answerOf(activities, 'verifyRestored');
  const health = answerOf(activities, 'checkHealth');
  const failed = (activity: string): string | null => lastFailure(activities, activity);
  return [
    ...rows('chooseBackup', [
      [
        'The backup is whole',
        outcome(
          chosen?.hasManifest === false ? 'readable to its end' : 'every file as its manifest says',
          chosen && (chosen.checkedBy?.join(', ') || chosen.id),
          failed('chooseBackup'),
        ),
      ],
    ]),
    ...rows('preflight', [
      ['The target can take it', outcome('server, disk, roles and extensions suit', preflight?.summary, failed('preflight'))],
    ]),
    ...rows('verifyRestored', verifyRows(verified, failed('verifyRestored'))),
    ...rows('checkHealth', [
      [
        'The application answers',
        skipped('health') === undefined
          ? outcome('every health address of the plan answers', health?.summary, failed('checkHealth'))
          : notDone('every health address of the plan answers', skipped('health')),
      ],
    ]),
    ...rows('tryApplication', [
      [
        'The application works on the copy',
        outcome(
          'its health address answers, inside the isolated network',
          answerOf(activities, 'tryApplication')?.summary,
          failed('tryApplication'),
        ),
      ],
    ]),
  ];
}

type Verified = ReturnType<typeof answerOf<'verifyRestored'>>;

function verifyRows(verified: Verified, failure: string | null): [string, Verdict | null][] {
  if (verified === null) return [['The copy is what the backup promises', outcome('no difference', null, failure)]];
  const { rows, tables, objects, fingerprints, checks, limited, serverLog, refreshed } = verified;
  const counted = `${count(rows, 'row')} in ${count(tables, 'table')}`;
  return [
    [
      'Rows of every table',
      limited ? notDone('the manifest’s counts', `no manifest to compare with; found ${counted}`) : equal(counted),
    ],
    ['Definition of every object', equal(count(objects, 'object'))],
    [
      'Content of every table',
      fingerprints > 0
        ? equal(count(fingerprints, 'fingerprint'))
        : notDone('the fingerprints of the backup', 'the backup was taken without fingerprints'),
    ],
    ['The server’s log of the restore', serverLog ? logVerdict(serverLog.unreadable ?? null, serverLog.expected) : null],
    [
      'Materialized views that were stale in the backup',
      refreshed?.length ? { expected: 'refreshed', actual: `refreshed: ${refreshed.join(', ')}`, successful: true } : null,
    ],
    ['The plan’s own checks', checks > 0 ? equal(`${checks} passed`) : notDone('as the plan expects', 'none were made')],
  ];
}

function logVerdict(unreadable: string | null, expected: number): Verdict {
  if (unreadable !== null) return notDone('no unexpected error', `it could not be read: ${unreadable}`);
  const beside = expected === 0 ? '' : `, beside ${expected} of interruptions`;
  return { expected: 'no unexpected error', actual: `none${beside}`, successful: true };
}

/** @returns `1 table`, `200,000 rows`. */
function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

function equal(what: string): Verdict {
  return { expected: what, actual: what, successful: true };
}

function notDone(expected: string, why = 'left out'): Verdict {
  return { expected, actual: why, successful: null };
}

/** @returns null when it was not come to. */
function outcome(expected: string, found: string | null | undefined, failure: string | null): Verdict | null {
  if (found !== null && found !== undefined) return { expected, actual: found, successful: true };
  return failure === null ? null : { expected, actual: failure, successful: false };
}

function lastFailure(activities: readonly ActivityRun[], name: string): string | null {
  const last = activities.findLast((activity) => activity.name === name)?.attempts.at(-1);
  return last?.outcome === 'failed' ? (last.message ?? last.code) : null;
}

function performedBy(activities: readonly ActivityRun[], name: string): string {
  const worker = activities.findLast((activity) => activity.name === name)?.attempts.at(-1)?.worker;
  const identity = worker ? parseIdentity(worker) : null;
  return identity === null ? 'Kintsugi' : `Kintsugi on ${identity.host}`;
}
