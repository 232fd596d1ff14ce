import type { IncidentView } from '../../incident/contract.ts';
import { clock, clockWithSeconds } from '../../text/time.ts';
import type { OutcomeLook } from './outcome.ts';
import { table } from './text.ts';

type Look = Pick<OutcomeLook, 'zone' | 'colors'>;

const marks = { accepted: '✔', delivered: '✔', failed: '✖', nothingSent: '–', held: '…', sending: '▸' } as const;

/** @returns one incident in one line. */
export function renderIncidentLine(view: IncidentView, { colors }: Look): string {
  const has = view.responder === null ? colors.red('nobody has it') : view.responder.name;
  return `${colors.bold(view.severity)}  ${view.status.padEnd(12)}  ${view.problem}  ${colors.dim(view.workflowId)}  ${has}`;
}

/** @returns all of an incident that a person needs to go on. */
export function renderIncident(view: IncidentView, { zone, colors }: Look): string[] {
  const at = (iso: string) => clock(iso, zone, Date.now());
  const { responder, recovery } = view;
  return [
    `${colors.bold(`${view.severity} ${view.problem}`)}  ${colors.dim(view.workflowId)}`,
    ...table([
      ['status', view.status],
      ['since', at(view.since)],
      ['RTO ends', at(view.rtoEndsAt)],
      [
        'responder',
        responder === null
          ? colors.red('nobody yet: kintsugi incident ack')
          : `${responder.name}, counts until ${at(responder.until)}`,
      ],
      ...(view.impact === '' ? [] : [['impact', view.impact] as const]),
      ...(recovery === null
        ? []
        : [
            ['recovery', `${recovery.workflowId}: ${recovery.ended?.text ?? recovery.running?.title ?? recovery.phase}`] as const,
          ]),
      ...(view.report === null ? [] : [['report', view.report] as const]),
      ...(view.nextDeadline === null ? [] : [['next', at(view.nextDeadline)] as const]),
    ]),
    '',
    ...view.timeline
      .slice(-20)
      .map(
        ({ at: when, who, what, why }) =>
          `${colors.dim(clockWithSeconds(when, zone))}  ${who}  ${what}${why === '' ? '' : colors.dim(`  ${why}`)}`,
      ),
    '',
    ...view.attempts
      .slice(-20)
      .map(
        ({ outcome, kind, recipient, channel, why }) =>
          `${marks[outcome]} ${channel} to ${recipient}: ${kind} ${outcome === 'sending' ? 'is being sent' : outcome}${why === '' ? '' : colors.dim(`  ${why}`)}`,
      ),
  ];
}
