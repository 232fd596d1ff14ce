import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tarFault } from '../../src/catalog/tar.ts';

let folder: string;
let whole: Buffer;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kintsugi-tar-'));
  const archive = pack();
  archive.entry({ name: 'toc.dat' }, 'x'.repeat(700));
  archive.entry({ name: '3001.dat' }, 'y'.repeat(5000));
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  whole = Buffer.concat(pieces);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function faultOf(bytes: Buffer): Promise<string | null> {
  const file = path.join(folder, 'x.tar');
  await writeFile(file, bytes);
  return tarFault(file);
}

it('finds nothing wrong with a whole tar file', async () => expect(await faultOf(whole)).toBeNull());

it.each([
  ['in a member', 3000, '3001.dat is cut off'],
  ['in a header', 512 + 1024 + 100, 'in a header'],
  ['between two members', 512 + 1024, 'end mark is missing'],
  ['in nothing but zeros short of the end', 512 + 1024 + 512 + 5120, 'end mark is missing'],
])('finds one that is cut off %s', async (_where, length, message) => {
  expect(await faultOf(whole.subarray(0, length))).toContain(message);
});

it('finds what is no tar file', async () => {
  expect(await faultOf(Buffer.alloc(2048, 'z'))).toContain('no header');
});
