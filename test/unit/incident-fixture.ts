/**
 * The evidence of an incident, with the words of the real machine: an incident that is opened, escalated, acknowledged, recovered
 * and explained on a clock of its own, written down as the workflow does it.
 */
import type { OutgoingMessage } from '../../src/channels/contract.ts';
import type { EvidenceEntry } from '../../src/evidence/line.ts';
import { checkEvidence } from '../../src/evidence/read.ts';
import type { RecoveryNews } from '../../src/incident/contract.ts';
import { acknowledge, close, explain, noteDenied } from '../../src/incident/incident.ts';
import { recordOf } from '../../src/incident/record.ts';
import { hearOfRecovery } from '../../src/incident/recovery.ts';
import { buildReport } from '../../src/reports/build.ts';
import type { IncidentSources } from '../../src/reports/incident/build.ts';
import { Scene, team } from './incident/scene.ts';
import { attempt, evidenceText, second, sources } from './report-fixture.ts';

const incidentId = 'incident-demo';
export const incidentRun = '01a20b7a-0000-7000-8000-0000000000aa';
const worker = 'kintsugi-worker/98b312dc3dc1/29017@db-host';

const news: RecoveryNews = {
  workflowId: 'restore-shop',
  runId: '01a20b7a-26bc-7153-8e5e-11936ee70167',
  procedure: 'restoreDatabase',
  phase: 'running',
  done: [],
  running: null,
  leftMs: null,
  approval: null,
  denied: [],
  ended: null,
};
const ended = { well: true, text: 'shop is back from 20261124T020000Z-c41d', rtaMs: 51_000, rpaMs: 3_600_000 };

/** Until when the fixture's incident is told. */
export type Until = 'opened' | 'resolved' | 'explained' | 'closed';

/** The evidence of one incident; each message and each news is a line. */
class Notebook {
  readonly entries: EvidenceEntry[] = [];
  readonly scene: Scene;
  #seen = 0;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  /** Writes down what happened since. */
  write(): void {
    const { state, sent } = this.scene;
    for (const { message } of sent.slice(this.#seen)) this.#line('sendMessage', this.#answerTo(message));
    this.#seen = sent.length;
    const { entries, attempts } = state.unwritten;
    state.unwritten = { entries: [], attempts: [] };
    if (entries.length + attempts.length > 0) this.#line('recordIncident', { entries, attempts, record: recordOf(state) });
  }

  #line(activity: string, result: unknown): void {
    const at = new Date(this.scene.now).toISOString();
    const activityId = String(this.entries.length + 1);
    this.entries.push({ activity, activityId, attempt: 1, startedAt: at, endedAt: at, outcome: 'done', result, worker });
  }

  #answerTo({ key, recipient, channel, address, kind, subject }: OutgoingMessage) {
    const at = new Date(this.scene.now).toISOString();
    const failed = recipient.id === 'tanaka' && this.#seen === 0;
    return {
      ...{ key, recipient: recipient.id, channel, address, kind, subject, at },
      ...(failed
        ? { providerId: null, outcome: 'failed', why: 'the number is not in service' }
        : { providerId: `id-${this.entries.length}`, outcome: 'delivered', why: '' }),
    };
  }
}

/** @returns the evidence of the incident up to a state; it begins at 12:00 JST (03:00 UTC). */
export function incidentEvidence(until: Until = 'closed'): EvidenceEntry[] {
  const people = { ...team, sato: { ...team.sato, name: '佐藤' } };
  const scene = new Scene({ unwatched: true, at: second(0), plan: { people, zone: 'Asia/Tokyo' } });
  const notebook = new Notebook(scene);
  notebook.write();
  if (until === 'opened') return notebook.entries;
  scene.pass('1m');
  scene.does((state, now) => acknowledge(state, { by: '佐藤', reason: 'I have it' }, now));
  notebook.write();
  scene.pass('1m');
  scene.does((state, now) => noteDenied(state, 'mallory', 'close', '“mallory” is nobody of the plan.', now));
  scene.does((state, now) => hearOfRecovery(state, { ...news, approval: { text: 'Restore **shop**?', given: [] } }, now));
  notebook.write();
  scene.pass('2m');
  scene.does((state, now) => hearOfRecovery(state, { ...news, ended }, now));
  notebook.write();
  if (until === 'resolved') return notebook.entries;
  scene.pass('10m');
  notebook.write();
  const prevention = [{ what: 'Tests get a user of their own', who: 'Tanaka', until: '2026-12-15' }];
  scene.does((state, now) =>
    explain(state, { by: '佐藤', rootCause: 'A test ran DROP DATABASE on production.', prevention }, now),
  );
  notebook.write();
  if (until === 'explained') return notebook.entries;
  scene.pass('5m');
  scene.does((state, now) => close(state, { by: 'Tanaka', reason: 'all done' }, now));
  notebook.write();
  return notebook.entries;
}

/** @returns the sources of the incident's report, from its evidence alone, if nothing else is said. */
export function incidentSources(more: Partial<IncidentSources> & { text?: string } = {}): IncidentSources {
  const { text = evidenceText(incidentEvidence()), ...rest } = more;
  return {
    workflowId: incidentId,
    runs: [
      {
        runId: incidentRun,
        evidence: { file: `/state/evidence/${incidentId}/${incidentRun}.jsonl`, chain: checkEvidence(text) },
        history: null,
        witnesses: [],
      },
    ],
    whyNoHistory: 'Temporal did not answer',
    record: null,
    recoveries: [buildReport(sources())],
    madeAt: second(3_600),
    zone: 'UTC',
    ...rest,
  };
}

/** @returns an attempt to send that failed and is told by its failure alone. */
export function failedAttempt(id: number, number: number): EvidenceEntry {
  return attempt('sendMessage', id, 30, 31, {
    attempt: number,
    outcome: 'failed',
    code: 'CHANNEL_UNREACHABLE',
    message: 'email to Ito (ito@example.com), incident-demo/1/9/1/ito/email: connect ECONNREFUSED',
  });
}
