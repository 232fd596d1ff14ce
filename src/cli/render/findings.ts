import type { Finding } from '../doctor/finding.ts';
import type { Colors } from '../screen.ts';
import { columnsOf, pad } from './text.ts';

/** @returns the findings as lines, and how to mend those that are not well. @param allWell the last line if all are. */
export function renderFindings(findings: readonly Finding[], colors: Colors, allWell: string): string[] {
  const width = Math.max(0, ...findings.map(({ area }) => columnsOf(area)));
  const lines = findings.flatMap(({ area, ok, text, hint, mend }) => [
    `  ${ok ? colors.green('✔') : colors.red('✖')} ${pad(area, width)}   ${text}`,
    ...(ok ? [] : howTo(hint, mend?.text).map((line) => `    ${' '.repeat(width)}   ${colors.yellow(line)}`)),
  ]);
  return [...lines, verdict(findings, allWell)];
}

function howTo(hint: string | undefined, mend: string | undefined): string[] {
  return [...(mend === undefined ? [] : [`mend: ${mend}`]), ...(hint === undefined ? [] : [`HINT: ${hint}`])];
}

function verdict(findings: readonly Finding[], allWell: string): string {
  const bad = findings.filter(({ ok }) => !ok);
  if (bad.length === 0) return allWell;
  const mendable = bad.filter(({ mend }) => mend !== undefined).length;
  const count = `${bad.length} of ${findings.length} need attention`;
  return mendable === 0 ? `${count}.` : `${count}; Kintsugi can mend ${mendable}: kintsugi doctor --mend`;
}
