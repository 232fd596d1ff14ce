import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { chainStart, type EvidenceEntry, type EvidenceLine, lineHash } from './line.ts';

/** Appends to one file wait for each other: two steps of a procedure may end at the same instant. */
const queues = new Map<string, Promise<void>>();

/**
 * Appends a line to an evidence file and sees it onto the disk. A torn last line, left by a process that was killed while
 * it wrote, is cut off first.
 *
 * One process at a time may append to a file: the worker holds `worker.json` (see src/worker/worker-file.ts).
 *
 * @throws the file system's error; who calls decides whether evidence is worth a recovery.
 */
export async function appendEvidence(file: string, entry: EvidenceEntry): Promise<void> {
  const before = queues.get(file) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => append(file, entry));
  queues.set(file, mine);
  try {
    await mine;
  } finally {
    if (queues.get(file) === mine) queues.delete(file);
  }
}

async function append(file: string, entry: EvidenceEntry): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o750 });
  const handle = await open(file, 'a+', 0o640);
  try {
    const content = await handle.readFile();
    const whole = content.lastIndexOf('\n') + 1;
    if (whole < content.length) await handle.truncate(whole);

    const lines = content.subarray(0, whole).toString('utf8').split('\n').slice(0, -1);
    const last = lines.at(-1);
    const line: EvidenceLine = {
      line: lines.length + 1,
      previous: last === undefined ? chainStart : lineHash(last),
      ...entry,
    };
    await handle.appendFile(`${JSON.stringify(line)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
