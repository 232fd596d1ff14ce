/**
 * Examples: the Temporal UI fills in its form "Start Workflow" from a run that is there, and from nothing else. So `kintsugi up` leaves a run of
 * each procedure that people start by hand, with every field of the input filled in. Such a run ends at once, by its memo (see interceptors.ts).
 */
import { z } from 'zod';
import type { Plan } from '../plan/schema.ts';
import {
  cascadeInput,
  checkIntegrityInput,
  migrationInput,
  recoverDeletedDataInput,
  recoverFromCorruptionInput,
  recoveries,
  recoveryId,
  repairInput,
  restoreInput,
  rollBackInput,
  serviceInput,
  takeBackupInput,
  undoInput,
  verifyBackupsInput,
  type WorkflowType,
} from './contract.ts';
import { drillInput } from './drill-contract.ts';

/** What a person starts from the UI: one row a procedure. */
const rows: readonly { readonly name: string; readonly type: WorkflowType; readonly input: z.ZodObject }[] = [
  { name: 'restore', type: recoveries.restore, input: restoreInput },
  { name: 'corruption', type: recoveries.corruption, input: recoverFromCorruptionInput },
  { name: 'deletion', type: recoveries.deletion, input: recoverDeletedDataInput },
  { name: 'repair', type: recoveries.repair, input: repairInput },
  { name: 'migration', type: recoveries.migration, input: migrationInput },
  { name: 'code', type: recoveries.code, input: rollBackInput },
  { name: 'cascade', type: recoveries.cascade, input: cascadeInput },
  { name: 'service', type: recoveries.service, input: serviceInput },
  { name: 'undo', type: 'undoRecovery', input: undoInput },
  { name: 'backup', type: 'takeBackup', input: takeBackupInput },
  { name: 'verify', type: 'verifyBackups', input: verifyBackupsInput },
  { name: 'check', type: 'checkIntegrity', input: checkIntegrityInput },
  { name: 'drill', type: 'monthlyDrill', input: drillInput },
];

/** What the ids of all examples begin with, and those of the runs that are started like them. */
export const exampleIdPrefix = 'ui-';

/** @returns the id of an example, which the form takes over for the run that is started like it. @param name such as `restore`. */
export function exampleId(project: string, name: string): string {
  return `${exampleIdPrefix}${name}-${project}`;
}

/** A run that the form is filled in from. */
export interface Example {
  readonly workflowType: WorkflowType;
  readonly workflowId: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What each field means, Markdown: the form shows it, too. */
  readonly details: string;
}

/** @returns the examples of a plan. */
export function examplesOf(plan: Plan): Example[] {
  const { project } = plan.stack;
  return rows.map(({ name, type, input }) => {
    const known = { mode: 'plan', database: plan.database.name, recovery: recoveryId(project) };
    const given = Object.fromEntries(Object.entries(known).filter(([field]) => field in input.shape));
    return {
      workflowType: type,
      workflowId: exampleId(project, name),
      input: input.parse(given),
      details: fieldsOf(input),
    };
  });
}

interface Field {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Field;
  readonly default?: unknown;
}

/** @returns every field with what it may be, and what it means. */
function fieldsOf(input: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  const lines = Object.entries(properties).map(([name, property]) => {
    const field = property as Field;
    const initial = field.default === undefined ? '' : `; \`${JSON.stringify(field.default)}\` if missing`;
    const needed = required.includes(name) ? '; needed' : '';
    return `- \`${name}\` (${kindOf(field)}${initial}${needed})${field.description === undefined ? '' : `: ${field.description}`}`;
  });
  return ['A field may be left out where it does not say that it is needed; an unknown one is refused.', '', ...lines].join('\n');
}

function kindOf({ enum: values, type, items }: Field): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  return items === undefined ? (type === 'string' ? 'text' : (type ?? 'text')) : `list of ${kindOf(items)}`;
}
