import { isCancellation } from '@temporalio/workflow';
import type { z } from 'zod';
import { fromFailure } from '../errors/failure.ts';
import { named } from '../migrations/graph.ts';
import { awaitApproval } from './approval.ts';
import { backupFirst } from './backup-first.ts';
import type { procedureInput, RolledBack } from './contract.ts';
import { act, look } from './proxies.ts';
import { starterDecision } from './restore.ts';
import type { ProcedureRun } from './run-procedure.ts';
import { changeSchema, planSchema, type SchemaChange } from './schema-change.ts';

/** The steps that switch the application to other images, wherever they are a part of a procedure. */
export const switchSteps = [
  ['schema', 'compare the schema'],
  ['approval', 'approval'],
  ['backup', 'backup first'],
  ['findDependents', 'remember what runs'],
  ['stopServices', 'stop services'],
  ['changeSchema', 'change the schema'],
  ['keepImages', 'keep the images that run'],
  ['switch', 'switch to the images'],
  ['startServices', 'start services'],
  ['health', 'application health'],
  ['recordDeploy', 'record it as good'],
] as const;

/** What the application is switched to. */
export interface SwitchTarget {
  /** Id or name of the image of each service. */
  readonly images: readonly { readonly service: string; readonly id: string }[];
  readonly commit: string | null;
  readonly keepSchema: boolean;
  /** For who decides: `Roll the code back to 1a2b3c4 “…”`. */
  readonly what: string;
}

type Starter = Pick<z.output<typeof procedureInput>, 'requestedBy' | 'reason' | 'confirm'>;

/** What the images of the services are before and after, and the schema with them. */
export type SwitchedCode = Pick<NonNullable<RolledBack['code']>, 'kept' | 'schema'>;

/**
 * Switches services to images that are there already: compares the schema, asks, changes the schema where the code needs another
 * one, gives the images the names that Compose's files use, and goes back to the former ones if they do not become healthy.
 */
export async function switchCode(run: ProcedureRun, target: SwitchTarget, starter: Starter): Promise<SwitchedCode> {
  const { plan, procedure, step } = run;
  const services = target.images.map(({ service }) => service);
  const migrating = target.images.find(({ service }) => service === plan.migrations?.service)?.id ?? null;
  const change = await procedure.step('schema', () => planSchema(run, migrating, target.keepSchema), {
    note: ({ note }) => note,
  });
  procedure.onUndo('remove job containers', () => act.removeJobs(step));
  await procedure.step('approval', () => approve(run, target, change, starter), {
    note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed',
  });
  run.stateAfter = (done) =>
    done.has('switch')
      ? `The former images run again${change.direction === 'none' ? '' : ', with the schema that they had'}; whether they work was not checked.`
      : 'The images that ran before run again.';
  const schema = change.direction === 'none' ? null : { from: change.from, to: change.to };
  const stopped = change.direction === 'none' ? null : await changeWithBackup(run, change);
  if (stopped === null)
    for (const name of ['backup', 'findDependents', 'stopServices', 'changeSchema'])
      procedure.settled(name, 'not needed: the schema stays as it is');

  const record = await procedure.step('keepImages', () => act.keepImages({ ...step, images: target.images, schema }), {
    note: ({ switches }) => switches.map(({ service, keptAs }) => `${service}: ${keptAs ?? 'there was none'}`).join(', '),
  });
  const former = record.switches.flatMap(({ service, name, from }) => (from === null ? [] : [{ service, name, id: from }]));
  procedure.onUndo('go back to the former images', () => act.switchImages({ ...step, images: former }));
  await procedure.step(
    'switch',
    () => act.switchImages({ ...step, images: record.switches.map(({ service, name, to }) => ({ service, name, id: to })) }),
    { note: () => services.join(' ') },
  );
  await procedure.step('startServices', () => act.startServices({ ...step, services: startOrder(services, stopped) }), {
    note: (found) => `${found.started} containers healthy`,
  });
  if (plan.health.length === 0) procedure.skip('health', 'the plan names no health address');
  else await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
  for (const title of ['go back to the former images', 'take the schema back', 'start services']) procedure.settle(title);
  await recordAsGood(run, starter.requestedBy, target.commit);
  await act.removeJobs(step);
  procedure.settle('remove job containers');
  return { kept: record.switches.map(({ service, keptAs }) => ({ service, image: keptAs })), schema };
}

type Services = Awaited<ReturnType<typeof look.findDependents>>;

async function changeWithBackup(run: ProcedureRun, change: SchemaChange): Promise<Services> {
  const { procedure, step } = run;
  await backupFirst(run, 'before the schema is changed for other code');
  const services = await procedure.step('findDependents', () => look.findDependents(step), {
    note: (found) => `stops ${found.summary}; keeps ${found.kept.join(' ') || 'nothing'}`,
  });
  procedure.onUndo('start services', () => act.startServices({ ...step, services, waitHealthy: false }));
  await procedure.step('stopServices', () => act.stopServices({ ...step, services }), { note: () => services.summary });
  procedure.onUndo('take the schema back', () => changeSchema(run, reverse(change)));
  await procedure.step('changeSchema', () => changeSchema(run, change), { note: (now) => `the schema is at ${named(now)}` });
  return services;
}

/** What takes a change back: the same image, which knows both. */
function reverse(change: SchemaChange): SchemaChange {
  return { ...change, direction: change.direction === 'up' ? 'down' : 'up', from: change.to, to: change.from };
}

/** The services that are switched, and those that were stopped for the schema, in the order in which they were stopped. */
function startOrder(services: readonly string[], stopped: Services | null): Services {
  if (stopped !== null) {
    const missing = services.filter((service) => !stopped.stopOrder.includes(service));
    return { ...stopped, stopOrder: [...stopped.stopOrder, ...missing.toReversed()] };
  }
  return { stopOrder: services.toReversed(), containers: [], takenOver: [], kept: [], summary: services.join(' ') };
}

async function approve(run: ProcedureRun, target: SwitchTarget, change: SchemaChange, starter: Starter): Promise<void> {
  const { plan, planSha256, procedure, step } = run;
  const policy = plan.approvals[run.severity];
  const schema = change.direction === 'none' ? change.note : `**${change.note}**; stops the services and takes a backup first`;
  await awaitApproval(procedure, {
    // A downgrade may throw columns away: never without a person.
    policy: change.direction === 'down' && policy === 'none' ? 'one' : policy,
    starter: starterDecision(starter, step.database),
    text: `${target.what} of ${plan.stack.project} (${target.images.map(({ service }) => service).join(' ')}); ${schema}; plan ${planSha256.slice(0, 12)}. Approve or refuse with your name and a reason: \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``,
    plan,
  });
}

/** The application is healthy already: a record that cannot be written is said, and fails nothing. */
export async function recordAsGood(run: ProcedureRun, by: string, commit: string | null): Promise<void> {
  const { procedure, step } = run;
  try {
    const { procedure: source } = procedure.progress();
    await procedure.step('recordDeploy', () => look.recordDeploy({ ...step, by, source, commit }), {
      note: (found) =>
        `${found.commit?.slice(0, 12) ?? 'commit not known'}${found.migration === null ? '' : `, schema at ${named(found.migration.head)}`}`,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    procedure.skip('recordDeploy', `failed: ${fromFailure(error).message}`);
  }
}
