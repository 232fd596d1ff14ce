import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect } from 'vitest';
import { type CatalogEntry, listBackups } from '../../../src/catalog/list.ts';
import { readManifest } from '../../../src/catalog/read.ts';
import { verifyFiles } from '../../../src/catalog/verify-files.ts';
import { loadPlan } from '../../../src/plan/load.ts';
import type { TakeBackupResult } from '../../../src/workflows/contract.ts';
import type { TestStack } from './stack.ts';

/** Backups of a stack, whatever happens to who takes them. */
export class BackupRun {
  readonly #stack: TestStack;
  readonly #temporal: TestWorkflowEnvironment;

  constructor(stack: TestStack, temporal: TestWorkflowEnvironment) {
    this.#stack = stack;
    this.#temporal = temporal;
  }

  start() {
    return this.#temporal.client.workflow.start('takeBackup', {
      taskQueue: `kintsugi-${this.#stack.project}`,
      workflowId: `backup-${this.#stack.project}`,
      args: [{ fingerprints: true }],
    });
  }

  async entries(state: CatalogEntry['state']): Promise<string[]> {
    const { backupsFolder } = await loadPlan(this.#stack.plan);
    return (await listBackups(backupsFolder)).filter((entry) => entry.state === state).map(({ id }) => id);
  }

  /** A backup is there, and every file of it is what its manifest says. */
  async expectWhole({ id, path: folder }: TakeBackupResult): Promise<void> {
    expect(path.basename(folder)).toBe(id);
    const manifest = await readManifest(folder);
    await verifyFiles(folder, manifest);
    const cards = await this.#stack.query('SELECT count(*) FROM timer_cards', 'uns_claudejp');
    expect(manifest.tables.find(({ name }) => name === 'timer_cards')?.rows).toBe(Number(cards));
    expect(await this.entries('whole')).toContain(id);
  }

  /** Neither on the disk, nor in the engine, nor in the database server is anything of a backup that is not whole. */
  async expectNothingHalf(): Promise<void> {
    for (const state of ['partial', 'broken', 'stranger'] as const) expect(await this.entries(state)).toEqual([]);
    expect(await this.#stack.jobs()).toEqual([]);
    expect(await this.#stack.query("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'kintsugi%'")).toBe('0');
  }
}
