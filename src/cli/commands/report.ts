import { extname } from 'node:path';
import { type ReportFormat, renderReport, reportFormats } from '../../reports/files.ts';
import type { CliContext } from '../context.ts';
import { makeReport } from '../reports.ts';
import { writeOutput } from '../write-output.ts';

export interface ReportOptions {
  readonly format?: ReportFormat;
  readonly output?: string;
}

/** `kintsugi report`: the report of a run, during and after it. It needs no Temporal, whose retention ends, and no worker. */
export async function report(context: CliContext, options: ReportOptions, id?: string): Promise<void> {
  const made = await makeReport(await context.loadPlan(), id);
  const text = renderReport(made, options.format ?? (context.json ? 'json' : (formatOf(options.output) ?? 'md')));
  if (options.output === undefined) {
    process.stdout.write(text);
    return;
  }
  const file = await writeOutput('The report', options.output, text, 0o600, ['kintsugi report']);
  context.answer({ type: 'report', path: file });
  context.say(file);
}

function formatOf(file: string | undefined): ReportFormat | undefined {
  const ending = file === undefined ? '' : extname(file).slice(1);
  return reportFormats.find((format) => format === ending);
}
