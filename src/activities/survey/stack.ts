import type { StackFacts } from '../../diagnosis/facts.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type ComposeModel, composeConfig } from '../docker/compose.ts';
import { dockerProblem, storedContainers } from '../docker/daemon.ts';
import { askEngine } from '../docker/engine.ts';
import { servicesInOrder } from '../docker/start-order.ts';
import { lookAtContainers } from './containers.ts';
import { lookAtDisks } from './disks.ts';
import { lookAtNetworks } from './networks.ts';

/** What a look needs. */
export type Looking = Pick<WorkerContext, 'docker' | 'planFolder' | 'stateFolder' | 'secret' | 'redact'>;

/** Looks at the stack and its machine, and changes nothing. What does not answer is a fact of its own, never an error. */
export async function surveyStack(context: Looking, { plan }: Pick<StepInput, 'plan'>): Promise<StackFacts> {
  const { docker } = context;
  const { project } = plan.stack;
  await learnSecrets(context, plan);
  const why = await dockerProblem(docker);
  const answers = why === null;
  const [model, disks] = await Promise.all([readModel(context, plan), lookAtDisks(context, plan, answers)]);
  const seen = answers ? await lookAtContainers(docker, project) : [];
  const networks = answers && !('problem' in model) ? (await lookAtNetworks(docker, model, project)).networks : [];
  return context.redact({
    at: new Date().toISOString(),
    docker: { answers, why },
    composeProblem: 'problem' in model ? model.problem : null,
    services: 'problem' in model ? [] : servicesInOrder(model, plan.stack.runOnce),
    containers: seen,
    networks,
    disks,
    others: await otherContainers(context, plan, answers),
  });
}

/** What applications log may hold the password: it is known to the redactor before anything of it is kept. */
export async function learnSecrets({ secret }: Looking, { database }: Plan): Promise<void> {
  if (database.password !== undefined) await secret(database.password).catch(() => undefined);
}

async function readModel({ planFolder }: Looking, { stack }: Plan): Promise<ComposeModel | { readonly problem: string }> {
  try {
    return await composeConfig(planFolder, stack);
  } catch (error) {
    if (error instanceof KintsugiError) return { problem: error.message };
    throw error;
  }
}

/** @returns the names of running containers that are not the stack's: a restart of Docker hits them, too. */
async function otherContainers({ docker }: Looking, plan: Plan, dockerAnswers: boolean): Promise<string[]> {
  const { project } = plan.stack;
  if (!dockerAnswers) {
    const stored = await storedContainers(plan.host.dockerFolder);
    return stored.filter((each) => each.running && each.project !== project).map(({ name }) => name);
  }
  const running = await askEngine(() => docker.listContainers());
  return running
    .filter(({ Labels }) => Labels['com.docker.compose.project'] !== project)
    .map(({ Names: [name = ''] }) => name.replace(/^\//, ''))
    .toSorted((a, b) => a.localeCompare(b));
}
