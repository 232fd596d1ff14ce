// @ts-check
/** Where things are: the repository, and `.kintsugi`, the one folder that everything here writes to. */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** State, logs and downloaded tools. Ignored by git; may be deleted at any time while nothing runs. */
export const stateFolder = join(repositoryRoot, '.kintsugi');

const toolsFolder = join(stateFolder, 'tools');
export const toolsBinFolder = join(toolsFolder, 'bin');
export const toolsVenvFolder = join(toolsFolder, 'venv');
export const imagesEnvFile = join(stateFolder, 'images.env');
export const setUpLogFile = join(stateFolder, 'setup.log');
export const setUpLockFolder = join(stateFolder, 'setup.lock');
export const engineLogFile = join(stateFolder, 'dockerd.log');
export const imageRecipesFolder = join(repositoryRoot, 'scripts', 'images');

/**
 * The path of an installed tool, the same for every version of it.
 * @param {'temporal' | 'temporal-test-server' | 'docker-compose'} name
 */
export const toolPath = (name) => join(toolsBinFolder, name);

/**
 * A path as people read it: relative to the repository where it is inside.
 * @param {string} path
 */
export const shown = (path) => {
  const inside = relative(repositoryRoot, path);
  return inside.startsWith('..') ? path : inside;
};
