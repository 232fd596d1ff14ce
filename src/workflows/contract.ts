/**
 * What the outside (command line, chat, tests, Temporal UI) and the workflows agree on: inputs, messages, results.
 * Types, schemas and names only; no code of a procedure, and nothing of Temporal's, so that the command line starts quickly.
 */

import { z } from 'zod';
import type { BackupChoice } from '../catalog/facts.ts';
import { channelNames, type SentMessage } from '../channels/contract.ts';
import { severities } from '../plan/severities.ts';
import { tierNames } from '../plan/tier-names.ts';
import { recoverySeverities } from './severities.ts';

const severity = z.enum(severities);

/** What every procedure can be told. Every field may be left out; an unknown field is refused. */
export const procedureInput = z.strictObject({
  mode: z.enum(['run', 'plan']).default('run').describe('plan: show each step and what it would do, and touch nothing'),
  database: z.string().min(1).optional().describe('The database; the plan’s if missing'),
  severity: severity.default('P1').describe('Who is called, and how many have to approve'),
  reason: z.string().default('').describe('Why; stands in the incident and in the report'),
  requestedBy: z.string().default('').describe('Who starts it; counts as the first approval when given together with confirm'),
  confirm: z.string().optional().describe('The name of the database, typed by who starts it'),
  incident: z.string().min(1).optional().describe('Workflow id of the incident that it is for; it opens one if missing'),
});
export type ProcedureInput = z.input<typeof procedureInput>;

/** What a restore can be told beside, wherever it is a part of a procedure. */
export const restoreChoices = z.strictObject({
  backup: z
    .string()
    .min(1)
    .optional()
    .describe('Id of a backup, or path of a file or folder that pg_dump wrote; the newest good one if missing'),
  dropFirst: z.boolean().optional().describe('Drop the old database first (full disk); the plan’s choice if missing'),
  skip: z
    .array(z.enum(['checks', 'analyze', 'health', 'freshBackup']))
    .default([])
    .describe('Steps to leave out; the result says so'),
  allowOtherDatabase: z.boolean().default(false).describe('Accept a backup whose manifest names another database'),
});

/** The one argument of `restoreDatabase`. */
export const restoreInput = procedureInput.extend(restoreChoices.shape);
export type RestoreInput = z.input<typeof restoreInput>;

/** The one argument of `recoverDeletedData`. */
export const recoverDeletedDataInput = restoreInput.extend({
  before: z.iso
    .datetime({ offset: true, error: 'an instant with its offset, such as 2026-11-24T14:30:00+09:00' })
    .optional()
    .describe(
      'The last instant at which the data was still there: the newest backup of then or earlier; found by content if missing',
    ),
});
export type RecoverDeletedDataInput = z.input<typeof recoverDeletedDataInput>;

const remedies = ['none', 'repair', 'restore'] as const;

/** The one argument of `recoverFromCorruption`. */
export const recoverFromCorruptionInput = restoreInput.extend({
  remedy: z
    .enum(['auto', 'restore'])
    .default('auto')
    .describe('auto: the mildest one; restore: from a backup, also where it could be repaired in place'),
  shown: z
    .enum(remedies)
    .optional()
    .describe('The remedy that was shown to who confirmed; where another one is needed, it is asked anew'),
});
export type RecoverFromCorruptionInput = z.input<typeof recoverFromCorruptionInput>;
/** The one argument of `recoverFromCascadingFailure`. */
export const cascadeInput = procedureInput.extend({
  oneByOne: z
    .boolean()
    .optional()
    .describe('Start one container after the other; if missing, only when one of them had no memory left'),
});
export type CascadeInput = z.input<typeof cascadeInput>;

/** The one argument of `restartService`. */
export const serviceInput = procedureInput.extend({
  severity: severity.default(recoverySeverities.service),
  service: z.string().min(1).optional().describe('The service, as Compose names it; those that are not well if missing'),
  anyway: z.boolean().default(false).describe('Restart it also if it restarts again and again by itself'),
});
export type ServiceInput = z.input<typeof serviceInput>;

/** A service that a procedure could not bring up. */
export interface ServiceLeft {
  readonly service: string;
  readonly why: string;
  readonly lastWords: readonly string[];
}

