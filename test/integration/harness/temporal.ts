import { fileURLToPath } from 'node:url';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { sqliteSettings } from '../../../src/worker/embedded-temporal.ts';
import { searchAttributeNames } from '../../../src/workflows/contract.ts';

/**
 * @param file where it keeps its state, as `kintsugi up` has it; in memory if missing.
 * @param settings of the server, by its own names for them.
 * @returns a real Temporal server of the pinned version, on ports of its own.
 */
export function startTemporal(file?: string, settings: Readonly<Record<string, number>> = {}): Promise<TestWorkflowEnvironment> {
  const program = fileURLToPath(new URL('../../../.kintsugi/tools/bin/temporal', import.meta.url));
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: program },
      searchAttributes: searchAttributeNames.map((name) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)),
      ...(file === undefined ? {} : { dbFilename: file }),
      extraArgs: [
        ...(file === undefined ? [] : sqliteSettings),
        ...Object.entries(settings).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
      ],
      log: { format: 'pretty', level: 'error' },
    },
  });
}
