import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { diagnose } from '../../diagnosis/diagnose.ts';
import type { BackupsFacts, Diagnosis, Observed } from '../../diagnosis/facts.ts';
import type { Plan } from '../../plan/schema.ts';
import { isOf } from '../backups/pick.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { lookAtDatabase, noDatabase } from './database.ts';
import { lookAtLogs, whenItWent } from './logs.ts';
import { migrationHeads } from './migration-heads.ts';
import { newCode } from './new-code.ts';
import { surveyStack } from './stack.ts';

/**
 * Looks at everything and says what is wrong and what to start. Reads only. It needs no activity around it, so that the command line
 * can do the same when there is no worker and no Temporal.
 */
export async function diagnoseStack(context: WorkerContext, { plan }: StepInput): Promise<Diagnosis> {
  return diagnose(await observe(context, plan), plan);
}

async function observe(context: WorkerContext, plan: Plan): Promise<Observed> {
  const [facts, backups, health] = await Promise.all([
    surveyStack(context, { plan }),
    lookAtBackups(context, plan),
    askHealth(plan),
  ]);
  const { answers } = facts.docker;
  const reached = answers || plan.database.connect !== 'auto';
  const [database, seen, heads, changed] = await Promise.all([
    reached ? lookAtDatabase(context, plan) : Promise.resolve({ ...noDatabase, problem: 'Docker does not answer' }),
    answers ? lookAtLogs(context, facts, plan) : [],
    answers ? migrationHeads(context.docker, facts, plan) : null,
    answers ? newCode(context, plan) : [],
  ]);
  const isGone = database.problem === null && !database.databases.includes(plan.database.name);
  const when = answers && isGone ? await whenItWent(context, facts, plan) : { seen: [], lastCommitAt: null };
  // What the longer look saw tells since when it is so.
  const symptoms = seen.map((each) => {
    const longer = when.seen.find(({ symptom, service }) => symptom === each.symptom && service === each.service);
    return longer === undefined ? each : { ...each, firstAt: longer.firstAt };
  });
  return context.redact({
    ...facts,
    database,
    migrationHeads: heads,
    newCode: changed,
    symptoms: [
      ...symptoms,
      ...when.seen.filter(({ symptom }) => symptom === 'databaseDropped' && !seen.some((each) => each.symptom === symptom)),
    ],
    lastCommitAt: when.lastCommitAt,
    backups,
    health,
  });
}

async function lookAtBackups(context: WorkerContext, plan: Plan): Promise<BackupsFacts> {
  try {
    const entries = await listBackups(backupsFolder(context, plan));
    const newest = entries.find((entry) => entry.state === 'whole' && isOf(entry, plan.stack.project, plan.database.name));
    return {
      newest: newest?.state === 'whole' ? { id: newest.id, takenAt: newest.takenAt, bytes: newest.bytes } : null,
      broken: entries.flatMap(({ state, id }) => (state === 'broken' ? [id] : [])),
      problem: null,
    };
  } catch (error) {
    return { newest: null, broken: [], problem: (error as Error).message };
  }
}

/** One look each: how it is now. */
async function askHealth({ health }: Plan): Promise<Observed['health']> {
  return Promise.all(
    health.map(async ({ name, url, status }) => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'manual' }).then(
        async ({ status: code, body }) => {
          await body?.cancel();
          return String(code);
        },
        () => 'nothing',
      );
      return { name, url, ok: answer === String(status), answer };
    }),
  );
}
