import { type Assessment, assess } from '../corruption/assess.ts';
import type { Examination } from '../corruption/examination.ts';
import { awaitApproval } from './approval.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import {
  type RecoverFromCorruptionInput,
  type RecoverFromCorruptionResult,
  type Restored,
  recoverFromCorruptionInput,
} from './contract.ts';
import { examinedAsFindings, examinedAsText, mergedFindings, repairedFindings } from './corruption-says.ts';
import { parseInput } from './failure.ts';
import { act, check, long } from './proxies.ts';
import { restore, restoreSteps, starterDecision } from './restore.ts';
import { type Done, type ProcedureKind, type ProcedureRun, runProcedure } from './run-procedure.ts';
import { bytes } from './say.ts';

const kind: ProcedureKind = {
  type: 'recoverFromCorruption',
  steps: [
    ['clearLeftovers', 'clear what terminated runs left'],
    ['examine', 'examine the database'],
  ],
  disaster: 'databaseCorruption',
  problem: (database) => `database ${database} may be corrupt`,
  impact: 'Queries may fail or answer wrongly until it is repaired.',
};

const repairSteps = [
  ['approval', 'approval'],
  ['quarantine', 'put surplus rows into the quarantine'],
  ['repair', 'repair in place'],
  ['examineAgain', 'examine again'],
] as const;

/** A restore with the salvage between: read before the fence, which shuts us out too; merged before the copy goes live. */
const restoringSteps = restoreSteps.flatMap((step): (readonly [string, string])[] => {
  if (step[0] === 'fence') return [['salvage', 'salvage what is readable'], step];
  return step[0] === 'swap' ? [['mergeSalvage', 'merge the salvage'], step] : [step];
});

type Choices = ReturnType<typeof recoverFromCorruptionInput.parse>;
type Facts = Partial<Restored> & Pick<RecoverFromCorruptionResult, 'remedy'>;

/**
 * Scenario 1 of the document: finds out how bad it is before it acts, and does the mildest thing that brings everything back. What
 * can be made anew from whole rows is repaired in place while the application works; where rows or the catalogs themselves are
 * damaged, everything readable is salvaged, the newest verified backup is restored beside, the salvage is merged into it, and the
 * names are swapped; the damaged database is kept.
 *
 * @param rawInput every field has a default, so an empty input works.
 */
export async function recoverFromCorruption(rawInput: RecoverFromCorruptionInput = {}): Promise<RecoverFromCorruptionResult> {
  const input = parseInput(recoverFromCorruptionInput, rawInput);
  return runProcedure<Facts>(kind, input, async (run) => {
    const { procedure, step, planning } = run;
    if (planning)
      procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
    else await clearLeftovers(procedure, step);
    const found = await procedure.step('examine', () => check.examineDatabase(step), { note: noteOf });
    const assessed = input.remedy === 'restore' ? { ...assess(found), remedy: 'restore' as const } : assess(found);
    const findings = examinedAsFindings(found, assessed);
    // What was confirmed was another thing: it is asked about anew.
    const confirmed = input.shown === undefined || input.shown === assessed.remedy ? input : withoutConfirmation(input);
    if (assessed.remedy === 'none')
      return {
        facts: { remedy: 'none' },
        text: `nothing of ${step.database} is corrupt`,
        findings,
        limited: assessed.inconsistent,
      };
    const done =
      assessed.remedy === 'repair'
        ? await repair(run, confirmed, found, assessed)
        : await restoreAround(run, confirmed, found, assessed);
    return { ...done, findings: [...findings, ...(done.findings ?? [])] };
  });
}

function noteOf({ looked, tables, catalog, unreachable, exists }: Examination): string {
  if (!exists) return 'there is no such database';
  if (unreachable !== null) return `no session can be had: ${unreachable}`;
  const wrong = tables.length + (catalog.length > 0 ? 1 : 0);
  return `${looked.tables} tables, ${looked.indexes} indexes, ${looked.constraints} constraints: ${
    wrong === 0
      ? 'all well'
      : `not well: ${tables
          .map(({ schema, name }) => `${schema}.${name}`)
          .slice(0, 5)
          .join(', ')}${tables.length > 5 ? ` and ${tables.length - 5} more` : ''}${catalog.length > 0 ? '; the catalogs' : ''}`
  }`;
}