/** The result of `recoverFromCascadingFailure` and of `restartService`. */
export interface ServicesResult extends ProcedureResult {
  /** Services that are not up; empty if all are. */
  readonly left: readonly ServiceLeft[];
}

/** The one argument of `diagnose` and of `watchStack`: there is nothing to tell them. */
export const noInput = z.strictObject({});

/** The one argument of `takeBackup`. */
export const takeBackupInput = z.strictObject({
  database: z.string().min(1).optional().describe('The database; the plan’s if missing'),
  reason: z.string().default('asked for'),
  fingerprints: z.boolean().optional().describe('Hash the content of every table; the plan’s choice if missing'),
  tiers: z.array(z.enum(tierNames)).min(1).optional().describe('Tiers that it serves; kept as a manual one if missing'),
});
export type TakeBackupInput = z.input<typeof takeBackupInput>;

/** The one argument of `verifyBackups`. */
export const verifyBackupsInput = z.strictObject({
  backup: z
    .string()
    .min(4)
    .optional()
    .describe('Id of one backup, or its beginning, which is restored now; all by rotation if missing'),
  restore: z.boolean().default(true).describe('Also restore; else only checksums and listings'),
});
export type VerifyBackupsInput = z.input<typeof verifyBackupsInput>;

/** The one argument of `mendLeftovers`. */
export const mendInput = z.strictObject({
  requestedBy: z.string().default('').describe('Who asks for it'),
});
export type MendInput = z.input<typeof mendInput>;

/** The result of `mendLeftovers`. */
export interface MendResult {
  /** What was done, a line each. */
  readonly done: readonly string[];
  /** What could not be looked at or mended, a line each. */
  readonly left: readonly string[];
}

/** The one argument of `undoRecovery`. */
export const undoInput = procedureInput.omit({ database: true }).extend({
  recovery: z.string().min(1).describe('Workflow id of the recovery to undo, with or without its run id after a slash'),
});
export type UndoInput = z.input<typeof undoInput>;

/** The one argument of `repairInconsistentData`. */
export const repairInput = procedureInput.extend({
  severity: severity.default(recoverySeverities.repair),
  only: z
    .array(z.string().min(1))
    .default([])
    .describe('Names of the rules to repair by, and those that must come before them; all of the plan’s if empty'),
});
export type RepairInput = z.input<typeof repairInput>;

/** The result of `repairInconsistentData`. */
export interface RepairResult extends ProcedureResult {
  /** Rows that were changed or deleted, each kept as it was. */
  readonly repaired: number;
}

/** The one argument of `undoRepair`. */
export const undoRepairInput = procedureInput.extend({
  severity: severity.default(recoverySeverities.repair),
  recovery: z.string().min(1).describe('Workflow id of the repair to undo, with or without its run id after a slash'),
  changedSince: z
    .enum(['refuse', 'leave', 'overwrite'])
    .default('refuse')
    .describe('Rows that were written since: refuse the whole undo, leave them as they are, or overwrite them'),
});
export type UndoRepairInput = z.input<typeof undoRepairInput>;

/** The one argument of `checkIntegrity`. */
export const checkIntegrityInput = z.strictObject({
  database: z.string().min(1).optional().describe('The database; the plan’s if missing'),
  only: z.array(z.string().min(1)).default([]).describe('Names of rules and checks; everything if empty'),
  incident: z.boolean().default(true).describe('Open an incident for what is found'),
});
export type CheckIntegrityInput = z.input<typeof checkIntegrityInput>;

/** One thing that a check looked at. */
export interface CheckedThing {
  readonly name: string;
  /** What was found: 0 is well. */
  readonly found: number;
  readonly severity: string;
  /** One line. */
  readonly text: string;
  /** The command that repairs it, or shows more; null when it is well. */
  readonly command: string | null;
}

/** The result of `checkIntegrity`. */
export interface CheckIntegrityResult extends Progress {
  readonly checked: readonly CheckedThing[];
  readonly findings: readonly Finding[];
  /** Workflow ids of the incidents that were opened or told. */
  readonly incidents: readonly string[];
  /** Path of the report's page (HTML) on the worker's host; Markdown and JSON stand beside it. Null if it could not be written. */
  readonly report: string | null;
}

