import { randomBytes } from 'node:crypto';
import { describeLeftover, describeMend, findLeftovers } from '../../activities/leftovers/find.ts';
import { askTemporal } from '../../activities/leftovers/is-running.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { createRedactor } from '../../evidence/redact.ts';
import { createContext } from '../../worker/context.ts';
import type { MendResult } from '../../workflows/contract.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, type Temporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';
import type { DoctorContext, Finding } from './finding.ts';

const area = 'leftovers';

/** What terminated recoveries left behind: found by label, marker and record, not by memory. */
export async function leftovers({ loaded, temporal }: DoctorContext): Promise<Finding[]> {
  const isRunning = temporal === null ? () => Promise.resolve(false) : askTemporal(temporal.client.workflow);
  const found = await findLeftovers(createContext(loaded, createRedactor()), loaded.plan, isRunning);
  const unseen = found.unseen.map((text) => ({ area, ok: false, text: `can't be looked for: ${text}`, hint: 'kintsugi doctor' }));
  if (found.leftovers.length === 0)
    return unseen.length > 0 ? unseen : [{ area, ok: true, text: 'nothing is left of earlier recoveries' }];
  if (temporal === null) {
    // Without Temporal nobody knows whether their run has ended or waits for Temporal to come back.
    const text = `${found.leftovers.length} things of recoveries are there; whether one still runs, only Temporal knows`;
    return [...unseen, { area, ok: false, text, hint: 'kintsugi up, then: kintsugi doctor' }];
  }
  const mends = found.leftovers.map(describeMend).join('; ');
  return [
    ...unseen,
    {
      area,
      ok: false,
      text: found.leftovers.map(describeLeftover).join('; '),
      mend: {
        text: mends,
        run: async () => {
          await mend(temporal, loaded.plan);
          return mends;
        },
      },
    },
  ];
}

async function mend(temporal: Temporal, plan: DoctorContext['loaded']['plan']): Promise<void> {
  await requireWorker(temporal);
  const handle = await startProcedure(temporal, plan, {
    workflowType: 'mendLeftovers',
    workflowId: `mend-${plan.stack.project}-${randomBytes(3).toString('hex')}`,
    input: { requestedBy: whoAsks() },
    summary: 'Mends what terminated recoveries left',
  });
  const { left } = (await handle.result()) as MendResult;
  if (left.length === 0) return;
  throw new KintsugiError('IO', `Not everything could be mended: ${left.join('; ')}`, { hints: ['kintsugi doctor'] });
}
