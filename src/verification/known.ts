/** What is known of a stored backup from the results that are kept with it. Pure. Instants are milliseconds since 1970. */
import type { Verification } from '../catalog/verification.ts';

/** How a backup stands. */
export interface Standing {
  /** Restored and compared, and nothing was found wrong with it since. */
  readonly proven: boolean;
  /** What was found wrong with it last, if nothing has passed since that shows as much. */
  readonly fault: { readonly code: string; readonly message: string; readonly at: string } | null;
  /** When it was restored and compared last, however that came out; null: never. */
  readonly restoredAt: number | null;
  /** The last result that passed, and what it shows. */
  readonly passed: { readonly at: string; readonly means: Verification['means'] } | null;
}

const strength = { checksums: 0, listing: 1, restore: 2 } as const;

/**
 * @param results oldest first. A fault counts until something passes that shows at least as much: good checksums say nothing of an
 *   archive that could not be restored, but what can be restored has good checksums.
 */
export function standingOf(results: readonly Verification[]): Standing {
  const failed = results.findLastIndex(({ outcome }) => outcome === 'failed');
  const worst = results[failed];
  const after = results.slice(failed + 1).filter(({ outcome }) => outcome === 'passed');
  const healed = worst === undefined || after.some(({ means }) => strength[means] >= strength[worst.means]);
  const restores = results.filter(({ means }) => means === 'restore');
  const last = restores.at(-1);
  const passed = results.findLast(({ outcome }) => outcome === 'passed');
  return {
    // After damage that was mended by hand it has to be proven again.
    proven: last?.outcome === 'passed' && results.indexOf(last) > failed,
    fault:
      healed || worst === undefined
        ? null
        : { code: worst.code ?? 'INTERNAL', message: worst.message ?? 'it failed its verification', at: worst.at },
    restoredAt: last === undefined ? null : Date.parse(last.at),
    passed: passed === undefined ? null : { at: passed.at, means: passed.means },
  };
}
