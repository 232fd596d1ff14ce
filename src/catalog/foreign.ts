/** Recognising what a file or folder is, by what is in it and never by its name. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { gunzip } from 'node:zlib';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { BackupKind } from './facts.ts';
import { manifestName } from './layout.ts';

export interface Recognised {
  readonly kind: BackupKind;
  /** Absolute path. */
  readonly path: string;
  /** Size of the file; of a folder, of what lies directly in it. */
  readonly bytes: number;
  readonly changedAt: string;
}

const headBytes = 64 * 1024;

/**
 * Tells what kind of backup a path is: ours, or one of pg_dump's formats.
 *
 * @throws KintsugiError BACKUP_MISSING (nothing there), BACKUP_EMPTY, BACKUP_UNREADABLE (none of the known formats; says what it
 * seems to be), IO (it cannot be read).
 */
export async function recogniseBackup(file: string): Promise<Recognised> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw fault('BACKUP_MISSING', `There is nothing at ${file}.`);
    throw fault('IO', `${file} cannot be read (${error.code}).`);
  });
  const facts = { path: file, bytes: found.size, changedAt: found.mtime.toISOString() };
  if (found.isDirectory()) return { ...facts, ...(await recogniseFolder(file)) };
  if (!found.isFile()) throw fault('BACKUP_UNREADABLE', `${file} is neither a file nor a folder.`);
  if (found.size === 0) throw fault('BACKUP_EMPTY', `${file} is empty.`);
  return { ...facts, kind: await recogniseHead(file, await readHead(file)) };
}

async function recogniseFolder(folder: string): Promise<{ kind: BackupKind }> {
  if (await isFile(path.join(folder, manifestName))) return { kind: 'kintsugi' };
  if (await isFile(path.join(folder, 'toc.dat'))) return { kind: 'directory' };
  // pg_dump 15 compresses no table of contents, but people do.
  if (await isFile(path.join(folder, 'toc.dat.gz'))) {
    throw fault('BACKUP_UNREADABLE', `The table of contents of ${folder} is compressed; pg_restore needs it plain.`, [
      `gunzip ${folder}/toc.dat.gz`,
    ]);
  }
  throw fault('BACKUP_UNREADABLE', `${folder} is a folder, but no backup: it has neither ${manifestName} nor toc.dat.`);
}

async function recogniseHead(file: string, head: Buffer): Promise<BackupKind> {
  if (head.subarray(0, 5).toString('latin1') === 'PGDMP') return 'custom';
  if (isTar(head)) {
    if (text(head.subarray(0, 100)) === 'toc.dat') return 'tar';
    throw fault(
      'BACKUP_UNREADABLE',
      `${file} is a tar file, but not of pg_dump: its first member is ${text(head.subarray(0, 100))}.`,
      [`tar -xf ${file}   # if it packs a backup, unpack it and name what was in it`],
    );
  }
  if (head.readUInt16BE(0) === 0x1f8b && head.length > 2) return recogniseGzip(file, head);
  if (head.length > 3 && head.readUInt32BE(0) === 0x28b52ffd) return 'plain.zst';
  if (looksLikePlain(head)) return 'plain';
  throw fault('BACKUP_UNREADABLE', `${file} is in no known format: ${seems(head)}.`, [
    'formats that can be restored: pg_dump’s plain (also .gz and .zst), custom, directory and tar',
  ]);
}

/** A gzip file may hold an archive: that must be unpacked first, since pg_restore reads no compressed archive. */
async function recogniseGzip(file: string, head: Buffer): Promise<BackupKind> {
  const inside = await new Promise<Buffer>((resolve) => {
    // Of the first pieces only; that they end early is no fault here.
    gunzip(head, { finishFlush: 2 }, (error, result) => resolve(error === null ? result : Buffer.alloc(0)));
  });
  if (inside.subarray(0, 5).toString('latin1') === 'PGDMP' || isTar(inside)) {
    throw fault('BACKUP_UNREADABLE', `${file} is a compressed archive; pg_restore needs it unpacked.`, [`gunzip --keep ${file}`]);
  }
  return 'plain.gz';
}

function looksLikePlain(head: Buffer): boolean {
  if (head.includes(0)) return false;
  const start = head.toString('utf8').replace(/^\uFEFF/, '');
  return /^\s*(--|\/\*|\\|SET |BEGIN|CREATE |DROP |ALTER |INSERT |COPY |SELECT )/i.test(start);
}

function seems(head: Buffer): string {
  if (head.subarray(0, 6).equals(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))) return 'it is compressed with xz';
  if (head.subarray(0, 3).toString('latin1') === 'BZh') return 'it is compressed with bzip2';
  if (head.readUInt32BE(0) === 0x04224d18) return 'it is compressed with lz4';
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') return 'it is a zip file';
  if (head.subarray(0, 27).toString('latin1').startsWith('-----BEGIN PGP') || [0x8c, 0xc3, 0x85].includes(head[0] ?? 0)) {
    return 'it seems to be encrypted with OpenPGP (gpg --decrypt)';
  }
  const [line = ''] = text(head.subarray(0, 40)).split(/\r?\n/);
  if (/^[\p{L}\p{N}\p{P} ]+$/u.test(line)) return `it is text that begins with “${line}”`;
  return `it begins with ${head.subarray(0, 8).toString('hex')}`;
}

function isTar(head: Buffer): boolean {
  return head.length >= 512 && head.subarray(257, 262).toString('latin1') === 'ustar';
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\0.*$/s, '');
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw fault('IO', `${file} cannot be read (${error.code}).`);
  });
  try {
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await handle.read(head, 0, headBytes, 0);
    // At least four bytes, so that the magic numbers can be asked without care.
    return head.subarray(0, Math.max(4, bytesRead));
  } finally {
    await handle.close();
  }
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

function fault(
  code: 'BACKUP_MISSING' | 'BACKUP_EMPTY' | 'BACKUP_UNREADABLE' | 'IO',
  message: string,
  hints: readonly string[] = [],
): KintsugiError {
  return new KintsugiError(code, message, {
    state: 'Nothing was stopped or changed.',
    hints: [...hints, 'kintsugi backup list'],
  });
}
