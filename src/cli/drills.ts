import { readDrills } from '../drills/files.ts';
import type { Drill } from '../drills/record.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { splitId } from './follow/target.ts';

/**
 * @param id workflow id, with or without a part of the run id after a slash; or a part of the run id alone; the newest if missing.
 * @returns the drill on record that is meant: the newest that fits. @throws KintsugiError NOT_FOUND
 */
export async function findDrill(stateFolder: string, id: string | undefined): Promise<Drill> {
  const drills = await readDrills(stateFolder);
  const found = drills.find(({ begun }) => id === undefined || fits(begun, id));
  if (found !== undefined) return found;
  throw new KintsugiError(
    'NOT_FOUND',
    id === undefined ? 'There is no drill on record yet.' : `There is no drill ${id} on record.`,
    {
      state: 'Nothing was changed.',
      hints: id === undefined ? ['kintsugi drill run'] : ['kintsugi drill list'],
    },
  );
}

function fits({ workflowId, runId }: Drill['begun'], id: string): boolean {
  const part = (text: string) => text.length >= 4 && (runId.startsWith(text) || runId.endsWith(text));
  const { workflowId: name, runPart } = splitId(id);
  if (runPart !== null) return name === workflowId && part(runPart);
  return workflowId === id || part(id);
}
