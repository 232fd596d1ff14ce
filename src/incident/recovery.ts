import { callLevel } from './call.ts';
import type { RecoveryNews } from './contract.ts';
import { isOpen, say } from './facts.ts';
import { noteDenied, resolve } from './incident.ts';
import { dropNotices } from './notices.ts';
import type { IncidentState } from './state.ts';

/** Where its recovery is. A step that overruns, and a request that waits, make it speak: src/incident/due.ts. */
export function hearOfRecovery(state: IncidentState, news: RecoveryNews, now: number): void {
  if (state.status === 'closed') return;
  const before = state.recovery;
  const same = before !== null && before.runId === news.runId;
  state.recovery = news;
  if (!state.recoveries.some(({ runId }) => runId === news.runId)) {
    const { workflowId, runId, procedure } = news;
    state.recoveries = [...state.recoveries, { workflowId, runId, procedure }];
  }
  for (const { by, what, why } of news.denied.slice(same ? before.denied.length : 0))
    noteDenied(state, by, `${what} ${news.workflowId}`, why, now);
  hearOfApproval(state, before, news, now);
  if (news.ended === null || (same && before.ended !== null)) return;
  say(state, now, news.workflowId, news.ended.well ? 'recovered' : 'the recovery did not succeed', news.ended.text);
  if (!isOpen(state)) return;
  if (news.ended.well) {
    resolve(state, { by: news.workflowId, reason: news.ended.text }, now);
    return;
  }
  state.status = 'triggered';
  state.responder = null;
  state.snoozedUntil = null;
  callLevel(state, now, 0, news.ended.text);
}

function hearOfApproval(state: IncidentState, before: RecoveryNews | null, news: RecoveryNews, now: number): void {
  if (news.approval === null) {
    state.approvalAskAt = null;
    dropNotices(state, now, ['untilApproved']);
    return;
  }
  if (before?.approval?.text === news.approval.text && before.workflowId === news.workflowId) return;
  say(state, now, news.workflowId, 'waits for an approval', news.approval.text);
  state.approvalAsked = false;
  // While it is resolved nobody is asked; when it comes back, they are.
  state.approvalAskAt = isOpen(state) ? now : null;
}
