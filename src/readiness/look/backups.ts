import { candidatesOf, inOrderOfTrust } from '../../activities/backups/proven.ts';
import { listBackups } from '../../catalog/list.ts';
import { readVerifications } from '../../catalog/verification.ts';
import type { Plan } from '../../plan/schema.ts';
import type { SecretReference } from '../../plan/secret-reference.ts';
import type { BackupSeen, BackupsSeen, MeasuredRestore } from '../facts.ts';

/** Where the backups are, and how their key is read. */
export interface BackupsAt {
  readonly plan: Plan;
  readonly backupsFolder: string;
  readonly secret: (reference: SecretReference) => Promise<string>;
}

/** @returns the stored backups of the plan's database, with the restores that proved them. @throws KintsugiError IO */
export async function lookAtBackups({
  plan,
  backupsFolder,
  secret,
}: BackupsAt): Promise<BackupsSeen & { readonly restores: readonly MeasuredRestore[] }> {
  const candidates = await candidatesOf(await listBackups(backupsFolder), plan.stack.project, plan.database.name);
  const verifications = await Promise.all(candidates.map(({ path }) => readVerifications(path)));
  const stored = candidates.map((candidate, at): BackupSeen => {
    const failures = (verifications[at] ?? []).filter(({ outcome }) => outcome === 'failed').length;
    const common = { id: candidate.id, takenAt: Date.parse(candidate.takenAt), standing: candidate.standing, failures };
    if (candidate.state === 'broken')
      return { ...common, tookMs: null, bytes: 0, databaseBytes: null, tiers: [], broken: candidate.why };
    const { manifest, bytes, takenAt } = candidate;
    return {
      ...common,
      tookMs: Math.max(0, Date.parse(manifest.finishedAt) - Date.parse(takenAt)),
      bytes,
      databaseBytes: manifest.databaseBytes,
      tiers: manifest.tiers ?? [],
      broken: null,
    };
  });
  const chosen = inOrderOfTrust(candidates)[0];
  const isEncrypted = chosen?.state === 'whole' && chosen.manifest.encryption !== null;
  return {
    folder: backupsFolder,
    stored,
    chosen: chosen?.state === 'whole' ? chosen.id : null,
    key: isEncrypted ? await readKey(plan, secret) : null,
    restores: candidates
      .flatMap((candidate, at) => measured(candidate.state === 'whole' ? candidate.bytes : null, verifications[at] ?? []))
      .toSorted((a, b) => a.at - b.at),
  };
}

function measured(bytes: number | null, verifications: Awaited<ReturnType<typeof readVerifications>>): MeasuredRestore[] {
  return verifications
    .filter(({ means, outcome }) => means === 'restore' && outcome === 'passed')
    .map(({ at, durationMs }) => ({ kind: 'verification', at: Date.parse(at), bytes, ms: durationMs }));
}

async function readKey({ backups }: Plan, secret: BackupsAt['secret']): Promise<{ ok: boolean; text: string }> {
  if (backups.encryption === undefined) return { ok: false, text: 'the backup is encrypted, and the plan names no pass phrase' };
  return secret(backups.encryption.passphrase).then(
    () => ({ ok: true, text: 'the pass phrase can be read' }),
    (error: Error) => ({ ok: false, text: error.message }),
  );
}
