import type { MessageAction, MessageKind } from '../channels/contract.ts';
import { wallClock } from './calendar.ts';
import { nameOf, rtoEndsAt, ruleOf } from './facts.ts';
import { english, japanese, type Language } from './languages.ts';
import type { IncidentState, Notice } from './state.ts';

/** What a message says; the same words on every channel. */
export interface Text {
  readonly subject: string;
  readonly text: string;
  readonly actions: readonly MessageAction[];
}

const languages: Record<'en' | 'ja', Language> = { en: english, ja: japanese };

/** @returns the words of a message in the recipient's language: the plan's own, where it has them. */
export function compose(state: IncidentState, notice: Notice, language: 'en' | 'ja', now: number): Text {
  const words = languages[language];
  const facts = factsOf(state, notice, words, language, now);
  const own = isTemplated(notice.kind) ? state.policy.templates[language]?.[notice.kind] : undefined;
  const { subject, text } = own ?? words.messages[notice.kind];
  return {
    subject: fill(subject, facts).replaceAll('\n', ' '),
    text: lines(fill(text, facts)),
    actions: actionsOf(state, notice, words),
  };
}

function isTemplated(
  kind: MessageKind,
): kind is 'incidentNotification' | 'statusUpdate' | 'resolutionUpdate' | 'postIncidentReport' {
  return (
    kind === 'incidentNotification' || kind === 'statusUpdate' || kind === 'resolutionUpdate' || kind === 'postIncidentReport'
  );
}

/** Names that a template may use: {problem}, {rtoEnds}, … What is not known is empty, and an empty line is left out. */
export const placeholders = [
  'problem',
  'impact',
  'severity',
  'meaning',
  'actions',
  'stack',
  'incident',
  'since',
  'rto',
  'rtoEnds',
  'status',
  'responder',
  'called',
  'done',
  'running',
  'left',
  'words',
  'took',
  'resolvedAt',
  'lost',
  'rootCause',
  'prevention',
  'report',
  'nextUpdate',
  'command',
] as const;
export type Facts = Readonly<Record<(typeof placeholders)[number], string>>;

function factsOf(state: IncidentState, notice: Notice, words: Language, language: 'en' | 'ja', now: number): Facts {
  const { policy, recovery, responder, resolved, cause } = state;
  const zone = policy.people[notice.person]?.zone ?? policy.zone;
  const clock = (at: number) => wallClock(at, zone, language);
  const rule = ruleOf(state);
  const dueAt = nextUpdateOf(state, notice.person);
  const rpaMs = recovery?.ended?.rpaMs ?? null;
  return {
    problem: state.problem,
    impact: state.impact === '' ? '' : words.impact(state.impact),
    severity: state.severity,
    meaning: rule.meaning,
    actions: rule.actions,
    stack: policy.stack.project,
    incident: state.workflowId,
    since: clock(state.since),
    rto: words.duration(state.rtoMs),
    rtoEnds: clock(rtoEndsAt(state)),
    status: words.status[state.status],
    responder: responder === null ? words.nobody : nameOf(state, responder.person),
    called: state.called.map((person) => nameOf(state, person)).join(', '),
    done: recovery === null || recovery.done.length === 0 ? '' : words.done(recovery.done),
    running: recovery?.running == null ? '' : words.running(recovery.running.title, clock(Date.parse(recovery.running.since))),
    left: recovery?.leftMs == null ? '' : words.left(words.duration(recovery.leftMs)),
    words:
      notice.kind === 'approvalRequest'
        ? (recovery?.approval?.text ?? '')
        : notice.kind === 'limit'
          ? clock(Date.parse(words.says(notice.text)))
          : words.says(notice.text),
    took: words.duration((resolved?.at ?? now) - state.since),
    resolvedAt: clock(resolved?.at ?? now),
    lost: rpaMs === null ? '' : words.lost(words.duration(rpaMs)),
    rootCause: cause === null ? '' : cause.rootCause,
    prevention: cause === null ? '' : cause.prevention.map(({ what, who, until }) => `- ${what} (${who}, ${until})`).join('\n'),
    report: state.report === null ? '' : words.report(state.report),
    nextUpdate: dueAt === null ? '' : words.nextUpdate(clock(dueAt)),
    command: `kintsugi incident ack ${state.workflowId}`,
  };
}

/** @returns when a person is told next, as one of those who were called or of everybody. */
function nextUpdateOf({ called, updates }: IncidentState, person: string): number | null {
  const dues = [called.includes(person) ? updates.responders.dueAt : null, updates.everyone?.dueAt ?? null];
  const known = dues.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function fill(template: string, facts: Facts): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in facts ? facts[name as keyof Facts] : whole));
}

function lines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n');
}

function actionsOf(state: IncidentState, notice: Notice, words: Language): MessageAction[] {
  if (notice.kind === 'approvalRequest' && state.recovery !== null) {
    const { workflowId } = state.recovery;
    return [
      { action: 'approve', workflowId, label: words.buttons.approve },
      { action: 'refuse', workflowId, label: words.buttons.refuse },
    ];
  }
  const { workflowId } = state;
  const offer = (...actions: MessageAction['action'][]) =>
    actions.map((action) => ({ action, workflowId, label: words.buttons[action] }));
  if (notice.wantsAnswer) return offer('acknowledge', 'status', 'takeOver');
  return notice.kind === 'acknowledgement' ? offer('status', 'takeOver') : [];
}
