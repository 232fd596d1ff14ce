/**
 * What was deployed and healthy, one file each in `<state>/deploys`: the revision that a failed migration goes back to, and the
 * commit that a code rollback goes back to. A record is made only when every health address answered.
 */
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { flush, writeDurably } from '../catalog/durable.ts';
import { byText } from '../catalog/order.ts';

export interface DeployRecord {
  /** Workflow run that recorded it: the same run records once. */
  readonly runId: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
  /** What recorded it: `kintsugi deploys record`, `recoverFailedMigration`, `rollBackCode`. */
  readonly source: string;
  /** The commit that the images were built from; null where that is not known. */
  readonly commit: string | null;
  /** Whether files of the checkout differed from that commit: then the images may be something else. */
  readonly dirty: boolean;
  /** Revisions of the schema; null where the plan names no migrations. */
  readonly migration: { readonly tool: string; readonly head: readonly string[] } | null;
  /** Image of each service that ran, by service. */
  readonly images: Readonly<Record<string, { readonly name: string; readonly id: string }>>;
}

function folderOf(stateFolder: string): string {
  return path.join(stateFolder, 'deploys');
}

/** @returns what was recorded, newest first. A file that cannot be read is passed over. */
export async function readDeploys(stateFolder: string): Promise<DeployRecord[]> {
  const folder = folderOf(stateFolder);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const read = async (name: string): Promise<DeployRecord[]> => {
    try {
      return [JSON.parse(await readFile(path.join(folder, name), 'utf8')) as DeployRecord];
    } catch {
      return [];
    }
  };
  return (await Promise.all(names.map(read))).flat().toSorted((a, b) => byText(b.at, a.at));
}

/** Keeps a record. Written already by the same run, it stays as it is. @returns the record that is kept. */
export async function writeDeploy(stateFolder: string, record: DeployRecord): Promise<DeployRecord> {
  const folder = folderOf(stateFolder);
  const known = (await readDeploys(stateFolder)).find(({ runId }) => runId === record.runId);
  if (known !== undefined) return known;
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const file = path.join(folder, `${record.runId}.json`);
  await writeDurably(`${file}.new`, `${JSON.stringify(record, null, 1)}\n`);
  await rename(`${file}.new`, file);
  await flush(folder);
  return record;
}
