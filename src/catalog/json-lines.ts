/** Files of JSON objects, one a line, oldest first: what is added is on the disk, and what a crash tore costs that one line. */
import { open, readFile } from 'node:fs/promises';

/**
 * Adds an object to a file, whose folder is there; when this returns it is on the disk. In one write, so that two who add at once don't
 * mix their lines, and on a line of its own, whatever a killed process left before.
 *
 * @param mode of a file that is new.
 */
export async function appendJsonLine(file: string, value: unknown, mode: number): Promise<void> {
  const handle = await open(file, 'a+', mode);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const isTorn = size > 0 && last.toString() !== '\n';
    await handle.appendFile(`${isTorn ? '\n' : ''}${JSON.stringify(value)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** @param parse throws on what is no such object. @returns the objects of a text; a line that can't be understood counts as none. */
export function parseJsonLines<T>(text: string, parse: (value: unknown) => T): T[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

/** @returns the objects of a file; none where it can't be read. */
export async function readJsonLines<T>(file: string, parse: (value: unknown) => T): Promise<T[]> {
  return parseJsonLines(await readFile(file, 'utf8').catch(() => ''), parse);
}
