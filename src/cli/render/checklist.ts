import { plainText } from '../../text/plain.ts';
import { longSpan, span, words } from '../../text/time.ts';
import type { StepProgress, StepState } from '../../workflows/contract.ts';
import type { Observation, PendingActivity } from '../follow/observation.ts';
import type { Colors } from '../screen.ts';
import { columnsOf, cut, pad, wrap } from './text.ts';

export interface ChecklistLook {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly colors: Colors;
  readonly columns: number;
}

const marks: Readonly<Record<StepState, string>> = {
  waiting: ' ',
  running: '▸',
  done: '✔',
  skipped: '–',
  failed: '✖',
  undone: '↩',
};

/** @returns the checklist of a procedure as lines: title, one line a step, and what the person needs to know or do now. */
export function renderChecklist(seen: Observation, look: ChecklistLook): string[] {
  return [titleLine(seen, look), ...stepLines(seen, look), ...retryLines(seen, look), ...attentionLines(seen, look)];
}

/** @returns `restore-uns-claudejp · P1 · 0:00:42 of 2:00:00`. */
function titleLine(seen: Observation, { now, colors }: ChecklistLook): string {
  const elapsed = (seen.closedAt ?? now) - seen.startedAt;
  const rto = seen.progress?.rtoMs ?? 0;
  const time = rto > 0 ? `${longSpan(elapsed)} of ${longSpan(rto)}` : longSpan(elapsed);
  const shown = rto > 0 && elapsed > rto ? colors.red(`${time}, RTO missed`) : time;
  return [colors.bold(seen.workflowId), ...(seen.progress ? [seen.progress.severity] : []), shown].join(' · ');
}

function stepLines(seen: Observation, look: ChecklistLook): string[] {
  const steps = seen.progress?.steps ?? [];
  const width = Math.max(20, ...steps.map((step) => columnsOf(step.title)));
  if (steps.length > 0) return steps.map((step) => stepLine(step, seen, width, look));
  // A procedure that tells no steps is shown by what it is at.
  return seen.pending.map(
    (pending) => `  ${look.colors.cyan('▸')} ${cut(`${pad(pending.activity, width)} ${liveText(pending)}`, look.columns - 4)}`,
  );
}

function stepLine(step: StepProgress, seen: Observation, width: number, look: ChecklistLook): string {
  const note = step.state === 'running' ? (liveNote(seen) ?? step.note) : step.note;
  const text = `${pad(step.title, width)}  ${pad(timeOf(step, look.now), 7)}  ${note ?? ''}`.trimEnd();
  const line = cut(text, look.columns - 4);
  const color = colorOf(step.state, look.colors);
  return `  ${color(marks[step.state])} ${step.state === 'waiting' || step.state === 'skipped' ? look.colors.dim(line) : line}`.trimEnd();
}

function timeOf(step: StepProgress, now: number): string {
  if (step.startedAt === undefined) return '';
  const end = step.endedAt === undefined ? now : Date.parse(step.endedAt);
  return span(end - Date.parse(step.startedAt)).padStart(7);
}

function liveNote(seen: Observation): string | undefined {
  const texts = seen.pending.map(liveText).filter((text) => text !== '');
  return texts.length > 0 ? texts.join(' · ') : undefined;
}

/** @returns `timer_cards 61 % · 38 MB/s · about 0:24 left`, of what the activity tells. */
function liveText({ heartbeat }: PendingActivity): string {
  if (heartbeat === null) return '';
  return [
    heartbeat.text,
    ...(heartbeat.fraction === undefined || /\d ?%/.test(heartbeat.text) ? [] : [`${Math.floor(heartbeat.fraction * 100)} %`]),
    ...(heartbeat.bytesPerSecond === undefined ? [] : [`${rate(heartbeat.bytesPerSecond)}/s`]),
    ...(heartbeat.secondsLeft === undefined ? [] : [`about ${span(heartbeat.secondsLeft * 1000)} left`]),
  ].join(' · ');
}

/** @returns `38 MB`, `1.9 GB`: three digits at most, since it changes every second. */
export function rate(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = bytes / 1024 ** unit;
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function retryLines(seen: Observation, { colors, columns }: ChecklistLook): string[] {
  return seen.pending
    .filter((pending) => pending.attempt > 1 && pending.lastFailure !== null)
    .map((pending) =>
      colors.yellow(
        cut(`    attempt ${pending.attempt}; the one before: ${(pending.lastFailure ?? '').split('\n')[0]}`, columns),
      ),
    );
}

function attentionLines(seen: Observation, { now, colors, columns }: ChecklistLook): string[] {
  if (seen.trouble === 'worker') {
    return [colors.yellow('No worker answers. The procedure goes on when one is back: kintsugi up')];
  }
  if (seen.trouble === 'temporal') {
    return [colors.yellow('Temporal does not answer. The procedure goes on when it is back: kintsugi up')];
  }
  const { progress } = seen;
  if (progress?.phase !== 'waitingForApproval') return [];
  const since = progress.steps.find((step) => step.state === 'running')?.startedAt;
  const waited = since === undefined ? '' : ` (for ${words(now - Date.parse(since))})`;
  if (progress.choices !== undefined) {
    return [
      colors.yellow(`Waits for your choice${waited}.`),
      ...wrap(plainText(progress.message ?? ''), columns).filter((line) => line !== ''),
      ...progress.choices.map((choice) => `kintsugi proceed ${choice} ${seen.workflowId} --by NAME --reason WHY`),
    ];
  }
  return [
    colors.yellow(`Waits for an approval${waited}. Nothing was stopped or changed.`),
    ...wrap(plainText(progress.message ?? ''), columns).filter((line) => line !== ''),
    `kintsugi approve ${seen.workflowId} --by NAME --reason WHY`,
    `kintsugi refuse ${seen.workflowId} --by NAME --reason WHY`,
  ];
}

function colorOf(state: StepState, colors: Colors): (text: string) => string {
  if (state === 'done') return colors.green;
  if (state === 'failed') return colors.red;
  return state === 'running' ? colors.cyan : (text) => text;
}
