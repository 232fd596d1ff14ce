import type { RetentionPlan } from '../../retention/decide.ts';
import type { Colors } from '../screen.ts';

/** @returns each backup with what becomes of it and why, and first of all why nothing goes if so. */
export function renderRetention({ frozen, decisions }: RetentionPlan, colors: Colors): string[] {
  const marks = { keep: colors.green('✔'), delete: colors.yellow('–'), purge: colors.red('✖') } as const;
  const acts = { keep: 'stays', delete: 'goes ', purge: 'gone ' } as const;
  const going = decisions.filter(({ verdict }) => verdict !== 'keep').length;
  return [
    ...frozen.map((why) => colors.red(`  Nothing may be deleted: ${why}`)),
    ...(frozen.some((why) => why.includes('the clock'))
      ? [colors.yellow('  HINT: date; if it is right: kintsugi backup prune --clock-is-right')]
      : []),
    ...decisions.map(
      ({ id, verdict, why }) => `  ${marks[verdict]} ${id}   ${acts[verdict]}   ${verdict === 'keep' ? colors.dim(why) : why}`,
    ),
    `${going} of ${decisions.length} would go.`,
  ];
}
