import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { searchAttributeNames } from '../workflows/contract.ts';

/** IndexedValueType.KEYWORD of Temporal's API. */
const keyword = 2;

/** @returns the search attributes of ours that the namespace does not know. Without them no procedure can start. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return searchAttributeNames.filter((name) => !(name in customAttributes));
}

/**
 * Creates the search attributes that are missing, and waits until the server knows them: it answers before they are usable.
 *
 * @throws KintsugiError TEMPORAL_UNREACHABLE naming those that did not appear within 30 seconds.
 */
export async function createSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return [];
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(200)) {
    if ((await missingSearchAttributes(connection, namespace)).length === 0) return missing;
  }
  throw new KintsugiError(
    'TEMPORAL_UNREACHABLE',
    `The search attributes ${missing.join(', ')} did not appear in namespace ${namespace}.`,
    {
      hints: missing.map(
        (name) => `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`,
      ),
    },
  );
}

/** @returns how long the namespace keeps closed workflows, in milliseconds. */
export async function namespaceRetention(connection: Connection, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1000;
}

/** Sets how long the namespace keeps closed workflows. A dev server keeps them a day; evidence is wanted longer. */
export async function setRetention(connection: Connection, namespace: string, milliseconds: number): Promise<void> {
  const config = { workflowExecutionRetentionTtl: msToTs(milliseconds) };
  await connection.workflowService.updateNamespace({ namespace, config });
}

/** Creates the namespace if it is not there: a server that is started again with another plan knows only its first. */
export async function createNamespace(connection: Connection, namespace: string, retentionMs: number): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return false;
  } catch (error) {
    if ((error as { code?: number }).code !== notFound) throw error;
  }
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(retentionMs) });
  return true;
}

/** gRPC status NOT_FOUND. */
const notFound = 5;
