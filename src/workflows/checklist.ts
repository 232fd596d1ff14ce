/** A procedure as a page of the Temporal UI shows it: where it is, what a person has to do, each step with its time. Markdown. Pure. */
import { longSpan, span, timeOfDay, zoneName } from '../text/time.ts';
import type { Progress, StepProgress } from './contract.ts';

const marks: Readonly<Record<StepProgress['state'], string>> = {
  waiting: '▫',
  running: '▸',
  done: '✔',
  skipped: '–',
  failed: '✖',
  undone: '↩',
};

const phases: Readonly<Record<Progress['phase'], string>> = {
  running: 'running',
  waitingForApproval: 'WAITS FOR A PERSON',
  completed: 'completed',
  completedWithSkippedSteps: 'completed, but not everything was done',
  failed: 'FAILED',
  cancelled: 'cancelled',
};

/** Of Markdown. A list would put its own mark before ours. */
const lineBreak = '  \n';

/** @param zone in which its times are told: the plan's. @param now the instant of this look, in milliseconds. */
export function checklistOf(progress: Progress, zone: string, now: number): string {
  const { procedure, database, severity, phase, steps, approvals } = progress;
  return [
    `### ${procedure} · ${database} · ${severity} · ${phases[phase]}`,
    timeLine(progress, zone, now),
    progress.message ?? '',
    ...whatToDo(progress),
    steps.map((step) => stepLine(step, zone)).join(lineBreak),
    approvals.map(({ approved, by, reason }) => `${approved ? 'approved' : 'refused'} by ${by}: ${reason}`).join(lineBreak),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** @returns since when it runs, and until when it may; of one that has ended how long it took. */
function timeLine({ startedAt, rtoMs, phase }: Progress, zone: string, now: number): string {
  const began = Date.parse(startedAt);
  const started = `Started ${timeOfDay(began, zone)} ${zoneName(began, zone)}`;
  if (phase !== 'running' && phase !== 'waitingForApproval') {
    return `${started}, took ${longSpan(now - began)}${rtoMs > 0 ? ` of ${longSpan(rtoMs)}` : ''}`;
  }
  return rtoMs > 0 ? `${started} · the RTO of ${longSpan(rtoMs)} ends ${timeOfDay(began + rtoMs, zone)}` : started;
}

/** @returns how a person answers on this very page: who has only the UI has no command line. */
function whatToDo({ phase, choices }: Progress): string[] {
  if (phase !== 'waitingForApproval') return [];
  const [names, fields] =
    choices === undefined ? ['`approve` or `refuse`', ''] : ['`proceed`', `"choice": "${choices.join(' | ')}", `];
  return [
    `**On this page:** *More Actions* → *Send an Update* → ${names}, with the input \`{${fields}"by": "your name", "reason": "why"}\``,
  ];
}

function stepLine({ state, title, startedAt, endedAt, note }: StepProgress, zone: string): string {
  const began = startedAt === undefined ? '' : ` · ${timeOfDay(startedAt, zone)}`;
  const took = startedAt === undefined || endedAt === undefined ? '' : ` · ${span(Date.parse(endedAt) - Date.parse(startedAt))}`;
  return `${marks[state]} **${title}**${began}${took}${note === undefined ? '' : ` · ${note}`}`;
}
