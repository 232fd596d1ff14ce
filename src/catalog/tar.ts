import { open } from 'node:fs/promises';

const block = 512;

/**
 * Walks over the members of a tar file, by their headers only. pg_restore 15 does not notice that a tar file was cut off: it reads
 * on for ever.
 *
 * @returns why the file is not whole, or null if it is.
 */
export async function tarFault(file: string): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const header = Buffer.alloc(block);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(header, 0, block, at);
      if (bytesRead < block) return `it is cut off in a header at ${at}`;
      // A block of zeros is the end mark.
      if (header.every((byte) => byte === 0)) return null;
      if (!hasChecksum(header)) return `at ${at} there is no header of a member`;
      const length = memberSize(header);
      at += block + Math.ceil(length / block) * block;
      const name = header.subarray(0, 100).toString('utf8').replace(/\0.*$/s, '');
      if (at > size) return `${name} is cut off: ${at - size} bytes are missing`;
    }
    return 'its end mark is missing';
  } finally {
    await handle.close();
  }
}

/** Octal digits; in base 256 for members over 8 GB. */
function memberSize(header: Buffer): number {
  const field = header.subarray(124, 136);
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4));
  return Number.parseInt(octal(field), 8) || 0;
}

function hasChecksum(header: Buffer): boolean {
  let sum = 0;
  // The field of the sum itself counts as blanks.
  for (let at = 0; at < block; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
  return Number.parseInt(octal(header.subarray(148, 156)), 8) === sum;
}

function octal(field: Buffer): string {
  return field.toString('latin1').replace(/[^0-7]/g, '');
}