/** The one argument of `notifyTest`. */
export const notifyTestInput = z.strictObject({
  person: z.string().min(1).optional().describe('Only this one of the plan’s people; all if missing'),
  channel: z.enum(channelNames).optional().describe('Only over this channel; over all if missing'),
});
export type NotifyTestInput = z.input<typeof notifyTestInput>;

/** The result of `notifyTest`. */
export interface NotifyTestResult {
  readonly sent: readonly SentMessage[];
  /** Ways that the plan names for a person and sets no channel up for. */
  readonly unserved: readonly { readonly person: string; readonly channel: string; readonly address: string }[];
}

/** The one argument of `applyRetention`. */
export const retentionInput = z.strictObject({
  clockIsRight: z.boolean().default(false).describe('A person has looked at the clock: doubts about it alone keep nothing'),
});
export type RetentionInput = z.input<typeof retentionInput>;

/** The result of `applyRetention`. */
export interface RetentionResult {
  /** Why nothing was deleted at all; empty when there was no such reason. */
  readonly frozen: readonly string[];
  /** Ids of those that were renamed and can be had back, and of those that are gone for good. */
  readonly deleted: readonly string[];
  readonly purged: readonly string[];
  readonly kept: number;
}

/** The result of `tryChannels`: each channel that the plan sets up. */
export interface TryChannelsResult {
  readonly channels: readonly { readonly channel: string; readonly ok: boolean; readonly text: string }[];
}

/** What a code rollback can be told beside, wherever it is a part of a procedure. */
export const rollBackChoices = z.strictObject({
  to: z.string().min(1).optional().describe('A commit, tag or branch; the last one that was deployed and healthy if missing'),
  keepSchema: z.boolean().default(false).describe('Leave the schema as it is, also where the older code knows an older one'),
});

/** The one argument of `rollBackCode`. */
export const rollBackInput = procedureInput.extend({
  severity: severity.default(recoverySeverities.code),
  ...rollBackChoices.shape,
});
export type RollBackInput = z.input<typeof rollBackInput>;

/** What a code rollback adds to the result of the procedure that it is a part of. */
export interface RolledBack {
  readonly code: {
    readonly commit: string;
    /** Each service with the name under which the image that it ran before is kept. */
    readonly kept: readonly { readonly service: string; readonly image: string | null }[];
    /** Where the schema was and is; null where it was left alone. */
    readonly schema: { readonly from: readonly string[]; readonly to: readonly string[] } | null;
  } | null;
}

/** The one argument of `recoverFailedMigration`. */
export const migrationInput = procedureInput.extend({
  severity: severity.default(recoverySeverities.migration),
  to: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Revisions to go down to; those of the last healthy deployment, else of the newest backup, if missing'),
});
export type MigrationInput = z.input<typeof migrationInput>;

/** What a person may choose where a failed migration waits. */
export const migrationChoices = ['retry', 'rollBackCode', 'restore', 'stay'] as const;
export type MigrationChoice = (typeof migrationChoices)[number];

/** What `recoverFailedMigration` adds to its result. */
export interface MigrationRecovered {
  /** What was chosen at last; null where nothing was wrong. */
  readonly choice: MigrationChoice | null;
  /** Revisions that the database is at. */
  readonly revision: readonly string[];
  /** The backup that was taken first. */
  readonly backupBefore: string | null;
}

/** The argument of the `proceed` update. */
export const choiceInput = z.strictObject({
  choice: z.string().min(1).describe('One of the choices that the procedure offers'),
  by: z.string().trim().min(1).describe('Your name'),
  reason: z.string().trim().min(1).describe('Why'),
  to: z.string().min(1).optional().describe('For rollBackCode: the commit'),
});
export type ChoiceInput = z.infer<typeof choiceInput>;

/** The one argument of `recordDeploy`. */
export const recordDeployInput = z.strictObject({
  requestedBy: z.string().default('').describe('Who records it'),
  commit: z
    .string()
    .min(1)
    .optional()
    .describe('What was deployed; the label of the images, else what is checked out, if missing'),
});
export type RecordDeployInput = z.input<typeof recordDeployInput>;

export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'undone';

/** One line of the checklist. Times are ISO 8601 in UTC. */
export interface StepProgress {
  /** Stable name: `preflight`, `restoreBeside`. It is also the Temporal activity summary's first word. */
  readonly name: string;
  /** For people: `restore beside`. */
  readonly title: string;
  readonly state: StepState;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** What was found or done, one line. In plan mode: what would be done. */
  readonly note?: string;
}

