import { readDrills } from '../../../src/drills/files.ts';
import type { Drill } from '../../../src/drills/record.ts';
import type { TestStack } from './stack.ts';

/** @returns the drill that was begun last, as it stands on the disk. */
export async function newestDrill(stack: TestStack): Promise<Drill> {
  const [newest] = await readDrills(`${stack.folder}/.kintsugi`);
  if (newest === undefined) throw new Error('there is no drill on record');
  return newest;
}
