import { plainText } from '../../text/plain.ts';
import { span } from '../../text/time.ts';
import type { StepProgress } from '../../workflows/contract.ts';
import type { Observation } from '../follow/observation.ts';

const verbs: Partial<Record<StepProgress['state'], string>> = {
  done: '✔',
  failed: '✖',
  skipped: '–',
  running: '▸',
  undone: '↩',
};

/** One line of a log. */
export interface Change {
  readonly text: string;
  /** ISO 8601, when it happened; missing where only the time of the look is known. */
  readonly at?: string;
}

/**
 * @returns what changed between two looks, a line each: for a log, where nothing can be drawn again.
 * @param before null at the first look: then everything that happened so far is told.
 */
export function changes(before: Observation | null, after: Observation): Change[] {
  const said = [...retryChanges(before, after), ...troubleChanges(before, after), ...approvalChanges(before, after)];
  return [...stepChanges(before, after), ...said.map((text) => ({ text }))];
}

function stepChanges(before: Observation | null, after: Observation): Change[] {
  const old = new Map(before?.progress?.steps.map((step) => [step.name, step]));
  return (after.progress?.steps ?? []).flatMap((step) => {
    const mark = verbs[step.state];
    const was = old.get(step.name);
    const isNew = was === undefined ? step.state !== 'waiting' : was.state !== step.state;
    const at = step.endedAt ?? step.startedAt;
    return isNew && mark !== undefined ? [{ text: stepText(step, mark), ...(at === undefined ? {} : { at }) }] : [];
  });
}

function stepText(step: StepProgress, mark: string): string {
  const time = step.startedAt && step.endedAt ? ` ${span(Date.parse(step.endedAt) - Date.parse(step.startedAt))}` : '';
  return `${mark} ${step.title}${time}${step.note ? `  ${step.note}` : ''}`;
}

function retryChanges(before: Observation | null, after: Observation): string[] {
  return after.pending.flatMap((pending) => {
    const was = before?.pending.find((other) => other.activity === pending.activity);
    if (pending.lastFailure === null || pending.attempt <= (was?.attempt ?? 1)) return [];
    return [`  ${pending.activity}: attempt ${pending.attempt}; the one before: ${pending.lastFailure.split('\n')[0]}`];
  });
}

function troubleChanges(before: Observation | null, after: Observation): string[] {
  if ((before?.trouble ?? 'none') === after.trouble) return [];
  if (after.trouble === 'worker') return ['No worker answers. The procedure goes on when one is back: kintsugi up'];
  if (after.trouble === 'temporal') return ['Temporal does not answer. The procedure goes on when it is back: kintsugi up'];
  return [`${before?.trouble === 'temporal' ? 'Temporal' : 'The worker'} answers again.`];
}

function approvalChanges(before: Observation | null, after: Observation): string[] {
  const { progress } = after;
  if (progress?.phase !== 'waitingForApproval' || before?.progress?.phase === 'waitingForApproval') return [];
  if (progress.choices !== undefined) {
    return [
      'Waits for your choice.',
      plainText(progress.message ?? ''),
      ...progress.choices.map((choice) => `kintsugi proceed ${choice} ${after.workflowId} --by NAME --reason WHY`),
    ];
  }
  return [
    'Waits for an approval. Nothing was stopped or changed.',
    plainText(progress.message ?? ''),
    `kintsugi approve ${after.workflowId} --by NAME --reason WHY`,
    `kintsugi refuse ${after.workflowId} --by NAME --reason WHY`,
  ].filter((line) => line !== '');
}
