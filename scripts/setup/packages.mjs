// @ts-check
/** The npm packages of the lock file. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './paths.mjs';
import { run } from './run.mjs';

const modified = (/** @type {string} */ file) => statSync(join(repositoryRoot, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Whether what is installed is as new as the lock file. */
export const hasPackages = async () => modified('node_modules/.package-lock.json') >= modified('package-lock.json');

// Not `npm ci`: npm 11.19 writes lock files without the optional packages of other platforms, and then refuses them itself.
export const installPackages = () => run('npm', ['install', '--no-audit', '--no-fund']).then(() => undefined);
