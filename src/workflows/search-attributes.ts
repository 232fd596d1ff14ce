import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

/** Keys of `searchAttributeNames`: what the UI's list can be filtered by. Never encrypted, so nothing secret goes in. */
export const searchAttributes = {
  stack: defineSearchAttributeKey('KintsugiStack', SearchAttributeType.KEYWORD),
  procedure: defineSearchAttributeKey('KintsugiProcedure', SearchAttributeType.KEYWORD),
  severity: defineSearchAttributeKey('KintsugiSeverity', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('KintsugiPhase', SearchAttributeType.KEYWORD),
} as const;

/** Puts a run that begins where people look for it. @param facts severity: of one that opens an incident. */
export function listAs(facts: { readonly stack: string; readonly procedure: string; readonly severity?: string }): void {
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: facts.stack },
    { key: searchAttributes.procedure, value: facts.procedure },
    ...(facts.severity === undefined ? [] : [{ key: searchAttributes.severity, value: facts.severity }]),
    { key: searchAttributes.phase, value: 'running' },
  ]);
}
