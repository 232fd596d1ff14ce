import { createRedactor } from '../../evidence/redact.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import type { ReadinessFacts } from '../../readiness/facts.ts';
import { judgeReadiness } from '../../readiness/judge.ts';
import { lookAtEverything } from '../../readiness/look/everything.ts';
import { lookAtTemporal } from '../../readiness/look/temporal.ts';
import { monitorStatus } from '../../readiness/verdict.ts';
import { renderDocumentAsHtml } from '../../reports/document/html.tsx';
import { readinessDocument } from '../../reports/readiness/document.ts';
import { createContext } from '../../worker/context.ts';
import type { CliContext } from '../context.ts';
import { renderReadiness } from '../render/readiness.ts';
import { findWorkers, withTemporal } from '../temporal.ts';
import { writeOutput } from '../write-output.ts';

export interface ReadyOptions {
  readonly html?: string;
}

const pageHints = ['kintsugi ready', 'kintsugi ready --html ready.html'];

/** `kintsugi ready`: whether a recovery would work now, and as promised. The exit status is the level, as monitors read it. */
export async function ready(context: CliContext, options: ReadyOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { plan } = loaded;
  const facts = await look(loaded);
  const judged = judgeReadiness(plan, facts);
  const page =
    options.html === undefined
      ? null
      : await writeOutput(
          'The page',
          options.html,
          renderDocumentAsHtml(readinessDocument(plan, facts, judged)),
          0o644,
          pageHints,
        );
  context.answer({ type: 'ready', project: plan.stack.project, at: new Date(facts.at).toISOString(), ...judged, page });
  for (const line of renderReadiness(judged, context.screen)) context.say(line);
  if (page !== null) context.say(`Page: ${page}`);
  context.exit(monitorStatus[judged.level]);
}

/** Texts of others (drivers, providers) lose any secret that was read for the look. */
async function look(loaded: LoadedPlan): Promise<ReadinessFacts> {
  const machine = createContext(loaded, createRedactor());
  const facts = await lookAtEverything(loaded, machine, () =>
    withTemporal(loaded.plan, async (temporal) => lookAtTemporal(temporal.client, loaded.plan, await findWorkers(temporal))),
  );
  return machine.redact(facts);
}
