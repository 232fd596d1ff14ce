import { milliseconds } from '../../plan/units.ts';
import { words } from '../../text/time.ts';
import { createSearchAttributes, missingSearchAttributes, namespaceRetention, setRetention } from '../../worker/namespace.ts';
import { buildId } from '../../worker/package-root.ts';
import { taskQueueOf } from '../../workflows/task-queues.ts';
import { findWorkers } from '../temporal.ts';
import type { DoctorContext, Finding } from './finding.ts';

const area = 'Temporal';

export async function reachable({ loaded, temporal }: DoctorContext): Promise<Finding[]> {
  const { address, ui } = loaded.plan.temporal;
  return [
    temporal === null
      ? { area, ok: false, text: `${address} does not answer`, hint: 'kintsugi up' }
      : { area, ok: true, text: `${address} answers, UI ${ui}` },
  ];
}

/** A worker with old code would run new procedures wrongly, or not at all. */
export async function worker({ loaded, temporal }: DoctorContext): Promise<Finding[]> {
  if (temporal === null) return [];
  const workers = await findWorkers(temporal);
  if (workers.length === 0) {
    return [{ area: 'worker', ok: false, text: `none listens on ${taskQueueOf(loaded.plan)}`, hint: 'kintsugi up' }];
  }
  return workers.map(({ host, pid, build }) => {
    const isCurrent = build === buildId();
    const text = `process ${pid} on ${host}, build ${build}${isCurrent ? '' : `; this command line is build ${buildId()}`}`;
    return { area: 'worker', ok: isCurrent, text, ...(isCurrent ? {} : { hint: 'npm run build && kintsugi up' }) };
  });
}

export async function searchAttributes({ temporal }: DoctorContext): Promise<Finding[]> {
  if (temporal === null) return [];
  const { connection, namespace } = temporal;
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return [{ area, ok: true, text: `search attributes are in namespace ${namespace}` }];
  return [
    {
      area,
      ok: false,
      text: `namespace ${namespace} lacks the search attributes ${missing.join(', ')}: no procedure can start`,
      mend: {
        text: `create ${missing.join(', ')}`,
        run: async () => `created ${(await createSearchAttributes(connection, namespace)).join(', ')}`,
      },
    },
  ];
}

export async function retention({ loaded, temporal }: DoctorContext): Promise<Finding[]> {
  if (temporal === null) return [];
  const { connection, namespace } = temporal;
  const wanted = milliseconds(loaded.plan.temporal.retention);
  const kept = await namespaceRetention(connection, namespace);
  const text = `closed procedures are kept for ${words(kept)}`;
  if (kept >= wanted) return [{ area, ok: true, text }];
  return [
    {
      area,
      ok: false,
      text: `${text}; the plan wants ${words(wanted)}`,
      mend: {
        text: `keep them for ${words(wanted)}`,
        run: async () => {
          await setRetention(connection, namespace, wanted);
          return `closed procedures are kept for ${words(wanted)}`;
        },
      },
    },
  ];
}
