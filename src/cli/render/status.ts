import { clock, span, words } from '../../text/time.ts';
import type { ProcedureResult } from '../../workflows/contract.ts';
import type { Observation } from '../follow/observation.ts';
import { renderChecklist } from './checklist.ts';
import type { OutcomeLook } from './outcome.ts';
import { renderEnd } from './outcome.ts';
import { table } from './text.ts';

/** What state each part is in. */
export interface StatusFacts {
  readonly project: string;
  readonly health: readonly { readonly name: string; readonly url: string; readonly ok: boolean; readonly answer: string }[];
  readonly backup: {
    readonly id: string;
    readonly takenAt: string;
    readonly withinRpo: boolean;
    readonly proven: boolean;
    /** `proven 03:31 JST` */
    readonly standing: string;
  } | null;
  readonly broken: number;
  readonly rpoMs: number;
  readonly temporal: { readonly ok: boolean; readonly address: string; readonly ui: string };
  readonly workers: readonly { readonly host: string; readonly pid: number; readonly build: string }[];
  /** The run that is going on, else the last one. */
  readonly run: Observation | null;
  /** Result of a recovery procedure that ended well. */
  readonly result: ProcedureResult | null;
  /** Why a run that ended badly did. */
  readonly failure: { readonly code: string; readonly message: string; readonly state: string | null } | null;
}

/** @returns the state of everything, at a glance. */
export function renderStatus(facts: StatusFacts, look: OutcomeLook & { readonly columns: number }): string[] {
  const { colors } = look;
  const mark = (ok: boolean) => (ok ? colors.green('✔') : colors.red('✖'));
  const health = facts.health.map(({ name, url, ok, answer }) => `${mark(ok)} ${name} ${answer}  ${colors.dim(url)}`);
  const worker = facts.workers.map(({ pid, host, build }) => `process ${pid} on ${host}, build ${build}`).join('; ');
  return [
    colors.bold(facts.project),
    ...table([
      ...health.map((text, index) => [index === 0 ? 'application' : '', text] as const),
      ['backup', backupText(facts, look, mark)],
      [
        'Temporal',
        `${mark(facts.temporal.ok)} ${facts.temporal.ok ? facts.temporal.ui : `${facts.temporal.address} does not answer: kintsugi up`}`,
      ],
      ...(facts.temporal.ok ? [['worker', `${mark(worker !== '')} ${worker || 'none listens: kintsugi up'}`] as const] : []),
    ]),
    '',
    ...runLines(facts, look),
  ];
}

function backupText(
  { backup, broken, rpoMs }: StatusFacts,
  { now, zone, colors }: OutcomeLook,
  mark: (ok: boolean) => string,
): string {
  const bad = broken === 0 ? '' : colors.red(`; ${broken} broken: kintsugi backup list`);
  if (backup === null) return `${mark(false)} none: kintsugi backup take${bad}`;
  const age = words(now - Date.parse(backup.takenAt));
  const rpo = `RPO ${words(rpoMs)}${backup.withinRpo ? '' : colors.red(' missed')}`;
  return `${mark(backup.withinRpo)} ${backup.id}, ${clock(backup.takenAt, zone, now)}, ${age} ago, ${rpo}, ${backup.standing}${bad}`;
}

function runLines({ temporal, run, result, failure }: StatusFacts, look: OutcomeLook & { readonly columns: number }): string[] {
  if (!temporal.ok)
    return ['Whether a recovery runs is not known while Temporal does not answer. One that runs goes on after: kintsugi up'];
  if (run === null) return ['No recovery yet.  kintsugi recover restore --dry-run shows what one would do.'];
  if (run.status === 'RUNNING') {
    return [
      ...renderChecklist(run, look),
      look.colors.dim(`kintsugi watch ${run.workflowId} · kintsugi cancel ${run.workflowId}`),
    ];
  }
  const ended = clock(run.closedAt ?? look.now, look.zone, look.now);
  if (result !== null) return [`Last recovery, ended ${ended}:`, ...renderEnd(result, look)];
  const how = `${run.workflowId} ${run.status === 'COMPLETED' ? 'is done' : run.status.toLowerCase().replace('_', ' ')}`;
  return [
    `Last: ${how}, ended ${ended}, after ${span((run.closedAt ?? look.now) - run.startedAt)}`,
    ...(failure === null
      ? []
      : [`  ${look.colors.red(failure.code)}: ${failure.message}`, ...(failure.state === null ? [] : [`  ${failure.state}`])]),
  ];
}
