/**
 * The one table of errors: every failure a person can meet has a stable name, an exit status and a retry rule.
 *
 * Modelled on pgBackRest's `error.yaml` (name + number + HINT). Exit statuses are grouped by class so that a script can
 * act on the class without knowing every name: 2 input, 3 plan, 4 backup, 5 database or stack, 6 environment,
 * 7 conflict, 8 a person's decision, 1 a fault of Kintsugi itself.
 */
export const exitStatus = {
  fault: 1,
  input: 2,
  plan: 3,
  backup: 4,
  target: 5,
  environment: 6,
  conflict: 7,
  decision: 8,
} as const;

interface ErrorRow {
  /** Exit status of the command line. */
  readonly exit: (typeof exitStatus)[keyof typeof exitStatus];
  /** Whether Temporal may retry the activity that failed with it: true only where waiting can mend it. */
  readonly retryable: boolean;
  /** One line for the reference page. */
  readonly meaning: string;
}

const input = (meaning: string): ErrorRow => ({ exit: exitStatus.input, retryable: false, meaning });
const plan = (meaning: string): ErrorRow => ({ exit: exitStatus.plan, retryable: false, meaning });
const backup = (meaning: string): ErrorRow => ({ exit: exitStatus.backup, retryable: false, meaning });
const target = (meaning: string): ErrorRow => ({ exit: exitStatus.target, retryable: false, meaning });
const environment = (meaning: string, retryable = false): ErrorRow => ({ exit: exitStatus.environment, retryable, meaning });
const conflict = (meaning: string): ErrorRow => ({ exit: exitStatus.conflict, retryable: false, meaning });
const decision = (meaning: string): ErrorRow => ({ exit: exitStatus.decision, retryable: false, meaning });

export const errorTable = {
  INTERNAL: { exit: exitStatus.fault, retryable: true, meaning: 'A fault in Kintsugi itself' },

  INVALID_INPUT: input('A field of the input is unknown or has a wrong value'),
  NOT_FOUND: input('The named recovery, backup or report does not exist'),

  PLAN_MISSING: plan('There is no plan file where it was looked for'),
  PLAN_INVALID: plan('The plan file has faults'),
  SECRET_MISSING: plan('A secret that the plan refers to is not set or not readable'),

  BACKUP_MISSING: backup('The backup asked for, or any backup, is not there'),
  BACKUP_EMPTY: backup('The backup holds nothing'),
  BACKUP_TRUNCATED: backup('The backup ends before its end'),
  BACKUP_CORRUPT: backup('The backup is not what its manifest or its own format says'),
  BACKUP_NEWER_SERVER: backup('The backup was made by a newer major version of PostgreSQL than the server'),
  BACKUP_WRONG_DATABASE: backup('The backup is of another database'),
  BACKUP_KEY: backup('The backup cannot be decrypted with the configured key'),
  BACKUP_UNREADABLE: backup('The format of the backup is not known'),
  RESTORE_FAILED: backup('The restore stopped at an error'),
  VERIFY_FAILED: backup('The restored copy differs from what the backup promises'),

  STACK_MISSING: target('The Compose project or one of its services is not there'),
  STACK_AMBIGUOUS: target('Two stacks use one project name'),
  COMPOSE_INVALID: target('Compose does not accept the Compose files'),
  DATABASE_SERVER_DOWN: { exit: exitStatus.target, retryable: true, meaning: 'The database server does not answer' },
  DATABASE_AUTH: target('The database server refuses the user or the password'),
  DATABASE_ROLE_MISSING: target('A role that the backup needs does not exist on the server'),
  DATABASE_EXTENSION_MISSING: target('An extension that the backup needs is not available on the server'),
  DATABASE_BUSY: target('Something outside Kintsugi holds the database'),
  SERVICE_UNHEALTHY: target('A service did not become healthy in time'),
  MIGRATION_FAILED: target('A migration, or taking one back, stopped at an error'),
  MIGRATION_BLOCKED: target('A migration did not get a lock that another session holds'),
  BUILD_FAILED: target('The images of the application cannot be built'),
  CHECK_FAILED: target('An integrity check found something'),
  REPAIR_FAILED: target('A repair would change what must not change, or what it repaired is wrong again'),
  HEALTH_FAILED: target('The health address of the application does not answer as it should'),

  DOCKER_UNREACHABLE: environment('The Docker Engine does not answer', true),
  TEMPORAL_UNREACHABLE: environment('The Temporal server does not answer'),
  WORKER_MISSING: environment('No Kintsugi worker is listening'),
  TOOL_MISSING: environment('A program that is needed is not installed'),
  DISK_TOO_SMALL: environment('There is not enough free disk space'),
  JOB_LOST: environment('A job container ended without its end marker (the engine or the machine went down)', true),
  STILL_AT_WORK: environment('An earlier attempt of a step is still at work', true),
  WORKER_DIED: environment('The worker that ran a step died', true),
  CONNECTION_LOST: environment('The connection to the database server broke', true),
  CHANNEL_BUSY: environment('A message provider asks to come back later', true),
  CHANNEL_UNREACHABLE: environment('A message provider can’t be reached', true),
  CHANNEL_NO_ANSWER: environment('A message provider took a message and did not answer', true),
  SCRATCH_SERVER: environment('The scratch server of a verification or a drill could not be started, or was lost'),
  IO: environment('A file or folder cannot be read or written'),

  ALREADY_RUNNING: conflict('Another recovery of this stack is running'),
  LOCK_LOST: conflict('The lock on the stack was taken away from outside'),
  DATABASE_CHANGED: conflict('The live database is another one than the recovery began with'),
  NOT_UNDOABLE: conflict('The recovery cannot be undone (any more)'),

  DENIED: decision('The plan does not allow this person to do that'),
  REFUSED: decision('A person refused a step'),
  NOT_CONFIRMED: decision('The confirmation was not given'),
  CANCELLED: decision('A person cancelled the procedure'),
} as const satisfies Record<string, ErrorRow>;

/** The stable name of an error. It is also the `type` of the Temporal failure, so it is the contract with histories. */
export type ErrorCode = keyof typeof errorTable;

/** @returns whether `value` is a name of the error table. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && value in errorTable;
}

/** @returns the codes that Temporal must not retry, for `RetryPolicy.nonRetryableErrorTypes`. */
export function nonRetryableCodes(): ErrorCode[] {
  return (Object.keys(errorTable) as ErrorCode[]).filter((code) => !errorTable[code].retryable);
}
