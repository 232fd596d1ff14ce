import type { Report } from '../report.ts';
import { day } from '../say.ts';
import type { IncidentReport, MessageRow, OpenItem } from './report.ts';

type Facts = Pick<
  IncidentReport,
  'workflowId' | 'status' | 'zone' | 'resolved' | 'recoveries' | 'messages' | 'cause' | 'closedAt'
> & { readonly demandsCause: boolean };

/** @returns what is to be done after a recovery, and whether it was: NIST SP 800-34 asks for it (4.4, 5.4 to 5.10). */
export function openItemsOf(facts: Facts): OpenItem[] {
  return [
    problemGone(facts),
    ...cleanedUp(facts.recoveries),
    ...keptDatabases(facts),
    freshBackup(facts.recoveries),
    everybodyTold(facts),
    causeKnown(facts),
    formalEnd(facts),
  ];
}

function problemGone({ status, resolved, workflowId, zone }: Facts): OpenItem {
  const what = 'The problem is gone';
  if (resolved !== null) return done(what, `resolved ${day(resolved.at, zone)} by ${resolved.by}`);
  if (status === 'closed') return { what, state: 'notNeeded', text: 'it was closed without being resolved', next: null };
  return open(what, 'the incident is open', `kintsugi incident show ${workflowId}`);
}

const ended: readonly Report['outcome']['state'][] = ['completed', 'completedWithSkippedSteps', 'failed', 'refused', 'cancelled'];

/** Scratch databases, fences, job containers and decrypted copies. */
function cleanedUp(recoveries: readonly Report[]): OpenItem[] {
  const what = 'Temporary parts are cleaned up';
  if (recoveries.length === 0) return [{ what, state: 'notNeeded', text: 'no recovery ran', next: null }];
  return recoveries.map((recovery) => {
    const { workflowId, outcome, steps } = recovery;
    if (outcome.state === 'running' || outcome.state === 'waitingForApproval')
      return open(what, `${workflowId} goes on`, `kintsugi watch ${workflowId}`);
    if (!ended.includes(outcome.state))
      return open(
        what,
        `${workflowId} ${outcome.state === 'unknown' ? 'has no known end' : 'ran no clean-up'}`,
        'kintsugi doctor --mend',
      );
    const left = steps.filter(
      ({ name, kind, state }) => (kind === 'cleanUp' || name.startsWith('undo: ')) && (state === 'failed' || state === 'unknown'),
    );
    if (left.length === 0) return done(what, `by ${workflowId}`);
    return open(what, `${workflowId} could not: ${left.map(({ title }) => title).join(', ')}`, 'kintsugi doctor --mend');
  });
}

function keptDatabases({ recoveries, zone }: Facts): OpenItem[] {
  return recoveries.flatMap(({ replaced, workflowId }) =>
    replaced === null
      ? []
      : [
          {
            what: 'The replaced database is dropped',
            state: 'later' as const,
            text: `${replaced.name} is kept until ${day(replaced.until, zone)}, then dropped by itself`,
            next: `kintsugi undo ${workflowId}`,
          },
        ],
  );
}

function freshBackup(recoveries: readonly Report[]): OpenItem {
  const what = 'A fresh full backup is taken';
  const last = recoveries.findLast(({ outcome }) => outcome.state.startsWith('completed'));
  if (last === undefined) return { what, state: 'notNeeded', text: 'nothing was restored', next: null };
  if (last.freshBackup !== null) return done(what, last.freshBackup);
  return open(what, `${last.workflowId} ended without one`, 'kintsugi backup take');
}

function everybodyTold({ status, messages, workflowId }: Facts): OpenItem {
  const what = 'Everybody is told that it is over';
  const told = messages.filter(({ kind }) => kind === 'resolutionUpdate');
  if (told.length === 0)
    return open(what, status === 'resolved' ? 'it is held back a little, in case it comes back' : 'nothing was sent yet', null);
  const reached = new Set(told.filter(arrived).map(({ recipient }) => recipient));
  const missed = [...new Set(told.map(({ recipient }) => recipient))].filter((recipient) => !reached.has(recipient));
  if (missed.length === 0) return done(what, `${reached.size} of ${reached.size}`);
  return open(what, `not reached: ${missed.join(', ')}`, `kintsugi incident show ${workflowId}`);
}

/** One in the same message with another went with that. */
function arrived({ outcome, why }: MessageRow): boolean {
  return (
    outcome === 'accepted' || outcome === 'delivered' || (outcome === 'nothingSent' && why.startsWith('in one message with'))
  );
}

function causeKnown({ cause, demandsCause, workflowId, zone }: Facts): OpenItem {
  const what = 'Root cause and prevention plan';
  if (cause !== null) return done(what, `by ${cause.by}, ${day(cause.at, zone)}`);
  if (!demandsCause) return { what, state: 'notNeeded', text: 'not asked for at this severity', next: null };
  return open(what, 'nobody wrote them yet', `kintsugi incident explain ${workflowId}`);
}

function formalEnd({ status, closedAt, workflowId, zone }: Facts): OpenItem {
  const what = 'The incident is formally ended';
  if (status === 'closed') return done(what, closedAt === null ? 'closed' : `closed ${day(closedAt, zone)}`);
  return open(
    what,
    status === 'resolved' ? 'it closes by itself when all is told and explained' : 'it is open',
    `kintsugi incident close ${workflowId}`,
  );
}

function done(what: string, text: string): OpenItem {
  return { what, state: 'done', text, next: null };
}

function open(what: string, text: string, next: string | null): OpenItem {
  return { what, state: 'open', text, next };
}
