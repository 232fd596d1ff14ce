import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { Explanation } from './explain.ts';

/** One fault of a plan file. Lines and columns count from 1. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  /** `backups.keepReplaced`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** How to mend it, where there is something to say. */
  readonly mend: string | null;
}

/** @returns the faults of YAML itself: syntax, duplicate keys, tabs. */
export function syntaxFaults(document: Document, lines: LineCounter): Fault[] {
  return document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { line, column: col, path: '', message: error.message, mend: null };
  });
}

/** @returns what was found, each with the place in the file that it speaks of, from the top of the file down. */
export function faultsOf(found: readonly Explanation[], document: Document, lines: LineCounter): Fault[] {
  return found
    .map(({ path, message, mend }) => ({ ...position(document, lines, path), path: path.join('.'), message, mend }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** @returns a fault of the file as a whole. */
export function faultOfFile(message: string, mend: string | null): Fault {
  return { line: 1, column: 1, path: '', message, mend };
}

function position(document: Document, lines: LineCounter, path: readonly PropertyKey[]): { line: number; column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = keyOffset(document, path.slice(0, length));
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** The place of a key, or of a list's item: nearer to what is wrong than the value's place. */
function keyOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
    return pair !== undefined && isNode(pair.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** @returns all faults, one a line, as `file:line:column key: what`. */
export function describeFaults(file: string, faults: readonly Fault[]): string {
  const lines = faults.map(
    ({ line, column, path, message, mend }) =>
      `  ${file}:${line}:${column} ${path ? `${path}: ` : ''}${message}${mend === null ? '' : `; ${mend}`}`,
  );
  return [`The plan has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`, ...lines].join('\n');
}
