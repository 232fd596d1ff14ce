import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { manifestName, manifestSumName } from './layout.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

/**
 * Reads the manifest of a backup's folder and checks it against its own checksum.
 *
 * @throws KintsugiError BACKUP_CORRUPT saying what is wrong with it: missing, changed, not to be understood, of another folder.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const bytes = await readOr(folder, manifestName);
  const sum = (await readOr(folder, manifestSumName)).toString('utf8');
  if (createHash('sha256').update(bytes).digest('hex') !== sum.slice(0, 64)) {
    throw corrupt(folder, `its ${manifestName} does not match ${manifestSumName}`);
  }
  const parsed = manifestSchema.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw corrupt(folder, `its ${manifestName} is not understood (${issue?.path.join('.') || 'whole'}: ${issue?.message})`);
  }
  return parsed.data;
}

async function readOr(folder: string, name: string): Promise<Buffer> {
  return readFile(path.join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    throw corrupt(folder, error.code === 'ENOENT' ? `it has no ${name}` : `its ${name} cannot be read (${error.code})`);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function corrupt(folder: string, why: string): KintsugiError {
  return new KintsugiError('BACKUP_CORRUPT', `${path.basename(folder)} is damaged: ${why}.`, {
    state: 'Nothing was stopped or changed.',
    hints: ['kintsugi backup list'],
  });
}
