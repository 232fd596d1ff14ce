import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import type { Severity } from '../../plan/schema.ts';
import {
  type ProcedureInput,
  type ProcedureResult,
  type RecoveryName,
  recoveries,
  recoveryId,
} from '../../workflows/contract.ts';
import { confirmByName } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { incidentToJoin } from '../follow/incident-to-join.ts';
import { isProcedureResult } from '../follow/observation.ts';
import { followToEnd } from '../follow/outcome.ts';
import { sayStarted } from '../follow/started.ts';
import { renderApproval, renderFindings, renderIncident, renderSteps } from '../render/intent.ts';
import { refuseIfRunning, startProcedure } from '../start.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { workflowLink } from '../ui.ts';
import { whoAsks } from '../who.ts';
import { up } from './up.ts';

/** Options of every `kintsugi recover <name>`. */
export interface RecoverOptions {
  readonly database?: string;
  readonly severity: Severity;
  readonly reason?: string;
  readonly by?: string;
  readonly incident?: string | undefined;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly show?: boolean;
  readonly detach?: boolean;
  readonly embedded?: boolean;
}

/** What the command line has to know of a recovery procedure. */
export interface Recovery<R extends ProcedureResult = ProcedureResult> {
  readonly name: RecoveryName;
  /** The input beside what is common to all: checked by the workflow. */
  readonly input: object;
  /** What it will do, as lines, before the question is asked. */
  readonly intent: (planned: R, facts: IntentFacts) => string[];
  /** What must be in the input so that it does what was shown, and not what is new since. */
  readonly pin?: (planned: R) => object;
  /** One line for the list of the Temporal UI. */
  readonly summary: (planned: R) => string;
  /** Whether it turned out that there is nothing to do: then nobody is asked. */
  readonly isIdle?: (planned: R) => boolean;
  /** Whether it asks for an approval even where the severity needs none. */
  readonly alwaysAsks?: boolean;
}

/** What the lines about a procedure are made with. */
export interface IntentFacts {
  readonly loaded: LoadedPlan;
  /** How long the last run that ended well took, in milliseconds; null if there was none. */
  readonly lastMs: number | null;
  readonly now: number;
  readonly colors: CliContext['screen']['colors'];
}

/** `kintsugi recover <name>`: runs the procedure in plan mode, shows what will happen, asks, starts it, follows it. */
export async function recover<R extends ProcedureResult>(
  context: CliContext,
  recovery: Recovery<R>,
  options: RecoverOptions,
): Promise<void> {
  if (options.embedded === true) await up(context, { embedded: true });
  const loaded = await context.loadPlan();
  const workflowId = recoveryId(loaded.plan.stack.project, recovery.name);
  await withTemporal(loaded.plan, async (temporal) => {
    await requireWorker(temporal);
    const dryRun = options.dryRun === true || options.show === true;
    if (!dryRun) await refuseIfRunning(temporal, loaded.plan, workflowId);
    const joined = options.incident === undefined ? await incidentToJoin(temporal, loaded.plan.stack.project) : null;
    const input = { ...inputOf({ ...options, incident: options.incident ?? joined?.workflowId }), ...recovery.input };

    // A large backup is read from its beginning to its end.
    if (context.screen.isLive) context.note('Looks and checks first; nothing is touched yet.');
    const planned = await look(temporal, loaded, recovery, input);
    const policy = loaded.plan.approvals[options.severity];
    const approval = recovery.alwaysAsks === true && policy === 'none' ? 'one' : policy;
    const lastMs = await lastTook(temporal, workflowId);
    const { colors } = context.screen;
    for (const line of recovery.intent(planned, { loaded, lastMs, now: Date.now(), colors })) context.say(line);
    if (joined !== null) context.say(renderIncident(joined));
    for (const line of renderFindings(planned.findings)) context.say(line);
    if (dryRun) for (const line of ['', ...renderSteps(planned, context.screen.columns)]) context.say(line);
    const ends = dryRun || recovery.isIdle?.(planned) === true;
    context.say(ends ? 'Nothing was stopped or changed.' : renderApproval(approval, options.severity));
    if (ends) {
      context.answer({ type: 'plan', result: planned });
      return;
    }
    const { database } = planned;
    if (options.yes !== true) {
      const command = `kintsugi recover ${recovery.name}`;
      await confirmByName(context, `Type the database’s name to go on (${database}):`, database, command);
    }
    const handle = await startProcedure(temporal, loaded.plan, {
      workflowType: recoveries[recovery.name],
      workflowId,
      input: { ...input, ...recovery.pin?.(planned), confirm: database },
      summary: recovery.summary(planned),
    });
    await follow(context, temporal, loaded, handle, options.detach === true);
  });
}

export function inputOf(options: RecoverOptions): ProcedureInput {
  return {
    severity: options.severity,
    reason: options.reason ?? '',
    requestedBy: whoAsks(options.by),
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.incident === undefined ? {} : { incident: options.incident }),
  };
}

/** Runs the procedure in plan mode. */
async function look<R extends ProcedureResult>(
  temporal: Temporal,
  { plan }: LoadedPlan,
  { name }: Recovery<R>,
  input: ProcedureInput,
): Promise<R> {
  const handle = await startProcedure(temporal, plan, {
    workflowType: recoveries[name],
    workflowId: `plan-${recoveryId(plan.stack.project, name)}-${randomBytes(3).toString('hex')}`,
    input: { ...input, mode: 'plan' },
    summary: `Shows what ${recoveries[name]} would do; touches nothing`,
  });
  const result: unknown = await handle.result();
  if (isProcedureResult(result)) return result as R;
  throw new KintsugiError('INTERNAL', 'The worker answered something else than a plan.', { hints: ['kintsugi up'] });
}

/** @returns how long the last run of a procedure took, if it ended well. */
async function lastTook(temporal: Temporal, workflowId: string): Promise<number | null> {
  try {
    const handle = temporal.client.workflow.getHandle(workflowId);
    const result: unknown = (await handle.describe()).status.name === 'COMPLETED' ? await handle.result() : null;
    return isProcedureResult(result) ? result.rtaMs : null;
  } catch {
    return null;
  }
}

export async function follow(
  context: CliContext,
  temporal: Temporal,
  { plan }: LoadedPlan,
  handle: WorkflowHandle & { firstExecutionRunId?: string },
  detach: boolean,
): Promise<void> {
  if (detach) {
    sayStarted(context, temporal, plan.temporal.ui, handle);
    return;
  }
  const { workflowId, firstExecutionRunId } = handle;
  const link = workflowLink({ ui: plan.temporal.ui, namespace: temporal.namespace }, workflowId, firstExecutionRunId);
  context.say(`\n${context.screen.colors.dim(link)}`);
  await followToEnd(context, temporal, handle, plan.zone);
}