async function repair(run: ProcedureRun, input: Choices, found: Examination, assessed: Assessment): Promise<Done<Facts>> {
  const { procedure, step, planning, plan } = run;
  const { repairs } = assessed;
  procedure.add(repairSteps.filter(([name]) => name !== 'quarantine' || repairs.quarantine.length > 0));
  run.stateAfter = (done) =>
    done.has('repair')
      ? 'What was repaired stays repaired; the application works as before.'
      : done.has('quarantine')
        ? 'Surplus rows are in the schema kintsugi_quarantine, whole; nothing else was changed.'
        : 'Nothing was stopped or changed.';
  if (planning) {
    if (repairs.quarantine.length > 0)
      procedure.would(
        'quarantine',
        `would move ${repairs.quarantine.map(({ surplus, schema, table }) => `${surplus} rows of ${schema}.${table}`).join(', ')} whole to the schema kintsugi_quarantine`,
      );
    procedure.would('repair', `would do it while the application works: ${assessed.why}`);
    procedure.would('examineAgain', 'would examine everything once more');
    return { facts: { remedy: 'repair' }, text: '' };
  }
  const policy = plan.approvals[run.severity];
  await procedure.step(
    'approval',
    () =>
      awaitApproval(procedure, {
        // Rows of the application are taken away: never without a person.
        policy: repairs.quarantine.length > 0 && policy === 'none' ? 'one' : policy,
        starter: starterDecision(input, step.database),
        text: `${examinedAsText(found, assessed)} Nothing is stopped. Plan ${run.planSha256.slice(0, 12)}. \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``,
        plan,
      }),
    { note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed' },
  );
  const moved: Awaited<ReturnType<typeof long.quarantineSurplus>>[] = [];
  if (repairs.quarantine.length > 0)
    await procedure.step(
      'quarantine',
      async () => {
        for (const surplus of repairs.quarantine) moved.push(await long.quarantineSurplus({ ...step, surplus }));
      },
      { note: () => moved.map(({ rows, of, table }) => `${rows} rows of ${of} are in ${table}`).join('; ') },
    );
  await procedure.step('repair', () => long.repairInPlace({ ...step, repairs }), { note: ({ done }) => done.join('; ') });
  const after = await procedure.step('examineAgain', () => long.examineDatabase(step), { note: noteOf });
  const left = assess(after);
  return {
    facts: { remedy: 'repair' },
    text: `${step.database} is repaired in place`,
    findings: repairedFindings(moved, after, left),
    limited: left.remedy !== 'none' || left.inconsistent || moved.length > 0,
  };
}

async function restoreAround(run: ProcedureRun, input: Choices, found: Examination, assessed: Assessment): Promise<Done<Facts>> {
  const { procedure, step, planning } = run;
  procedure.add(restoringSteps);
  const canRead = found.exists && found.unreachable === null;
  if (!canRead) {
    for (const name of ['salvage', 'mergeSalvage']) procedure.skip(name, 'no session can be had on the database');
  } else if (planning) {
    procedure.would('salvage', 'would make the database read-only, and read everything that is readable into files');
    procedure.would('mergeSalvage', 'would bring what is newer than the backup into the copy, before it goes live');
  }
  let salvage: Awaited<ReturnType<typeof long.salvageDatabase>> | null = null;
  let merged: Awaited<ReturnType<typeof long.mergeSalvage>> | null = null;
  const afterStop = async () => {
    procedure.onUndo('let writes go on', () => act.releaseWrites(step));
    salvage = await procedure.step(
      'salvage',
      async () => {
        // Whoever writes beside the stack would write what is not salvaged any more.
        await act.holdWrites(step);
        return long.salvageDatabase({ ...step, tables: found.tables });
      },
      {
        note: ({ tables, rows, bytes: size, damaged, folder, why }) =>
          why === null
            ? `${rows} rows of ${tables} tables, ${bytes(size)}, ${damaged.length} not whole; in ${folder}`
            : `nothing: ${why}`,
      },
    );
  };
  const beforeSwap = async () => {
    if (salvage === null || salvage.why !== null) return procedure.skip('mergeSalvage', 'nothing was salvaged');
    merged = await procedure.step('mergeSalvage', () => long.mergeSalvage(step), { note: ({ summary }) => summary });
  };
  const { facts, rtaMs, rpaMs, limited } = await restore(run, input, {
    decide: examinedAsText(found, assessed),
    ...(canRead ? { afterStop, beforeSwap } : {}),
  });
  return {
    facts: { ...facts, remedy: 'restore' },
    text: `${step.database} is back from ${facts.backup.id}, with what was salvaged`,
    rtaMs,
    // With everything merged, what is live is what was there when writes were stopped.
    rpaMs: planning || hasLosses(salvage, merged) ? rpaMs : 0,
    limited: limited || (!planning && hasLosses(salvage, merged)),
    findings: planning ? [] : mergedFindings(run.plan, facts, salvage, merged),
  };
}

function withoutConfirmation({ confirm: _shownAnother, ...input }: Choices): Choices {
  return input;
}

/** Whether something of it is not as it was: rows or large objects that are the backup's, or rows that could not be merged. */
function hasLosses(
  salvage: Awaited<ReturnType<typeof long.salvageDatabase>> | null,
  merged: Awaited<ReturnType<typeof long.mergeSalvage>> | null,
): boolean {
  return (
    salvage === null ||
    salvage.largeObjects !== 0 ||
    merged === null ||
    merged.tables.some(({ whole, error }) => !whole || error !== null)
  );
}
