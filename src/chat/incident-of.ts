import { isLive, openIncidents, viewsOf } from '../cli/follow/incidents.ts';
import { withTemporal } from '../cli/temporal.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { IncidentView } from '../incident/contract.ts';
import type { Plan } from '../plan/schema.ts';

/** Commands about an incident that has ended, or may have. */
const afterwards = new Set(['explain', 'close', 'show', 'adopt-plan']);

/**
 * @param verb what is to be done: `ack`. @param channel where it was asked for.
 * @returns the workflow id of the incident that is meant: the only open one, else the one whose messages are in this channel.
 * @throws KintsugiError NOT_FOUND, or INVALID_INPUT that names them when several are open.
 */
export async function incidentOf(plan: Plan, channel: string, verb: string): Promise<string> {
  const views = await withTemporal(plan, async (temporal) => viewsOf(temporal, await openIncidents(temporal)));
  return pick(views, channel, verb, plan.stack.project);
}

/** The choice itself. Exported for its test. */
export function pick(views: readonly IncidentView[], channel: string, verb: string, project: string): string {
  const live = views.filter(isLive);
  const ended = views.filter(({ status }) => status === 'resolved');
  const meant = verb === 'explain' ? ended : live.length > 0 || !afterwards.has(verb) ? live : ended;
  const here = meant.filter(({ attempts }) => attempts.some((attempt) => attempt.providerId?.startsWith(`${channel}:`) === true));
  const [only, second] = here.length > 0 ? here : meant;
  if (only !== undefined && second === undefined) return only.workflowId;
  if (only === undefined) {
    const wanted = verb === 'explain' ? 'resolved and unexplained' : 'open';
    const [last] = ended;
    const resolved = last === undefined || wanted !== 'open' ? '' : ` “${last.problem}” was resolved.`;
    throw new KintsugiError('NOT_FOUND', `No incident of ${project} is ${wanted}.${resolved}`, {
      state: 'Nothing was changed.',
      hints: [
        resolved === '' ? 'kintsugi incident list' : `kintsugi incident show ${last?.workflowId}`,
        'kintsugi incident open "what is wrong"   (when it is back)',
      ],
    });
  }
  throw new KintsugiError('INVALID_INPUT', `${meant.length} incidents are open; which one?`, {
    state: 'Nothing was changed.',
    hints: meant.map(({ workflowId, severity, problem }) => `kintsugi incident ${verb} ${workflowId}   (${severity} ${problem})`),
  });
}
