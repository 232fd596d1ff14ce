/** Which of the stored backups a recovery takes by itself, and what there is to say about it. */
import type { BackupChoice } from '../../catalog/facts.ts';
import type { BrokenBackup, CatalogEntry, WholeBackup } from '../../catalog/list.ts';
import { readVerifications } from '../../catalog/verification.ts';
import { type Standing, standingOf } from '../../verification/known.ts';
import { difference, isOf } from './pick.ts';

/** A backup of the database, or a damaged one that may have been of it, with what is known of it. */
export type Candidate = (WholeBackup | BrokenBackup) & { readonly standing: Standing };

/** @returns the candidates for a recovery of a database, newest first. */
export async function candidatesOf(entries: readonly CatalogEntry[], stack: string, database: string): Promise<Candidate[]> {
  const found = entries.filter(
    (entry): entry is WholeBackup | BrokenBackup =>
      entry.state === 'broken' || (entry.state === 'whole' && isOf(entry, stack, database)),
  );
  return Promise.all(found.map(async (entry) => ({ ...entry, standing: standingOf(await readVerifications(entry.path)) })));
}

/**
 * @returns what a recovery tries by itself, in this order: those that were proven to restore, newest first. Where nothing was ever
 *   proven, the newest without a known fault, and only that: to go further back without proof is for a person to say.
 */
export function inOrderOfTrust(candidates: readonly Candidate[]): Candidate[] {
  const proven = candidates.filter(({ state, standing }) => state === 'whole' && standing.proven);
  if (proven.length > 0) return proven;
  return candidates.filter(({ standing }) => standing.fault === null).slice(0, 1);
}

const shownNewer = 2;

/**
 * @param refused why those were passed over that were tried first, by id.
 * @returns what is known of the backup that is taken, and how much older it is than newer ones that are not taken.
 */
export function describeChoice(
  candidates: readonly Candidate[],
  id: string,
  refused: ReadonlyMap<string, string> = new Map(),
): BackupChoice {
  const at = candidates.findIndex((candidate) => candidate.id === id);
  const chosen = candidates[at];
  if (chosen === undefined)
    return { tiers: [], verified: null, notes: ['not one of Kintsugi’s: it was never proven to restore'] };
  const newer = candidates.slice(0, at);
  const more = newer.length - shownNewer;
  return {
    tiers: chosen.state === 'whole' ? (chosen.manifest.tiers ?? []) : [],
    verified: chosen.standing.passed,
    notes: [
      standingText(chosen.standing),
      ...newer
        .slice(0, shownNewer)
        .map(
          (other) =>
            `${difference(other.takenAt, chosen.takenAt).slice(2, -1)} than ${other.id}, which ${whyNot(other, refused)}`,
        ),
      ...(more > 0 ? [`and ${more} more are newer: kintsugi backup list`] : []),
    ],
  };
}

function standingText({ proven, fault, restoredAt }: Standing): string {
  if (fault !== null) return `its verification failed: ${fault.message}`;
  if (proven && restoredAt !== null) return `proven to restore, ${minute(restoredAt)}`;
  return restoredAt === null ? 'never proven to restore' : `not proven to restore since ${minute(restoredAt)}, when it failed`;
}

function whyNot(other: Candidate, refused: ReadonlyMap<string, string>): string {
  const known = other.state === 'broken' ? other.why : (other.standing.fault?.message ?? null);
  const bad = refused.get(other.id) ?? known;
  if (bad !== null) return `is bad: ${bad}`;
  return `${other.standing.proven ? 'is proven too' : 'is not proven yet'}: to take it, --backup ${other.id}`;
}

function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
