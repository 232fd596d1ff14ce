/** How bad an incident is, worst first: the document's Recovery Priority. */
export const severities = ['P1', 'P2', 'P3', 'P4'] as const;
export type Severity = (typeof severities)[number];
