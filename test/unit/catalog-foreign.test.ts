import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recogniseBackup } from '../../src/catalog/foreign.ts';
import { instantFromName } from '../../src/catalog/foreign-instant.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kintsugi-foreign-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const at = path.join(folder, name);
  await writeFile(at, content);
  return at;
}

async function tar(first: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: first }, 'PGDMP…');
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const plain = '--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n';

describe('recogniseBackup', () => {
  it.each([
    ['custom', Buffer.from('PGDMP\u0001\u000e\u0000', 'latin1')],
    ['plain', plain],
    ['plain', `\uFEFF${plain}`],
    ['plain', 'CREATE DATABASE x;\n\\connect x\n'],
    ['plain', '\\restrict abc\n\nSET client_encoding = 0;\n'],
    ['plain.gz', gzipSync(plain)],
    ['plain.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2])],
  ] as const)('tells %s by its content, whatever its name', async (kind, content) => {
    expect((await recogniseBackup(await file('backup.bin', content))).kind).toBe(kind);
  });

  it('tells tar by its first member', async () => {
    expect((await recogniseBackup(await file('a.dump', await tar('toc.dat')))).kind).toBe('tar');
  });

  it('tells a directory dump and a backup of ours by what lies in them', async () => {
    await mkdir(path.join(folder, 'theirs'));
    await file('theirs/toc.dat', 'PGDMP');
    await mkdir(path.join(folder, 'ours'));
    await file('ours/manifest.json', '{}');
    expect((await recogniseBackup(path.join(folder, 'theirs'))).kind).toBe('directory');
    expect((await recogniseBackup(path.join(folder, 'ours'))).kind).toBe('kintsugi');
  });

  it.each([
    ['an empty file', '', 'BACKUP_EMPTY', /is empty/],
    ['a letter', Buffer.from('Dear Sato,\nthe database'), 'BACKUP_UNREADABLE', /is text that begins with “Dear Sato,”/],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]), 'BACKUP_UNREADABLE', /begins with 89504e470000/],
    ['two bytes', 'ab', 'BACKUP_UNREADABLE', /no known format/],
    ['a zip file', 'PK\u0003\u0004 data', 'BACKUP_UNREADABLE', /zip/],
    ['an encrypted file', Buffer.from([0x8c, 0x0d, 4, 9, 3, 2]), 'BACKUP_UNREADABLE', /OpenPGP/],
    ['a compressed archive', gzipSync('PGDMP and more'), 'BACKUP_UNREADABLE', /compressed archive/],
  ] as const)('refuses %s and says what it is', async (_name, content, code, message) => {
    await expect(recogniseBackup(await file('x', content))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      state: 'Nothing was stopped or changed.',
    });
  });

  it('refuses a tar file that pg_dump did not write', async () => {
    await expect(recogniseBackup(await file('x.tar', await tar('etc/passwd')))).rejects.toMatchObject({
      code: 'BACKUP_UNREADABLE',
      message: expect.stringContaining('etc/passwd'),
    });
  });

  it('says that there is nothing at a path', async () => {
    await expect(recogniseBackup(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'BACKUP_MISSING' });
  });

  it('refuses a folder that is no backup', async () => {
    await expect(recogniseBackup(folder)).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
  });
});

describe('instantFromName', () => {
  it.each([
    ['production_backup_2025_11_12_120000.sql', new Date(2025, 10, 12, 12).toISOString()],
    ['db-20251112T030405Z.dump', '2025-11-12T03:04:05.000Z'],
    ['backup-2025-11-12.sql.gz', new Date(2025, 10, 12).toISOString()],
    ['uns_2025-11-12_09-30.sql', new Date(2025, 10, 12, 9, 30).toISOString()],
  ])('reads %s', (name, instant) => {
    expect(instantFromName(name)).toBe(instant);
  });

  it.each(['backup.sql', 'dump_20251399.sql', 'dump_2025_02_31.sql', 'part_1202511120.sql'])('finds none in %s', (name) => {
    expect(instantFromName(name)).toBeNull();
  });
});
