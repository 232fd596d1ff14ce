import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { incidentId } from '../incident/contract.ts';
import { rulesOf } from '../plan/rules.ts';
import { checkedThings, checkFindings, incidentsOf, type Looked } from './check-says.ts';
import {
  type CheckedThing,
  type CheckIntegrityInput,
  type CheckIntegrityResult,
  checkIntegrityInput,
  lockId,
} from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { check, look, paper } from './proxies.ts';
import { summaryOf } from './repair-says.ts';
import { reportProblem } from './report-problem.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';

const steps = [
  ['rules', 'the rules of the plan'],
  ['checks', 'the checks of the plan'],
  ['catalog', 'the catalog: invalid, missing, checksums'],
  ['relations', 'tables and indexes, by rotation'],
  ['incidents', 'open incidents'],
  ['report', 'report'],
] as const;

/**
 * Checks the live database, reading only: the rules and checks of the plan, PostgreSQL's catalog, and with amcheck those tables
 * and indexes that were read longest ago. What it finds opens an incident for each severity, which names the commands.
 *
 * It takes no lock: a recovery must not wait for a weekly check. It does not run while one works on the database.
 *
 * @param rawInput everything may be left out: a schedule starts it with an empty input.
 */
export async function checkIntegrity(rawInput: CheckIntegrityInput = {}): Promise<CheckIntegrityResult> {
  const input = parseInput(checkIntegrityInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId, startTime } = workflowInfo();
  const { project } = plan.stack;
  const database = input.database ?? plan.database.name;
  const step = { plan, database, workflowId, runId };
  const facts = { procedure: 'checkIntegrity', stack: project, database, severity: 'P4', rtoMs: 0 };
  const procedure = new Procedure(facts, steps, plan.zone);
  listAs({ stack: project, procedure: facts.procedure });
  try {
    const holder = await look.describeLock({ lockId: lockId(project) });
    if (holder !== null)
      throw failure('ALREADY_RUNNING', `${holder.workflowId} works on ${project}: what a check finds now would say nothing.`, {
        state: 'Nothing was checked.',
        hints: [`kintsugi watch ${holder.workflowId}`],
      });
    const looked = await lookAtAll(procedure, step, chosen(plan, input.only));
    const things = checkedThings(looked, plan);
    const { before } = await look.keepChecks({
      at: startTime.toISOString(),
      database,
      found: Object.fromEntries(things.map(({ name, found }) => [name, found])),
      rows: looked.catalog?.rows ?? {},
      read: looked.relations?.read ?? [],
    });
    const incidents = await tell(procedure, things, { project, database, open: input.incident, by: workflowId });
    const findings = checkFindings(looked, things, before);
    const only = input.only.length === 0 ? null : input.only;
    const found = { startedAt: startTime.toISOString(), only, checked: things, findings, incidents };
    const report = await writeReport(procedure, { ...step, ...found });
    procedure.phase('completed');
    return { ...procedure.progress(), checked: things, findings, incidents, report };
  } catch (error) {
    const { code, message, state, hints } = fromFailure(error);
    const cancelled = isCancellation(error);
    await CancellationScope.nonCancellable(async () => procedure.phase(cancelled ? 'cancelled' : 'failed', message));
    if (cancelled) throw error;
    throw failure(code, message, { state: state ?? 'A check only reads: nothing was changed.', hints });
  }
}

/** What was found is told already: a report that can't be written does not make it undone. @returns the path of its page. */
async function writeReport(procedure: Procedure, input: Parameters<typeof paper.writeCheckReport>[0]): Promise<string | null> {
  try {
    const { path } = await procedure.step('report', () => paper.writeCheckReport(input), { note: (written) => written.path });
    return path;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { message } = fromFailure(error);
    log.warn(`the report could not be written: ${message}`);
    procedure.skip('report', `could not be written: ${message}`);
    return null;
  }
}

interface Chosen {
  /** Names of rules; null: none. */
  readonly rules: readonly string[] | null;
  readonly checks: readonly string[] | null;
  /** Whether the catalog and the files are looked at, too. */
  readonly all: boolean;
}

