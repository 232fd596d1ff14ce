import { type DeployRecord, readDeploys } from '../../deploys/records.ts';
import { clock } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface RecordOptions {
  readonly commit?: string;
  readonly by?: string;
}

const shown = 10;

/** `kintsugi deploys record` */
export async function record(context: CliContext, options: RecordOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await startProcedure(temporal, plan, {
      workflowType: 'recordDeploy',
      workflowId: `deploy-${plan.stack.project}`,
      input: { requestedBy: whoAsks(options.by), ...(options.commit === undefined ? {} : { commit: options.commit }) },
      summary: 'Record what runs as good',
    });
    const recorded = (await handle.result()) as DeployRecord;
    context.answer({ type: 'deploy', record: recorded });
    context.say(`Recorded as good: ${line(recorded, plan.zone)}`);
    if (recorded.dirty)
      context.say('  The checkout has local changes: a code rollback will not go back to this one by itself. Give --commit.');
  });
}

/** `kintsugi deploys list`: from the files alone, without Temporal. */
export async function list(context: CliContext): Promise<void> {
  const { plan, stateFolder } = await context.loadPlan();
  const deploys = await readDeploys(stateFolder);
  context.answer({ type: 'deploys', deploys });
  if (deploys.length === 0) context.say('Nothing was recorded yet: kintsugi deploys record');
  for (const each of deploys.slice(0, shown)) context.say(line(each, plan.zone));
}

function line({ at, commit, dirty, migration, images, by }: DeployRecord, zone: string): string {
  return [
    clock(at, zone, Date.now()),
    `${commit === null ? 'commit not known' : commit.slice(0, 12)}${dirty ? ' with local changes' : ''}`,
    ...(migration === null ? [] : [`schema at ${migration.head.join(' and ') || 'none at all'}`]),
    `${Object.keys(images).length} services`,
    ...(by === '' ? [] : [by]),
  ].join('  ');
}
