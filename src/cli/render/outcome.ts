import { clock, span, words } from '../../text/time.ts';
import type { ProcedureResult, Progress, RestoreResult } from '../../workflows/contract.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import { isRestoreResult } from '../follow/observation.ts';
import type { Colors } from '../screen.ts';
import { renderFindings } from './intent.ts';
import { table } from './text.ts';

export interface OutcomeLook {
  readonly now: number;
  readonly zone: string;
  readonly colors: Colors;
}

/** @returns how a recovery procedure ended well. */
export function renderEnd(result: ProcedureResult, look: OutcomeLook): string[] {
  return isRestoreResult(result) ? renderRestored(result, look) : renderProcedure(result, look);
}

/** How long, from when the data is, what was checked, what is kept, how to go back. */
function renderRestored(result: RestoreResult, { now, zone, colors }: OutcomeLook): string[] {
  const verdict = (kept: boolean) => (kept ? colors.green('kept') : colors.red('missed'));
  const verified = result.steps.find((step) => step.name === 'verify')?.note;
  const { takenAt } = result.backup;
  const rpa = result.rpaMs === null ? 'not known: the backup does not tell its instant' : words(result.rpaMs);
  const kept = result.rpaMs === null ? '' : ` of RPO ${words(result.rpoMs)}: ${verdict(result.rpaMs <= result.rpoMs)}`;
  return [
    `${colors.green('✔')} ${colors.bold(`back in ${span(result.rtaMs)}`)}: ${result.database} from ${result.backup.id}${takenAt ? ` (${clock(takenAt, zone, now)})` : ''}`,
    ...table([
      ['time', `RTA ${span(result.rtaMs)} of RTO ${words(result.rtoMs)}: ${verdict(result.rtaMs <= result.rtoMs)}`],
      ['lost', `RPA ${rpa}${kept}`],
      ...(verified ? [['verified', verified] as const] : []),
      ...(result.skipped.length > 0 ? [['left out', leftOut(result)] as const] : []),
      ...(result.replaced
        ? [['replaced', `kept as ${result.replaced.name} until ${clock(result.replaced.until, zone, now)}`] as const]
        : []),
      ...(result.freshBackup ? [['backup', `${result.freshBackup}, taken after the recovery`] as const] : []),
      ...(result.report ? [['report', result.report] as const] : []),
      ...(result.replaced ? [['undo', `kintsugi undo ${result.workflowId}/${shortRunId(result.runId)}`] as const] : []),
    ]),
    ...renderFindings(result.findings),
  ];
}

/** How long it took, what was left out, what was found, where its report is. */
function renderProcedure(result: ProcedureResult, { colors }: OutcomeLook): string[] {
  const verdict = result.rtaMs <= result.rtoMs ? colors.green('kept') : colors.red('missed');
  const told = result.steps.findLast((step) => step.state === 'done' && step.name !== 'report' && step.note !== undefined);
  return [
    result.message === undefined
      ? `${colors.green('✔')} ${colors.bold(`${result.workflowId} is done`)} in ${span(result.rtaMs)}`
      : `${colors.yellow('!')} ${colors.bold(`${result.workflowId} is done, but not all is well`)}: ${result.message}`,
    ...table([
      ['time', `RTA ${span(result.rtaMs)} of RTO ${words(result.rtoMs)}: ${verdict}`],
      ...(told ? [[told.title, told.note ?? ''] as const] : []),
      ...(result.skipped.length > 0 ? [['left out', leftOut(result)] as const] : []),
      ...(result.report ? [['report', result.report] as const] : []),
      ...('code' in result && result.code !== null
        ? [['undo', `kintsugi undo ${result.workflowId}/${shortRunId(result.runId)}`] as const]
        : []),
    ]),
    ...renderFindings(result.findings),
  ];
}

/** @returns how any other procedure ended well. */
export function renderCompleted(result: Progress, tookMs: number, { colors }: OutcomeLook): string[] {
  const notes = result.steps
    .filter((step) => step.state === 'skipped')
    .map((step) => [step.title, step.note ?? 'left out'] as const);
  return [`${colors.green('✔')} ${colors.bold(`${result.workflowId} is done`)} in ${span(tookMs)}`, ...table(notes)];
}

function leftOut(result: ProcedureResult): string {
  return result.skipped
    .map((name) => {
      const step = result.steps.find((other) => other.name === name);
      return step?.note ? `${step.title} (${step.note})` : (step?.title ?? name);
    })
    .join(', ');
}
