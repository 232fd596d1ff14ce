import { isCancellation } from '@temporalio/workflow';
import type { z } from 'zod';
import { fromFailure } from '../errors/failure.ts';
import { named } from '../migrations/graph.ts';
import { awaitApproval } from './approval.ts';
import { backupFirst } from './backup-first.ts';
import { awaitChoice } from './choice.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import {
  type MigrationChoice,
  type MigrationInput,
  type MigrationRecovered,
  migrationInput,
  type ProcedureResult,
} from './contract.ts';
import { parseInput } from './failure.ts';
import {
  isSound,
  lookAtMigrations,
  lookSteps,
  type MigrationFacts,
  migrationFindings,
  whyNoDowngrade,
} from './migration-facts.ts';
import { MigrationWork } from './migration-work.ts';
import { act, check, look } from './proxies.ts';
import { starterDecision } from './restore.ts';
import { type Done, type ProcedureKind, type ProcedureRun, runProcedure } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'recoverFailedMigration',
  steps: [
    ...lookSteps,
    ['clearLeftovers', 'clear what terminated runs left'],
    ['findDependents', 'remember what runs'],
    ['approval', 'approval'],
    ['stopMigrating', 'stop what still migrates'],
    ['backup', 'backup first'],
    ['compare', 'compare with the revision'],
    ['dropInvalid', 'drop invalid indexes'],
    ['stopServices', 'stop services'],
    ['downgrade', 'go down to the last good revision'],
    ['startServices', 'start services'],
    ['choice', 'wait for a choice'],
    ['upgrade', 'upgrade'],
    ['bringUp', 'bring the services up with it'],
    ['health', 'application health'],
    ['recordDeploy', 'record it as good'],
  ],
  disaster: 'migrationFailure',
  problem: (database, project) => `a migration of database ${database} of ${project} failed`,
  impact: 'The deployment is stuck; the application may be down.',
};

type Input = z.output<typeof migrationInput>;

/**
 * Recovers from a migration that failed: takes a backup, clears what is half done, goes down to the last good revision, and never
 * by a number of steps; then waits for a person, for days if need be: a fixed migration, other code, a restore, or to stay.
 *
 * @param rawInput every field has a default from the plan and the records, so an empty input works.
 */
export async function recoverFailedMigration(rawInput: MigrationInput = {}): Promise<ProcedureResult & MigrationRecovered> {
  const input = parseInput(migrationInput, rawInput);
  return runProcedure(kind, input, (run) => recoverMigration(run, input));
}

async function recoverMigration(run: ProcedureRun, input: Input): Promise<Done<MigrationRecovered>> {
  const { procedure, step, planning } = run;
  const facts = await lookAtMigrations(run, input.to ?? null);
  const looked = (text: string) => ({
    facts: { choice: null, revision: facts.state.current, backupBefore: null },
    text,
    findings: migrationFindings(facts, null),
  });
  if (isSound(facts)) {
    for (const { name } of procedure.progress().steps.filter(({ state }) => state === 'waiting'))
      if (name !== 'report') procedure.settled(name, 'nothing to do: the schema is sound');
    return looked(`nothing is wrong: the schema is at ${named(facts.state.current)}, its head`);
  }
  if (planning) {
    await sayPlan(run, facts);
    return looked('');
  }
  await clearLeftovers(procedure, step);
  const services = await procedure.step('findDependents', () => look.findDependents(step), { note: (found) => found.summary });
  procedure.onUndo('remove job containers', () => act.removeJobs(step));
  const work = new MigrationWork(run, services);
  if (services.takenOver.length > 0) work.startAtTheEnd();
  await procedure.step('approval', () => approve(run, input, facts, services.summary), {
    note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed',
  });
  run.stateAfter = () => work.state();
  if (facts.migrating.length > 0)
    await procedure.step('stopMigrating', () => act.stopMigrating({ ...step, containers: facts.migrating }), {
      note: () => facts.migrating.map(({ name }) => name).join(' '),
    });
  else procedure.settled('stopMigrating', 'nothing does');
  const backup = await backupFirst(run, 'before a failed migration is recovered');
  work.backup = backup.id;
  const surprise = await procedure.step(
    'compare',
    () => check.compareSchema({ ...step, backup: backup.id, revision: facts.state.current }),
    {
      note: ({ comparedWith, differences }) =>
        comparedWith === null
          ? 'no earlier backup of this revision to compare with'
          : differences.length === 0
            ? `as in ${comparedWith}: nothing is half done`
            : `${differences.slice(0, 3).join(', ')}${differences.length > 3 ? ` and ${differences.length - 3} more` : ''}`,
    },
  );
  await work.dropInvalid(facts);
  await work.goDown(facts);
  const { choice, revision, text } = await chooseUntilDone(run, input, work, facts, surprise.differences);
  await act.removeJobs(step);
  procedure.settle('remove job containers');
  const findings = [...migrationFindings(facts, surprise), ...work.findings];
  return { facts: { choice, revision, backupBefore: backup.id }, text, findings };
}