/** The answer of the `progress` query of every procedure; also the body of its result. */
export interface Progress {
  readonly procedure: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly stack: string;
  readonly database: string;
  readonly severity: string;
  readonly startedAt: string;
  /** Recovery time objective in milliseconds. */
  readonly rtoMs: number;
  /** `waitingForApproval` and `stopped` are the states in which a person is needed. */
  readonly phase: 'running' | 'waitingForApproval' | 'completed' | 'completedWithSkippedSteps' | 'failed' | 'cancelled';
  readonly steps: readonly StepProgress[];
  readonly approvals: readonly Approval[];
  /** Missing when nobody was denied anything. */
  readonly denied?: readonly Denial[];
  /** What to tell the person now, Markdown: the request for an approval, or what is awaited. */
  readonly message?: string;
  /** While it waits for a choice, not for an approval: what can be chosen with the `proceed` update. */
  readonly choices?: readonly string[];
}

/** An answer to a request for approval. */
export interface Approval {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly approved: boolean;
}

/** Somebody tried what the plan does not allow: who, what (`approve`, `refuse`), and why not. */
export interface Denial {
  readonly by: string;
  readonly what: string;
  readonly why: string;
}

/** The argument of the `approve` and `refuse` updates. */
export const decisionInput = z.strictObject({
  by: z.string().trim().min(1).describe('Your name'),
  reason: z.string().trim().min(1).describe('Why'),
});
export type DecisionInput = z.infer<typeof decisionInput>;

/** What a procedure found or did that is more than a line of a step: rows lost, repairs, counts. Shown on the terminal and in the report. */
export interface Finding {
  readonly title: string;
  /** One paragraph, if there is something to say beside the rows. */
  readonly text?: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly string[])[];
}

/** The result of every procedure. */
export interface ProcedureResult extends Progress {
  /** Recovery time achieved, start to healthy application, in milliseconds. */
  readonly rtaMs: number;
  /** Recovery point achieved: how far back what is live now reaches, in milliseconds; null if nothing was lost or it is not known. */
  readonly rpaMs: number | null;
  readonly rpoMs: number;
  readonly skipped: readonly string[];
  readonly findings: readonly Finding[];
  /** Path of the report's page (HTML) on the worker's host; Markdown and JSON stand beside it. Null if it could not be written. */
  readonly report: string | null;
  /** The same checklist as the current details, for runs that outlive their worker. Markdown. */
  readonly checklist: string;
}

/** What a procedure says of itself when it has ended, however it ended: kept in the evidence, and the body of its report. */
export interface ProcedureRecord
  extends Progress,
    Partial<Omit<ProcedureResult, keyof Progress | 'report' | 'checklist'>>,
    Partial<Restored> {
  readonly endedAt: string;
  /** The one argument that it was started with, defaults filled in. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Why it did not do what it was started for; null if it did. */
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly state: string | null;
    readonly hints: readonly string[];
  } | null;
}

/** What is decided about and by whom: kept in the evidence before anything is touched, so that it is there however the run ends. */
export interface DecisionRecord {
  readonly procedure: string;
  readonly stack: string;
  readonly database: string;
  readonly severity: string;
  /** What the people were asked, Markdown. */
  readonly request: string;
  readonly approvals: readonly Approval[];
}

/** What a restore adds to the result of the procedure that it is a part of. */
export interface Restored {
  readonly backup: {
    readonly id: string;
    readonly takenAt: string | null;
    readonly path: string;
    readonly bytes?: number;
    readonly choice?: BackupChoice | undefined;
  };
  /** Under which name the replaced database is kept and until when; null when there was none. */
  readonly replaced: { readonly name: string; readonly until: string } | null;
  readonly freshBackup: string | null;
}

/** The result of `restoreDatabase`. */
export interface RestoreResult extends ProcedureResult, Restored {}

/** The result of `recoverDeletedData`. */
export interface RecoverDeletedDataResult extends ProcedureResult, Restored {}

/** The result of `recoverFromCorruption`; it is that of a restore, too, where that was the remedy. */
export interface RecoverFromCorruptionResult extends ProcedureResult, Partial<Restored> {
  readonly remedy: (typeof remedies)[number];
}

