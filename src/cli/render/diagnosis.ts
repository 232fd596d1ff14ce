import { percentOf } from '../../diagnosis/diagnose.ts';
import type { Diagnosis, Suggestion } from '../../diagnosis/facts.ts';
import { clock, span, words } from '../../text/time.ts';
import type { Colors } from '../screen.ts';
import { table } from './text.ts';

export interface DiagnosisLook {
  readonly now: number;
  readonly zone: string;
  readonly colors: Colors;
  /** Workflow id of the procedure that is at work; null if none is. */
  readonly running: string | null;
  readonly took: Readonly<Record<string, number>>;
}

/** So many lines of what is wrong are enough to see it. */
const most = 8;

/** @returns a diagnosis as lines: what is wrong, what is behind it, what to type. */
export function renderDiagnosis(diagnosis: Diagnosis, project: string, look: DiagnosisLook): string[] {
  const { well, wrong, likely, suggestions, unseen } = diagnosis;
  const { colors, running } = look;
  const busy = running === null ? [] : [`${colors.yellow('!')} ${running} is at work on it: kintsugi watch ${running}`];
  const hidden = unseen.map((text) => colors.yellow(`! not seen: ${text}`));
  if (well) return [`${colors.green('✔')} ${project}: nothing is wrong that can be seen.`, ...hidden, ...busy];
  const [first, ...others] = suggestions;
  return [
    ...wrong.slice(0, most).map((text) => `${colors.red('✖')} ${text}`),
    ...(wrong.length > most ? [`  and ${wrong.length - most} more: kintsugi diagnose --json`] : []),
    ...hidden,
    ...table(
      [
        ['Most likely:', likely ?? 'not known'],
        ...(first === undefined
          ? noRemedy
          : [['What to do:', `${colors.bold(first.command)}   ${about(first, diagnosis, look)}`] as const]),
        ...others.map((other) => ['or then:', `${other.command}   ${about(other, diagnosis, look)}`] as const),
      ],
      '',
    ),
    ...busy,
  ];
}

const noRemedy: readonly (readonly [string, string])[] = [
  ['What to do:', 'no procedure fits; kintsugi doctor says whether one would work, kintsugi status how the application is'],
];

function about({ remedy, confidence }: Suggestion, { backup }: Diagnosis, { now, zone, took }: DiagnosisLook): string {
  const sure = `${percentOf(confidence)} % sure`;
  const last = took[remedy];
  const time = last === undefined ? [] : [`took ${span(last)} the last time`];
  if (remedy !== 'restore' && remedy !== 'deletion' && remedy !== 'corruption') return [sure, ...time].join(', ');
  const from =
    backup === null
      ? ['there is no backup of Kintsugi’s: kintsugi backup list']
      : [`newest backup ${clock(backup.takenAt, zone, now)}`, `loses up to ${words(backup.lossMs)}`];
  return [sure, ...from, ...time].join(', ');
}