/** Waits for a choice and does it, again and again, until one of them ended well. */
async function chooseUntilDone(
  run: ProcedureRun,
  input: Input,
  work: MigrationWork,
  facts: MigrationFacts,
  differences: readonly string[],
): Promise<{ choice: MigrationChoice; revision: readonly string[]; text: string }> {
  const { procedure, plan, step } = run;
  if (differences.length > 0) work.say(`Half done and still there: ${differences.slice(0, 5).join(', ')}.`);
  for (;;) {
    const back =
      facts.lastGood === null
        ? null
        : await look.findBackupAt({ ...step, revision: facts.lastGood.head, except: work.backup ?? '' });
    const choices = ['retry', 'rollBackCode', 'restore', 'stay'].filter(
      (choice): choice is MigrationChoice =>
        (choice !== 'rollBackCode' || (plan.code?.services.length ?? 0) > 0) && (choice !== 'restore' || back !== null),
    );
    const chosen = await procedure.step(
      'choice',
      () => awaitChoice(procedure, { choices, text: work.question(choices, back), plan }),
      { note: ({ choice, by, reason }) => `${choice} (${by}: ${reason})` },
    );
    work.forgetSaid();
    const starter = { requestedBy: chosen.by, reason: chosen.reason, confirm: step.database };
    try {
      if (chosen.choice === 'stay') return { choice: 'stay', ...(await work.stay()) };
      if (chosen.choice === 'rollBackCode')
        return { choice: 'rollBackCode', ...(await work.rollBack({ ...starter, to: chosen.to })) };
      if (chosen.choice === 'restore' && back !== null)
        return { choice: 'restore', ...(await work.restoreFrom(back.id, facts.lastGood?.head ?? [], starter)) };
      const retried = await work.retry(input.to ?? null);
      if (retried !== null) return { choice: 'retry', ...retried };
    } catch (error) {
      if (isCancellation(error)) throw error;
      // The choice failed: what it did is taken back, and the person is asked again.
      const left = await procedure.unwind();
      if (left.length > 0) throw error;
      procedure.onUndo('remove job containers', () => act.removeJobs(step));
      run.stateAfter = () => work.state();
      work.say(`**${chosen.choice}** did not work: ${fromFailure(error).message}`);
    }
  }
}

async function approve(run: ProcedureRun, input: Input, facts: MigrationFacts, stops: string): Promise<void> {
  const { plan, planSha256, procedure, step } = run;
  const { state, lastGood, relation, halfDone, migrating } = facts;
  const goesDown = relation === 'after' && lastGood !== null;
  const acts = [
    ...(migrating.length > 0 ? [`stop ${migrating.map(({ name }) => name).join(' ')}, which still migrates`] : []),
    ...(halfDone.invalid.length > 0 ? [`drop the invalid index ${halfDone.invalid.map(({ name }) => name).join(', ')}`] : []),
    ...(goesDown
      ? [`take the schema down from ${named(state.current)} to ${named(lastGood.head)} (${lastGood.from}); stops ${stops}`]
      : []),
  ];
  const policy = plan.approvals[run.severity];
  await awaitApproval(procedure, {
    // Nothing is changed before a person chooses how to go on.
    policy: acts.length === 0 ? 'none' : goesDown && policy === 'none' ? 'one' : policy,
    starter: starterDecision(input, step.database),
    text: `Failed migration of **${step.database}** of ${plan.stack.project}: ${acts.join('; ')}. A backup is taken first; then it waits for a choice; plan ${planSha256.slice(0, 12)}. Approve or refuse with your name and a reason: \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``,
    plan,
  });
}

/** In plan mode: what each step would do. */
async function sayPlan(run: ProcedureRun, facts: MigrationFacts): Promise<void> {
  const { procedure, plan, step } = run;
  const { lastGood, relation, halfDone, migrating, state } = facts;
  const stops = await procedure.step('findDependents', () => look.findDependents(step), { note: (found) => found.summary });
  const goesDown = relation === 'after' && lastGood !== null;
  const noWay = whyNoDowngrade(facts);
  procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
  procedure.would('approval', `asks as ${run.severity} needs it, if anything is to be changed before the choice`);
  procedure.would(
    'stopMigrating',
    migrating.length > 0 ? `would stop ${migrating.map(({ name }) => name).join(' ')}` : 'nothing still migrates',
  );
  procedure.would('backup', 'would take a backup of the database as it is');
  procedure.would('compare', 'would compare it with the last backup of the same revision');
  procedure.would(
    'dropInvalid',
    halfDone.invalid.length > 0 ? `would drop ${halfDone.invalid.map(({ name }) => name).join(', ')}` : 'there is none',
  );
  procedure.would('stopServices', goesDown ? `would stop ${stops.summary}` : 'nothing, before an upgrade is chosen');
  procedure.would(
    'downgrade',
    goesDown
      ? `would go from ${named(state.current)} down to ${named(lastGood.head)}`
      : (noWay ?? `nothing to take back: it is at ${named(state.current)}`),
  );
  procedure.would('startServices', goesDown ? `would start ${stops.summary} again` : 'nothing was stopped');
  procedure.would('choice', 'would wait for a person: retry, rollBackCode, restore or stay');
  procedure.would('upgrade', 'after retry: would stop services and upgrade, and give up where another session holds a lock');
  procedure.would('bringUp', 'after retry: would make the containers anew whose image changed');
  procedure.would('health', plan.health.map(({ name }) => name).join(', ') || 'the plan names no health address');
  procedure.would('recordDeploy', 'would record the revision as good');
}