type Step = Parameters<typeof look.checkHealth>[0];
type Plan = Step['plan'];

function chosen(plan: Plan, only: readonly string[]): Chosen {
  const rules = rulesOf(plan.repairs).map(({ name }) => name);
  const checks = plan.checks.map(({ name }) => name);
  const some = (names: readonly string[], wanted: readonly string[]) => (names.length > 0 && wanted.length > 0 ? wanted : null);
  if (only.length === 0) return { rules: some(rules, rules), checks: some(checks, checks), all: true };
  const unknown = only.find((name) => !rules.includes(name) && !checks.includes(name));
  if (unknown !== undefined)
    throw failure('INVALID_INPUT', `The plan has no rule and no check “${unknown}”.`, {
      state: 'Nothing was checked.',
      hints: [`one of ${[...rules, ...checks].map((name) => `“${name}”`).join(', ')}`],
    });
  const wanted = (names: readonly string[]) => only.filter((name) => names.includes(name));
  return { rules: some(rules, wanted(rules)), checks: some(checks, wanted(checks)), all: false };
}

async function lookAtAll(procedure: Procedure, step: Step, what: Chosen): Promise<Looked> {
  // One after the other, over one connection each: the database has other work to do.
  const { found: rules, problem } =
    what.rules === null
      ? leaveOut(procedure, 'rules', { found: [], problem: null })
      : await ruleFindings(procedure, step, what.rules);
  const { checked: values } =
    what.checks === null
      ? leaveOut(procedure, 'checks', { checked: [] })
      : await procedure.step('checks', () => check.checkValues({ ...step, only: what.checks ?? [] }), {
          note: ({ checked }) => `${checked.filter(({ passed }) => passed).length} of ${checked.length} passed`,
        });
  if (!what.all) {
    leaveOut(procedure, 'catalog', null);
    leaveOut(procedure, 'relations', null);
    return { rules, problem, values, catalog: null, relations: null };
  }
  const catalog = await procedure.step('catalog', () => check.lookAtCatalog(step), {
    note: ({ invalid, missing }) => `${invalid.length} invalid, ${missing.length} missing`,
  });
  const relations = await procedure.step('relations', () => check.readRelations(step), {
    note: ({ read, of, damaged, why }) => why ?? `${read.length} of ${of} read; ${damaged.length} damages`,
  });
  return { rules, problem, values, catalog, relations };
}

/** A rule that can't be run is a finding: the rest is checked all the same. */
async function ruleFindings(
  procedure: Procedure,
  step: Step,
  only: readonly string[],
): Promise<Pick<Looked, 'problem'> & { found: Looked['rules'] }> {
  const within = step.plan.integrity.statementWithin;
  try {
    const { found } = await procedure.step(
      'rules',
      () => check.findInconsistencies({ ...step, only, withNeeded: false, within }),
      {
        note: (result) => summaryOf(result.found),
      },
    );
    return { found, problem: null };
  } catch (error) {
    const { code, message } = fromFailure(error);
    if (code !== 'PLAN_INVALID' && code !== 'CHECK_FAILED') throw error;
    return { found: [], problem: message };
  }
}

function leaveOut<T>(procedure: Procedure, name: string, instead: T): T {
  procedure.skip(name, 'not asked for, or the plan has none');
  return instead;
}

interface Telling {
  readonly project: string;
  readonly database: string;
  readonly open: boolean;
  readonly by: string;
}

async function tell(
  procedure: Procedure,
  things: readonly CheckedThing[],
  { project, database, open, by }: Telling,
): Promise<string[]> {
  const problems = incidentsOf(things, database);
  if (problems.length === 0 || !open) {
    procedure.skip('incidents', problems.length === 0 ? 'all well' : 'not asked for');
    return [];
  }
  return procedure.step(
    'incidents',
    async () => {
      const opened: string[] = [];
      for (const { severity, problem, impact } of problems) {
        const id = incidentId(project, `integrity-${severity}-${database}`);
        await reportProblem(id, { problem, impact, severity, openedBy: by });
        opened.push(id);
      }
      return opened;
    },
    { note: (ids) => ids.join(', ') },
  );
}
