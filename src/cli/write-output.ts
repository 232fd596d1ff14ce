import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';

/**
 * Writes a file that a person named, whole or not at all.
 *
 * @param what it is, for the error: `The page`. @param hints what to type instead. @returns its absolute path. @throws KintsugiError IO
 */
export async function writeOutput(
  what: string,
  name: string,
  text: string,
  mode: number,
  hints: readonly string[],
): Promise<string> {
  const file = resolve(name);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.partial`, text, { mode });
    await rename(`${file}.partial`, file);
    return file;
  } catch (error) {
    throw new KintsugiError('IO', `${what} ${file} cannot be written: ${(error as Error).message}.`, {
      state: 'Nothing else was changed.',
      hints,
    });
  }
}