/** The result of `takeBackup`. */
export interface TakeBackupResult {
  readonly id: string;
  readonly path: string;
  readonly takenAt: string;
  readonly bytes: number;
  readonly tables: number;
  readonly rows: number;
  readonly fingerprints: boolean;
}

/** What a verification found of one backup. */
export interface VerifiedBackup {
  readonly id: string;
  /** `gone`: deleted meanwhile; `notChecked`: the machine kept it from being read. */
  readonly files: 'passed' | 'failed' | 'gone' | 'notChecked';
  /** Null: it was not its turn; `notDone`: the machine kept it from being restored. */
  readonly restore: 'passed' | 'failed' | 'notDone' | null;
  /** Why something did not pass; null if all did. */
  readonly why: string | null;
}

/** The result of `verifyBackups`. */
export interface VerifyBackupsResult {
  readonly backups: readonly VerifiedBackup[];
  /** What opened an incident, or belongs to one that is open. */
  readonly findings: readonly {
    readonly subject: string;
    readonly severity: string;
    readonly problem: string;
    readonly impact: string;
  }[];
}

/** Heartbeat details of a long step; read from the pending activity, so they cost no history. */
export interface StepHeartbeat {
  /** `timer_cards 61 %` */
  readonly text: string;
  /** 0 to 1, where known. */
  readonly fraction?: number;
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** Workflow types as shown in the Temporal UI. */
export type WorkflowType =
  | 'restoreDatabase'
  | 'recoverFromCorruption'
  | 'recoverDeletedData'
  | 'mendLeftovers'
  | 'takeBackup'
  | 'incident'
  | 'undoRecovery'
  | 'undoRollBackCode'
  | 'recordDeploy'
  | 'recoverFailedMigration'
  | 'rollBackCode'
  | 'repairInconsistentData'
  | 'undoRepair'
  | 'checkIntegrity'
  | 'databaseLock'
  | 'recoverFromCascadingFailure'
  | 'restartService'
  | 'diagnose'
  | 'watchStack'
  | 'dropReplacedDatabase'
  | 'notifyTest'
  | ScheduledType;

/** Workflow types that schedules start; see src/schedules/kinds.ts. */
export type ScheduledType =
  | 'takeDueBackup'
  | 'applyRetention'
  | 'lookAhead'
  | 'tryChannels'
  | 'audit'
  | 'verifyBackups'
  | 'monthlyDrill'
  | 'annualTest'
  | 'reviewPlan';

/** The recovery procedures, by what is typed after `kintsugi recover`. */
export const recoveries = {
  restore: 'restoreDatabase',
  migration: 'recoverFailedMigration',
  code: 'rollBackCode',
  repair: 'repairInconsistentData',
  corruption: 'recoverFromCorruption',
  deletion: 'recoverDeletedData',
  cascade: 'recoverFromCascadingFailure',
  service: 'restartService',
} as const satisfies Readonly<Record<string, WorkflowType>>;
export type RecoveryName = keyof typeof recoveries;

/** @returns the workflow id of a stack's one run of a recovery procedure. */
export function recoveryId(project: string, name: RecoveryName = 'restore'): string {
  return `${name}-${project}`;
}

/** @returns the id of the child workflow that is the lock on a stack's database server. */
export function lockId(project: string): string {
  return `lock-${project}`;
}

/** @returns the id of the one running backup of a database. */
export function backupId(project: string): string {
  return `backup-${project}`;
}

/** @returns the id of the child workflow that is the turn of one backup of a database, also of one that was started under another id. */
export function backupTurnId(project: string, database: string): string {
  return `lock-${backupId(project)}-${database}`;
}

/** @returns the id of the one running check of a stack. */
export function checkId(project: string): string {
  return `check-${project}`;
}

/** @returns the id of the one verification of a stack's backups that people start. */
export function verificationId(project: string): string {
  return `verify-${project}`;
}

/** Search attributes, all Keyword; `kintsugi up` and `doctor` create them. */
export const searchAttributeNames = ['KintsugiStack', 'KintsugiProcedure', 'KintsugiSeverity', 'KintsugiPhase'] as const;

/** Names of the messages that every procedure understands. */
export const messages = { progress: 'progress', approve: 'approve', refuse: 'refuse', proceed: 'proceed' } as const;
