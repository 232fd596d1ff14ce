import type { RepairResult } from '../../workflows/contract.ts';
import type { Colors } from '../screen.ts';
import { table } from './text.ts';

/** @returns what a repair would do, as lines; what it found follows with its samples. @param keep how long rows are kept: `30d`. */
export function renderRepairIntent(planned: RepairResult, keep: string, colors: Colors): string[] {
  const repairs = planned.steps.filter(({ name }) => name.startsWith('repair: '));
  if (repairs.length === 0) return [`Nothing to repair in ${colors.bold(planned.database)}.`];
  const limits = planned.steps.find(({ name }) => name === 'limits')?.note ?? '';
  return [
    `Will repair data of ${colors.bold(planned.database)}, in this order:`,
    ...table(repairs.map(({ name, note }) => [name.slice('repair: '.length), (note ?? '').replace(/^would /, '')])),
    ...table([
      ['application', 'runs; rows are locked for a batch at a time'],
      ['way back', `each row is kept as it was for ${keep}; a backup is not needed for that`],
      ['limits', limits],
    ]),
  ];
}
