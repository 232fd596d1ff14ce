import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'dotenv';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { SecretReference } from './secret-reference.ts';

/**
 * Reads a secret: from the process's environment first, then from the stack's `.env` file; or from a file's first line.
 *
 * @param reference as the plan names it. @param folders the plan's folder, and the stack's with its `.env`.
 * @throws KintsugiError SECRET_MISSING that names the reference, never a value.
 */
export async function readSecret(reference: SecretReference, folders: { plan: string; stack: string }): Promise<string> {
  if ('env' in reference) {
    const value = process.env[reference.env] ?? (await readEnvFile(folders.stack))[reference.env];
    if (value) return value;
    throw missing(
      `the environment variable ${reference.env} is not set, and ${path.join(folders.stack, '.env')} does not set it either`,
    );
  }
  const file = path.resolve(folders.plan, reference.file);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw missing(`${file} cannot be read (${error.code})`);
  });
  const [first] = text.split(/\r?\n/);
  if (first) return first;
  throw missing(`${file} is empty`);
}

async function readEnvFile(folder: string): Promise<Record<string, string>> {
  const text = await readFile(path.join(folder, '.env'), 'utf8').catch(() => '');
  return parse(text);
}

function missing(why: string): KintsugiError {
  return new KintsugiError('SECRET_MISSING', `A secret is missing: ${why}.`, {
    state: 'Nothing was stopped or changed.',
    hints: ['set it where the worker runs, then: kintsugi plan check'],
  });
}
