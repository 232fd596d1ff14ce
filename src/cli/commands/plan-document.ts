import { renderDocumentAsHtml } from '../../reports/document/html.tsx';
import { renderDocumentAsMarkdown } from '../../reports/document/markdown.ts';
import { planDocument } from '../../reports/plan-document.ts';
import type { CliContext } from '../context.ts';
import { writeOutput } from '../write-output.ts';

export interface PlanDocumentOptions {
  readonly output?: string;
}

/** `kintsugi plan document`: the readable plan, from the checked file; it needs nothing that runs. */
export async function planDocumentCommand(context: CliContext, { output }: PlanDocumentOptions): Promise<void> {
  const document = planDocument(await context.loadPlan(), Date.now());
  if (output === undefined) {
    if (context.json) context.answer({ type: 'planDocument', document });
    else process.stdout.write(renderDocumentAsMarkdown(document));
    return;
  }
  const render = output.endsWith('.html') ? renderDocumentAsHtml : renderDocumentAsMarkdown;
  const file = await writeOutput('The document', output, render(document), 0o644, ['kintsugi plan document']);
  context.answer({ type: 'planDocument', path: file });
  context.say(file);
}
