import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { type IncidentView, incidentId, incidentQuery, incidentUpdates } from '../../incident/contract.ts';
import type { Severity } from '../../plan/schema.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { openIncidents, requireIncident } from '../follow/incidents.ts';
import { parseOwnedAction } from '../owned-action.ts';
import { renderIncident, renderIncidentLine } from '../render/incident.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface IncidentOpenOptions {
  readonly problem: string;
  readonly impact?: string;
  readonly severity: Severity;
  readonly by?: string;
}

/** `kintsugi incident open`: the people of its severity are called at once. */
export async function incidentOpen(context: CliContext, options: IncidentOpenOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await startProcedure(temporal, plan, {
      workflowType: 'incident',
      // Of one request there is one incident, however often it is delivered.
      workflowId: incidentId(plan.stack.project, `reported-${context.requestId ?? randomBytes(3).toString('hex')}`),
      input: {
        problem: options.problem,
        severity: options.severity,
        openedBy: whoAsks(options.by),
        ...(options.impact === undefined ? {} : { impact: options.impact }),
      },
      summary: `${options.severity} ${options.problem}`,
    });
    const view = await viewOf(temporal, handle);
    context.answer({ type: 'incident', ...view });
    for (const line of renderIncident(view, { zone: plan.zone, colors: context.screen.colors })) context.say(line);
  });
}

/** `kintsugi incident list` */
export async function incidentList(context: CliContext): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    const views = [];
    for (const handle of await openIncidents(temporal)) views.push(await viewOf(temporal, handle));
    context.answer({ type: 'incidents', incidents: views });
    if (views.length === 0) context.say(`No incident of ${plan.stack.project} is open.`);
    for (const view of views) context.say(renderIncidentLine(view, { zone: plan.zone, colors: context.screen.colors }));
  });
}

/** `kintsugi incident show` */
export async function incidentShow(context: CliContext, id?: string): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    const view = await viewOf(temporal, await requireIncident(temporal, plan, id));
    context.answer({ type: 'incident', ...view });
    for (const line of renderIncident(view, { zone: plan.zone, colors: context.screen.colors })) context.say(line);
  });
}

/** The options of all deeds: commander has seen to it that what a deed needs is there. */
export interface IncidentDeedOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly to?: string;
  readonly for?: string;
  readonly text?: string;
  readonly cause?: string;
  readonly prevent?: readonly string[];
}

/** What a person does to an incident: an update, answered with what comes of it. */
export async function incidentDeed(context: CliContext, name: string, options: IncidentDeedOptions, id?: string): Promise<void> {
  const deed = deeds[name];
  if (deed === undefined) throw new RangeError(`no deed ${name}`);
  const input = { by: whoAsks(options.by), ...deed.input(options) };
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await requireIncident(temporal, plan, id);
    const once = context.requestId === undefined ? {} : { updateId: context.requestId };
    const answer = await temporal.connection
      .withDeadline(Date.now() + 20_000, () => handle.executeUpdate<string, [object]>(deed.update, { args: [input], ...once }))
      .catch((error: unknown) => {
        throw explainFailure(error);
      });
    context.answer({ type: name, workflowId: handle.workflowId, answer });
    context.say(`${handle.workflowId}: ${answer}.`);
  });
}

interface DeedOfCommand {
  readonly update: string;
  readonly input: (options: IncidentDeedOptions) => object;
}

const why = ({ reason }: IncidentDeedOptions) => ({ reason });

const deeds: Readonly<Record<string, DeedOfCommand>> = {
  ack: { update: incidentUpdates.acknowledge, input: why },
  handover: { update: incidentUpdates.handOver, input: ({ to, reason }) => ({ to, reason }) },
  snooze: { update: incidentUpdates.snooze, input: (options) => ({ for: options.for, reason: options.reason }) },
  severity: { update: incidentUpdates.setSeverity, input: ({ to, reason }) => ({ severity: to, reason }) },
  update: { update: incidentUpdates.status, input: ({ text }) => ({ text }) },
  mitigate: { update: incidentUpdates.mitigate, input: why },
  resolve: { update: incidentUpdates.resolve, input: why },
  close: { update: incidentUpdates.close, input: why },
  explain: {
    update: incidentUpdates.explain,
    input: ({ cause, prevent = [] }) => ({
      rootCause: cause,
      prevention: prevent.map((text) => parseOwnedAction(text, '--prevent', 'Nothing was changed.')),
    }),
  },
  'adopt-plan': { update: incidentUpdates.adoptPlan, input: why },
};

async function viewOf(temporal: Temporal, handle: WorkflowHandle): Promise<IncidentView> {
  return temporal.connection.withDeadline(Date.now() + 20_000, async () => {
    for (;;) {
      try {
        return await handle.query<IncidentView>(incidentQuery);
      } catch (error) {
        // Begun a moment ago: it reads the plan first.
        if (!/has not begun yet/.test(String(error))) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  });
}
