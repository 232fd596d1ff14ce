import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of Kintsugi's own folder (with `package.json`), whether this runs from `src`, from `dist` or from a bundle. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Path of the prebuilt workflow bundle. */
export const workflowBundle = join(packageRoot, 'dist', 'workflow-bundle.js');

/** Entry of the worker process. */
export const workerEntry = join(packageRoot, 'dist', 'worker', 'main.js');

/** @returns the version of the package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

/**
 * @returns 12 digits that change with every change of the sources, written by `npm run build`. A worker and a command line
 *   of different builds must not work together unnoticed.
 */
export function buildId(): string {
  try {
    return readFileSync(join(packageRoot, 'dist', '.built-from'), 'utf8').slice(0, 12);
  } catch {
    return 'unbuilt';
  }
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'bin', 'kintsugi.js'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json of Kintsugi is missing');
  return findRoot(parent);
}
