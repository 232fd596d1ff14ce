import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Keys of `searchAttributeNames`: what the UI's list can be filtered by. Never encrypted, so nothing secret goes in. */
export const searchAttributes = {
  stack: defineSearchAttributeKey('KintsugiStack', SearchAttributeType.KEYWORD),
  procedure: defineSearchAttributeKey('KintsugiProcedure', SearchAttributeType.KEYWORD),
  severity: defineSearchAttributeKey('KintsugiSeverity', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('KintsugiPhase', SearchAttributeType.KEYWORD),
} as const;
