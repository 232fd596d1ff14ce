import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ManifestFile } from '../../catalog/manifest.ts';

/** @returns every file below a folder but the manifest, with its size and sha256, by path. */
export async function checksums(folder: string, onFile?: (done: number) => void): Promise<ManifestFile[]> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((item) => item.isFile())
    .map((item) => path.relative(folder, path.join(item.parentPath, item.name)).split(path.sep).join('/'))
    .filter((name) => !name.startsWith('manifest.json') && name !== 'owner.json');
  const files: ManifestFile[] = [];
  for (const name of names.toSorted((a, b) => a.localeCompare(b))) {
    const file = path.join(folder, name);
    const sum = createHash('sha256');
    await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), sum);
    files.push({ path: name, bytes: (await stat(file)).size, sha256: sum.digest('hex') });
    onFile?.(files.length);
  }
  return files;
}
