import type { CliContext } from '../context.ts';
import type { Temporal } from '../temporal.ts';
import { workflowLink } from '../ui.ts';

/** Says that a run goes on without this terminal, where it is seen, and how it is stopped. @param ui the plan's `temporal.ui`. */
export function sayStarted(
  context: CliContext,
  { namespace }: Temporal,
  ui: string,
  { workflowId, firstExecutionRunId }: { readonly workflowId: string; readonly firstExecutionRunId?: string },
): void {
  const link = workflowLink({ ui, namespace }, workflowId, firstExecutionRunId);
  context.answer({ type: 'started', workflowId, runId: firstExecutionRunId ?? null, ui: link });
  context.say(`${workflowId} is started and goes on by itself.`);
  context.say(`  see it   kintsugi watch ${workflowId}\n           ${link}\n  stop it  kintsugi cancel ${workflowId}`);
}
