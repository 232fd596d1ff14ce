/** What the audit remembers, on the worker's disk: Temporal may be gone, and come back as another. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { AuditRecord } from '../../audit/judge.ts';
import { writeDurably } from '../../catalog/durable.ts';
import type { WorkerContext } from '../context.ts';

const schema = z.object({
  lookedAt: z.number(),
  schedules: z.record(z.string(), z.object({ missed: z.number(), skipped: z.number(), from: z.number() })),
  told: z.record(z.string(), z.object({ problem: z.string(), at: z.number(), past: z.boolean() })),
});

function recordFile(stateFolder: string): string {
  return path.join(stateFolder, 'audit.json');
}

/** @returns what the last look remembered; null if there was none, or if it can't be read: then it looks as for the first time. */
export async function readRecord(stateFolder: string): Promise<AuditRecord | null> {
  const text = await readFile(recordFile(stateFolder), 'utf8').catch(() => '');
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Keeps what a look remembers. Called when its problems have been told: a crash before that tells them twice, never not at all. */
export async function rememberAudit({ stateFolder }: WorkerContext, { record }: { record: AuditRecord }): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o750 });
  const file = recordFile(stateFolder);
  await writeDurably(`${file}.new`, `${JSON.stringify(record)}\n`);
  await rename(`${file}.new`, file);
}
