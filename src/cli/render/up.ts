import { relative } from 'node:path';
import type { EmbeddedTemporal } from '../../worker/embedded-temporal.ts';
import type { ProcessFile } from '../../worker/process-file.ts';
import { stateFiles } from '../../worker/state-files.ts';
import type { SchedulesAtUp } from '../schedules/apply.ts';
import type { Colors } from '../screen.ts';
import { table } from './text.ts';

export interface UpFacts {
  readonly project: string;
  readonly ui: string;
  readonly address: string;
  readonly stateFolder: string;
  readonly temporal: EmbeddedTemporal;
  readonly worker: ProcessFile;
  readonly workerStartedNow: boolean;
  /** Address of the procedures that can be started in the Temporal UI. */
  readonly examples: string;
  /** null when they were left as they are. */
  readonly schedules: SchedulesAtUp | null;
}

/** @returns what runs now, where it is seen, and what can be done next. */
export function renderUp(facts: UpFacts, colors: Colors): string[] {
  const files = stateFiles(facts.stateFolder);
  const { temporal, worker } = facts;
  const server =
    temporal.whose === 'ours'
      ? `${colors.bold(facts.ui)}   ${temporal.startedNow ? 'started' : 'runs already'} (process ${temporal.record.pid})`
      : `${colors.bold(facts.ui)}   already answers at ${facts.address}; not ours, so kintsugi down leaves it running`;
  const logs = [shown(worker.log), ...(temporal.whose === 'ours' ? [shown(files.temporalLog)] : [])];
  return [
    `Kintsugi is up for ${colors.bold(facts.project)}.`,
    ...table([
      ['Temporal', server],
      ['worker', `${facts.workerStartedNow ? 'started' : 'runs already'} (process ${worker.pid}, build ${worker.build})`],
      ...(temporal.whose === 'ours' ? [['state', shown(files.temporalDatabase)] as const] : []),
      ['schedules', schedulesLine(facts.schedules)],
      ['start from', facts.examples],
      ['logs', logs.join('  ')],
    ]),
    colors.dim('kintsugi backup take · kintsugi recover restore --dry-run · kintsugi doctor · kintsugi down'),
  ];
}

function schedulesLine(schedules: SchedulesAtUp | null): string {
  if (schedules === null) return 'left as they are; to make them those of the plan: kintsugi schedules apply';
  const count = (act: string) => schedules.changes.filter((change) => change.act === act).length;
  const parts = (['create', 'update', 'remove', 'keep'] as const).flatMap((act) =>
    count(act) > 0 ? [`${count(act)} ${done[act]}`] : [],
  );
  const { left } = schedules;
  const hand = left.length === 0 ? [] : [`${left.join(', ')} changed by hand and left so (kintsugi schedules apply)`];
  return [...parts, ...hand].join(', ') || 'none';
}

const done = { create: 'made', update: 'changed as the plan says', remove: 'removed', keep: 'as the plan says' } as const;

/** A path as it can be typed here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
