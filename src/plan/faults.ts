import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { z } from 'zod';

/** One fault of a plan file. Lines and columns count from 1. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  /** `backups.keepReplaced`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** @returns the faults of YAML itself: syntax, duplicate keys, tabs. */
export function syntaxFaults(document: Document, lines: LineCounter): Fault[] {
  return document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { line, column: col, path: '', message: error.message };
  });
}

/** @returns what zod found, each with the place in the file that it speaks of. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], document: Document, lines: LineCounter): Fault[] {
  return issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    return keys.map((key) => {
      const path = key === undefined ? issue.path : [...issue.path, key];
      const message = key === undefined ? issue.message : `unknown key “${key}”`;
      return { ...position(document, lines, path), path: path.join('.'), message };
    });
  });
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
    (fault) => `  ${file}:${fault.line}:${fault.column} ${fault.path ? `${fault.path}: ` : ''}${fault.message}`,
  );
  return [`The plan has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`, ...lines].join('\n');
}
