import type { EvidenceLine } from '../evidence/line.ts';
import type { EvidenceChain } from '../evidence/read.ts';
import type { EvidenceState } from './report.ts';
import type { RunHistory } from './run-history.ts';

/** The end of a chain as somebody else kept it: a report that was written earlier, or Temporal. */
export interface Witness {
  /** In words: `the report of 2026-11-24`. */
  readonly who: string;
  readonly lines: number;
  readonly head: string;
}

/**
 * Checks evidence against those who know better. The chain itself shows a change inside it; lines that were cut off its end, or
 * a chain that was made anew as a whole, show only against a witness.
 */
export function integrityOf(
  file: string,
  chain: EvidenceChain,
  witnesses: readonly Witness[],
  history: RunHistory | null,
): EvidenceState {
  return {
    file,
    lines: chain.lines.length,
    head: chain.head,
    torn: chain.torn,
    faults: [
      ...chain.faults,
      ...witnesses.flatMap((witness) => disagreement(chain.hashes, witness)),
      ...(history === null ? [] : missingIn(chain.lines, history)),
    ],
    comparedWith: [...witnesses.map((witness) => witness.who), ...(history === null ? [] : ['Temporal’s history'])],
  };
}

function disagreement(hashes: readonly string[], { who, lines, head }: Witness): string[] {
  if (hashes.length < lines) return [`${who} knew ${lines} lines, now there are ${hashes.length}: lines were removed`];
  return hashes[lines - 1] === head ? [] : [`line ${lines} is not the one that ${who} knew`];
}

/** A step that Temporal knows to be done was written down before Temporal heard of it. */
function missingIn(lines: readonly EvidenceLine[], history: RunHistory): string[] {
  if (lines.length === 0) return [];
  return history.activities
    .filter(
      ({ id, outcome, attempts }) =>
        outcome === 'done' &&
        !lines.some((line) => line.activityId === id && line.attempt === attempts && line.outcome === 'done'),
    )
    .map(({ name, attempts }) => `${name}, attempt ${attempts}: done in Temporal’s history, and missing in the evidence`);
}
