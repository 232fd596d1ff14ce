import { chainStart, type EvidenceEntry, lineHash } from '../../src/evidence/line.ts';
import { checkEvidence } from '../../src/evidence/read.ts';
import type { ReportSources } from '../../src/reports/build.ts';
import type { ProcedureRecord, StepProgress } from '../../src/workflows/contract.ts';

const workflowId = 'restore-shop';
const runId = '01a20b7a-26bc-7153-8e5e-11936ee70167';
const worker = 'kintsugi-worker/98b312dc3dc1/29017@db-host';

/** @returns `2026-11-24T03:00:SS.000Z`. */
export function second(seconds: number): string {
  return new Date(Date.UTC(2026, 10, 24, 3, 0, 0) + seconds * 1000).toISOString();
}

/** @returns an entry of evidence of an attempt that ended as said; done if nothing is. */
export function attempt(
  activity: string,
  id: number,
  from: number,
  to: number,
  more: Partial<EvidenceEntry> = {},
): EvidenceEntry {
  return {
    activity,
    activityId: String(id),
    attempt: 1,
    startedAt: second(from),
    endedAt: second(to),
    outcome: 'done',
    worker,
    ...more,
  };
}

/** @returns the text of an evidence file with these entries, its chain whole. */
export function evidenceText(entries: readonly EvidenceEntry[]): string {
  let previous = chainStart;
  return entries
    .map((entry, index) => {
      const line = JSON.stringify({ line: index + 1, previous, ...entry });
      previous = lineHash(line);
      return `${line}\n`;
    })
    .join('');
}

/** A recovery that went well, with a worker killed in the middle of the restore. */
export const recovered: readonly EvidenceEntry[] = [
  attempt('chooseBackup', 2, 1, 2, {
    result: {
      id: '20261124T020000Z-c41d',
      path: '/backups/20261124T020000Z-c41d',
      kind: 'kintsugi',
      takenAt: '2026-11-24T02:00:00.000Z',
      bytes: 812_000_000,
      hasManifest: true,
      checkedBy: ['sha256 of 12 files'],
    },
  }),
  attempt('preflight', 3, 2, 3, { result: { summary: 'server 15.18 · disk 41 GB free' } }),
  attempt('findDependents', 4, 3, 4, { result: { summary: 'backend×2 frontend', kept: ['redis', 'adminer'], stopOrder: [] } }),
  attempt('recordDecisions', 5, 8, 8, {
    result: {
      procedure: 'restoreDatabase',
      stack: 'shop',
      database: 'shop',
      severity: 'P1',
      request: 'Restore **shop**?',
      approvals: [{ by: 'Sato', reason: 'confirmed with the team', at: second(7), approved: true }],
    },
  }),
  attempt('stopServices', 6, 9, 12, { result: { stopped: 3 } }),
  attempt('restoreBeside', 7, 20, 40, { attempt: 2, result: { command: ['pg_restore', '--dbname=a b'] } }),
  attempt('verifyRestored', 8, 40, 41, {
    outcome: 'failed',
    code: 'CONNECTION_LOST',
    message: 'The connection broke.',
  }),
  attempt('verifyRestored', 8, 42, 44, {
    attempt: 2,
    result: {
      tables: 14,
      rows: 200_000,
      objects: 96,
      fingerprints: 14,
      checks: 3,
      limited: false,
      serverLog: { unreadable: null, expected: 1 },
    },
  }),
  attempt('analyze', 13, 40.2, 41, { result: { tables: 14 } }),
  attempt('swap', 9, 45, 46, {
    result: {
      replaced: 'shop_replaced_6ee70167',
      until: '2026-12-01T03:00:00.000Z',
      statements: ['ALTER DATABASE a RENAME TO b'],
    },
  }),
  attempt('startServices', 10, 46, 50, { result: { started: 3 } }),
  attempt('checkHealth', 11, 50, 51, { result: { summary: 'api 200' } }),
  attempt('removeJobs', 12, 55, 56, { result: { removed: 1 } }),
];

const step = (name: string, title: string, from: number, to: number): StepProgress => ({
  name,
  title,
  state: 'done',
  startedAt: second(from),
  endedAt: second(to),
});

/** What the procedure itself says of that recovery. */
export const record: ProcedureRecord = {
  procedure: 'restoreDatabase',
  workflowId,
  runId,
  stack: 'shop',
  database: 'shop',
  severity: 'P1',
  startedAt: second(0),
  endedAt: second(57),
  rtoMs: 7_200_000,
  rtaMs: 51_000,
  rpoMs: 86_400_000,
  rpaMs: 3_600_000,
  phase: 'completedWithSkippedSteps',
  steps: [
    step('chooseBackup', 'choose and check the backup', 0.5, 2.5),
    step('preflight', 'preflight', 2, 3.5),
    step('findDependents', 'remember what runs', 3, 4.5),
    step('approval', 'approval', 4.5, 8.5),
    step('stopServices', 'stop services', 8.5, 12.5),
    step('restoreBeside', 'restore beside', 12.5, 40),
    step('verify', 'verify', 40, 44.5),
    step('analyze', 'analyze', 40.1, 44.2),
    step('swap', 'swap', 45, 46),
    step('startServices', 'start services', 46, 50),
    step('health', 'application health', 50, 51.5),
    { name: 'freshBackup', title: 'fresh backup', state: 'skipped', note: 'left out on request' },
    { name: 'report', title: 'report', state: 'waiting' },
  ],
  approvals: [{ by: 'Sato', reason: 'confirmed with the team', at: second(7), approved: true }],
  backup: { id: '20261124T020000Z-c41d', takenAt: '2026-11-24T02:00:00.000Z', path: '/backups/20261124T020000Z-c41d' },
  skipped: ['freshBackup'],
  replaced: { name: 'shop_replaced_6ee70167', until: '2026-12-01T03:00:00.000Z' },
  freshBackup: null,
  input: { requestedBy: 'Sato', reason: 'dropped by mistake' },
  failure: null,
};

/** @returns the sources of a report: that recovery, from its evidence and record, if nothing else is said. */
export function sources(more: Partial<ReportSources> & { text?: string } = {}): ReportSources {
  const { text = evidenceText(recovered), ...rest } = more;
  return {
    workflowId,
    runId,
    evidence: { file: `/state/evidence/${workflowId}/${runId}.jsonl`, chain: checkEvidence(text) },
    history: null,
    whyNoHistory: 'Temporal did not answer',
    record,
    progress: null,
    witnesses: [],
    madeAt: second(60),
    zone: 'Asia/Tokyo',
    ...rest,
  };
}
