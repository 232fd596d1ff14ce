import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';

/**
 * @param id workflow id, or workflow id and the beginning of a run id with a slash between; the last recovery if missing.
 * @returns the newest report that fits.
 * @throws KintsugiError NOT_FOUND
 */
export async function findReport(stateFolder: string, id?: string): Promise<{ path: string; result: unknown }> {
  const folder = join(stateFolder, 'reports');
  const wanted = id === undefined ? '' : fileStart(id);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json') && name.startsWith(wanted));
  const dated = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), changed: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = dated.sort((a, b) => b.changed - a.changed)[0];
  if (newest === undefined) {
    throw new KintsugiError('NOT_FOUND', `There is no report${id === undefined ? '' : ` of ${id}`} in ${folder}.`, {
      hints: ['kintsugi status'],
    });
  }
  return { path: newest.path, result: JSON.parse(await readFile(newest.path, 'utf8')) };
}

/** Reports are named `<workflow>-<first 8 of the run>.json`. */
function fileStart(id: string): string {
  const slash = id.lastIndexOf('/');
  return slash < 0 ? `${id}-` : `${id.slice(0, slash)}-${id.slice(slash + 1, slash + 9)}`;
}
