import type { Readiness } from '../../readiness/judge.ts';
import type { Level } from '../../readiness/verdict.ts';
import type { Screen } from '../screen.ts';
import { columnsOf, pad, wrap } from './text.ts';

const marks: Readonly<Record<Level, string>> = { green: '✔', amber: '!', red: '✖' };

/** @returns the answer, then a line for each thing that a recovery needs, with what to type where it is not well. */
export function renderReadiness(
  { level, sentence, lines }: Pick<Readiness, 'level' | 'sentence' | 'lines'>,
  { colors, columns }: Pick<Screen, 'colors' | 'columns'>,
): string[] {
  const paint = { green: colors.green, amber: colors.yellow, red: colors.red } as const;
  const width = Math.max(0, ...lines.map(({ name }) => columnsOf(name)));
  const indent = ' '.repeat(width + 7);
  const room = Math.max(30, columns - width - 7);
  return [
    ...wrap(`${level.toUpperCase()}  ${sentence}`, columns).map((line) =>
      line.replace(level.toUpperCase(), (word) => colors.bold(paint[level](word))),
    ),
    '',
    ...lines.flatMap(({ name, level: own, text, command }) => {
      const [first = '', ...rest] = wrap(text, room);
      return [
        `  ${paint[own](marks[own])} ${pad(name, width)}   ${first}`,
        ...rest.map((line) => `${indent}${line}`),
        ...(command === null ? [] : [`${indent}${colors.yellow(command)}`]),
      ];
    }),
  ];
}
