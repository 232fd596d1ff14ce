/** Scenario 3: inconsistent data is found, shown, repaired and put back, whatever happens in between. */
import { readFileSync } from 'node:fs';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { CheckIntegrityResult, Progress, RepairInput, RepairResult, UndoRepairInput } from '../../src/workflows/contract.ts';
import { makeInconsistent } from './harness/bad-data.ts';
import { kintsugi } from './harness/kintsugi.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies RepairInput;
const rows = 2_000;

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
/** All rows, bad ones among them. */
let content: string;
/** What is in the schema. */
let objects: string;

const sql = (statement: string) => stack.query(statement, 'uns_claudejp');
const schemaObjects = () =>
  sql(`SELECT string_agg(what, ' ' ORDER BY what) FROM (
    SELECT format('trigger %s %s', tgname, tgenabled) AS what FROM pg_trigger WHERE tgrelid = 'timer_cards'::regclass AND NOT tgisinternal
    UNION ALL SELECT format('constraint %s %s', conname, convalidated) FROM pg_constraint WHERE conrelid = 'timer_cards'::regclass
    UNION ALL SELECT format('index %s %s', indexrelid::regclass, indisvalid) FROM pg_index WHERE indrelid = 'timer_cards'::regclass
    UNION ALL SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname ~ 'timer_card|approval') AS all_of_it`);
/** How many rows each symptom of the document still has, by the document's own conditions. */
const symptoms = () =>
  sql(`SELECT (SELECT count(*) FROM (SELECT FROM timer_cards WHERE hakenmoto_id IS NOT NULL GROUP BY hakenmoto_id, work_date HAVING count(*) > 1) AS d),
    (SELECT count(*) FROM timer_cards WHERE is_approved AND (approved_by IS NULL OR approved_at IS NULL)),
    (SELECT count(*) FROM timer_cards c JOIN employees e USING (hakenmoto_id) WHERE c.factory_id IS DISTINCT FROM e.factory_id),
    (SELECT count(*) FROM timer_cards WHERE regular_hours = 0 AND night_hours = 0 AND holiday_hours = 0 AND clock_in IS NOT NULL AND clock_out IS NOT NULL)`);

const start = (input: RepairInput) =>
  temporal.client.workflow.start('repairInconsistentData', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `repair-${stack.project}`,
    args: [input],
  });
const undo = (input: Partial<UndoRepairInput> = {}) =>
  temporal.client.workflow.execute('undoRepair', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `undo-${stack.project}`,
    args: [{ ...confirmed, recovery: `repair-${stack.project}`, ...input }],
  });
const changeRepairs = (change: object) =>
  stack.changePlan((plan) => {
    plan.repairs = { ...plan.repairs, ...change };
  });

async function expectUndone(): Promise<void> {
  expect(await stack.content()).toBe(content);
  expect(await schemaObjects()).toBe(objects);
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'repair', rows, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  await makeInconsistent(stack);
  // A table that needs its own care: a key of two columns with Japanese names, one that PostgreSQL works out, rows that hang on it.
  await sql(`CREATE TABLE "部品" ("番号" int, part int, note text, total int GENERATED ALWAYS AS ("番号" * part) STORED, PRIMARY KEY ("番号", part));
    INSERT INTO "部品" SELECT n, 1, CASE WHEN n % 3 = 0 THEN 'bad' END FROM generate_series(1, 30) AS n;
    CREATE TABLE hanging (id int, part int, FOREIGN KEY (id, part) REFERENCES "部品" ON DELETE CASCADE);
    INSERT INTO hanging VALUES (3, 1); CREATE TABLE keyless (a int)`);
  changeRepairs({ batchRows: 60, atMostRows: 100_000, atMostPercent: 100 });
  worker = await WorkerProcess.serving(stack, temporal);
  content = await stack.content();
  objects = await schemaObjects();
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

test('a dry run shows what is wrong with samples, and changes nothing', async () => {
  const answer = await kintsugi(stack.plan, 'recover', 'repair', '--dry-run');
  expect(answer.status).toBe(0);
  expect(answer.stdout).toMatch(/duplicates: 100 rows of \d+ \(4\.\d %\) in public\.timer_cards/);
  expect(answer.stdout).toMatch(/id {4}hakenmoto_id {2}work_date/);
  expect(answer.stdout).toContain('function calculate_timer_card_hours');
  expect(answer.stdout).toContain('Nothing was stopped or changed.');
  expect(await sql("SELECT to_regnamespace('kintsugi_quarantine')")).toBe('');
  await expectUndone();
});

test('a check finds the same, names the commands, keeps the trend, and leaves nothing in the database', async () => {
  const answer = await kintsugi(stack.plan, 'check');
  expect(answer.status).toBe(5);
  expect(answer.stdout).toMatch(/✖ duplicates +P2 {2}100 rows of/);
  expect(answer.stdout).toContain('kintsugi recover repair --only "missing hours"');
  expect(answer.stdout).toMatch(/✖ invalid indexes, constraints and triggers +P3 {2}trigger /);
  expect(answer.stdout).toMatch(/✔ tables and indexes \(amcheck\) +\d+ of \d+ read/);
  expect(answer.stderr).toContain('ERROR CHECK_FAILED: ');
  expect(await sql("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")).toBe('0');
  // As a schedule starts it.
  const weekly = (await temporal.client.workflow.execute('checkIntegrity', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `check-${stack.project}`,
    args: [],
  })) as CheckIntegrityResult;
  const page = readFileSync(weekly.report ?? '', 'utf8');
  expect(page).toMatch(/Integrity of uns_claudejp <span class="badge bad">\d+ findings/);
  expect(page).toContain('kintsugi recover repair --only duplicates');
  // The run before, by hand, found the same.
  expect(readFileSync((weekly.report ?? '').replace(/html$/, 'md'), 'utf8')).toMatch(/✖ duplicates +\| 100 +\| 100 +\| ██/);
  for (const id of weekly.incidents) expect(page).toContain(`kintsugi incident show ${id}`);
  expect(weekly.incidents).toHaveLength(2);
  for (const id of weekly.incidents) {
    const incident = temporal.client.workflow.getHandle(id);
    expect((await incident.describe()).status.name).toBe('RUNNING');
    await incident.terminate();
  }
  const trend = await kintsugi(stack.plan, 'check', '--trend');
  expect(trend.stdout).toMatch(/2 of 2 runs/);
  expect(trend.stdout).toMatch(/duplicates +██ +100/);
  await expectUndone();
});

test('what is repaired is right by the document’s own conditions, and an undo puts every row back', async () => {
  const result = (await (await start(confirmed)).result()) as RepairResult;
  expect(result.phase).toBe('completed');
  expect(result.repaired).toBeGreaterThan(700);
  // A shift that its break fills has no hours, and none are missing: the generator makes none.
  expect(await symptoms()).toBe('0|0|0|0');
  expect(await sql("SELECT count(*) FROM timer_cards WHERE notes = 'double'")).toBe('0');
  expect(await sql("SELECT count(*) FROM timer_cards WHERE notes = 'of nobody'")).toBe('3');
  expect(await stack.psql('uns_claudejp', '-v', 'sample=500', '-f', '/generate/check.sql')).toContain(' 0 differ');
  expect(await sql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'found%'")).toBe('0');

  expect(await kintsugi(stack.plan, 'check', '--only', 'duplicates', 'missing hours')).toMatchObject({ status: 0 });

  const undone = await kintsugi(stack.plan, 'undo', `repair-${stack.project}`, '--yes', '--by', 'tester');
  expect(undone).toMatchObject({ status: 0 });
  await expectUndone();
  expect((await kintsugi(stack.plan, 'undo', `repair-${stack.project}`, '--yes', '--by', 'tester')).stderr).toContain(
    'NOT_UNDOABLE',
  );
});

describe('a worker that is killed', () => {
  test.each([
    ['repairRows', 'during'],
    ['repairRows', 'after'],
    ['repairObjects', 'after'],
    ['checkRepaired', 'after'],
  ] as const)('in %s (%s): its successor goes on, nothing is done twice', async (activity, when) => {
    changeRepairs({ batchRows: when === 'during' ? 10 : 60 });
    worker.arm(activity, when);
    const repair = await start(confirmed);
    await until('the worker died', () => Promise.resolve(worker.ended));
    worker.start();
    expect(((await repair.result()) as RepairResult).phase).toBe('completed');
    expect(await symptoms()).toBe('0|0|0|0');
    expect(await sql('SELECT count(*) FROM kintsugi_quarantine.repairs WHERE undone_at IS NULL AND changed > found')).toBe('0');
    changeRepairs({ batchRows: 60 });
    worker.arm('putBack', when);
    const undone = undo();
    await until('the worker died', () => Promise.resolve(worker.ended));
    worker.start();
    await undone;
    await expectUndone();
  });
});

test('the other card of a day stays when a person deletes the older one at that moment', async () => {
  const copy = 'SELECT * FROM timer_cards WHERE id = 40';
  await sql(`CREATE TABLE deleted_by_hand AS ${copy}; CREATE TABLE is_done (at timestamptz)`);
  const person = sql(`BEGIN; DELETE FROM timer_cards WHERE id = 40;
    DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM is_done) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$; COMMIT`);
  const waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'kintsugi_quarantine'";
  const repair = await start({ ...confirmed, only: ['duplicates'] });
  await until('the repair waits for that person', async () => (await sql(waiting)) === '1');
  await sql('INSERT INTO is_done VALUES (now())');
  await person;
  expect(((await repair.result()) as RepairResult).repaired).toBe(99);
  expect(await sql("SELECT count(*) FROM timer_cards WHERE notes = 'double'")).toBe('1');
  await undo();
  await sql(`SET session_replication_role = replica; INSERT INTO timer_cards SELECT * FROM deleted_by_hand;
    DROP TABLE deleted_by_hand, is_done`);
  await expectUndone();
});

test('a repair that is cancelled in the middle puts everything back', async () => {
  worker.arm('repairObjects', 'hold');
  const repair = await start(confirmed);
  await until('it is held', () => Promise.resolve(worker.holds('repairObjects')));
  expect(await stack.content()).not.toBe(content);
  await repair.cancel();
  worker.release('repairObjects');
  await expect(repair.result()).rejects.toThrow();
  expect((await repair.query<Progress>('progress')).message).toContain('put back as it was');
  await expectUndone();
});

test('a second repair is refused while one runs, and says which', async () => {
  worker.arm('checkRepaired', 'hold');
  const repair = await start(confirmed);
  await until('it is held', () => Promise.resolve(worker.holds('checkRepaired')));
  const answer = await kintsugi(stack.plan, 'recover', 'repair', '--yes', '--by', 'other');
  expect(answer.status).toBe(7);
  expect(answer.stderr).toContain(`repair-${stack.project} runs already`);
  const other = await temporal.client.workflow
    .execute('repairInconsistentData', { taskQueue: `kintsugi-${stack.project}`, workflowId: 'another-id', args: [confirmed] })
    .catch(fromFailure);
  expect(other).toMatchObject({ code: 'ALREADY_RUNNING' });
  worker.release('checkRepaired');
  await repair.result();
  await undo();
  await expectUndone();
});

test('beyond the limits a person is asked, whoever started it; one who refuses ends it with nothing changed', async () => {
  changeRepairs({ atMostRows: 90 });
  const repair = await start(confirmed);
  // Until its first step has begun, it has nothing to answer with.
  const phase = () =>
    repair.query<Progress>('progress').then(
      (progress) => progress.phase,
      () => null,
    );
  await until('it asks', async () => (await phase()) === 'waitingForApproval');
  expect((await repair.query<Progress>('progress')).message).toMatch(
    /beyond the limits.*orphaned approvals: \d+ rows, more than 90/,
  );
  await repair.executeUpdate('refuse', { args: [{ by: 'Sato', reason: 'too many' }] });
  expect(fromFailure(await repair.result().catch((thrown: unknown) => thrown))).toMatchObject({ code: 'REFUSED' });
  await expectUndone();
  changeRepairs({ atMostRows: 100_000 });
});

test('rows that were written since the repair are listed and stop the undo, unless it is told what to do with them', async () => {
  await (await start({ ...confirmed, only: ['orphaned approvals'] })).result();
  await sql("UPDATE timer_cards SET notes = 'written since' WHERE id = 1");
  await sql('DELETE FROM timer_cards WHERE id = 2');
  const answer = await kintsugi(stack.plan, 'undo', `repair-${stack.project}`, '--yes', '--by', 'tester');
  expect(answer.stderr).toContain(
    '2 rows were written since the repair: public.timer_cards (1) changed since; public.timer_cards (2) deleted since.',
  );
  expect(answer.stderr).toContain('--changed leave');
  expect(answer.status).toBe(7);
  await undo({ changedSince: 'leave' });
  expect(await sql('SELECT notes, is_approved FROM timer_cards WHERE id = 1')).toBe('written since|f');
  expect(await sql('SELECT count(*) FROM timer_cards WHERE is_approved AND approved_by IS NULL')).not.toBe('0');
  await sql(`UPDATE timer_cards AS t SET notes = old.notes, is_approved = old.is_approved, approved_by = old.approved_by, approved_at = old.approved_at, updated_at = old.updated_at
    FROM (SELECT (was::timer_cards).* FROM kintsugi_quarantine.rows WHERE NOT put_back) AS old WHERE t.id = old.id;
    INSERT INTO timer_cards SELECT (was::timer_cards).* FROM kintsugi_quarantine.rows WHERE key = '(2)' AND NOT put_back`);
  await expectUndone();
});

describe('rules of one’s own', () => {
  const own = (rules: object[]) => changeRepairs({ packs: [], rules });
  afterAll(() => changeRepairs({ packs: ['timer-cards'], rules: [] }));
  const parts = () => sql(`SELECT string_agg(p::text, ' ' ORDER BY "番号") FROM "部品" AS p`);

  test('a row that others hang on is not deleted; the others are, and come back with their keys', async () => {
    const before = await parts();
    own([{ name: '悪い部品', table: '部品', where: "t.note = 'bad'", show: ['note'], repair: 'delete' }]);
    const result = (await (await start(confirmed)).result()) as RepairResult;
    expect(result).toMatchObject({ phase: 'completedWithSkippedSteps', repaired: 9 });
    expect(await sql('SELECT count(*) FROM hanging')).toBe('1');
    await undo();
    expect(await parts()).toBe(before);
  });

  test('a row that a trigger refuses is named, and the others go through', async () => {
    await sql(`CREATE FUNCTION no_six() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW."番号" = 6 THEN RAISE 'six stays'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER no_six BEFORE UPDATE ON "部品" FOR EACH ROW EXECUTE FUNCTION no_six()`);
    own([{ name: 'r', table: '部品', where: "t.note = 'bad'", repair: { set: { note: "'good'" } }, keeps: ['part'] }]);
    const result = (await (await start(confirmed)).result()) as RepairResult;
    expect(result.repaired).toBe(9);
    expect(result.steps.find(({ name }) => name === 'repair: r')?.note).toContain('1 refused by the table itself: six stays');
    await undo();
    await sql('DROP FUNCTION no_six() CASCADE');
  });

  test.each([
    [
      'a row that must stay',
      { repair: 'delete', where: 'true', unchanged: [{ name: 'parts', sql: 'SELECT count(*) FROM "部品"' }] },
      'REPAIR_FAILED',
      '“parts” was 30 and would be',
    ],
    [
      'a repair that does not hold',
      { where: "t.note = 'bad'", repair: { retrigger: 'note' } },
      'REPAIR_FAILED',
      '10 rows that “r” repaired are found by it again',
    ],
    [
      'a table without a primary key',
      { table: 'keyless', where: 'true', repair: 'delete' },
      'PLAN_INVALID',
      'public.keyless, which has no primary key',
    ],
    ['no such table', { table: 'nowhere', where: 'true' }, 'PLAN_INVALID', 'about the table nowhere, and there is none'],
    ['no such column', { where: 'true', repair: { set: { colour: '1' } } }, 'PLAN_INVALID', 'names the column colour'],
    ['a column of the key', { where: 'true', repair: { set: { part: '1' } } }, 'PLAN_INVALID', 'sets the column part'],
    ['wrong SQL', { where: 't.x = 1' }, 'PLAN_INVALID', 'The rule “r” can’t be run: column t.x does not exist'],
    [
      'a wrong expression',
      { where: 'true', repair: { set: { note: 'nothing()' } } },
      'PLAN_INVALID',
      'function nothing() does not exist',
    ],
  ])('%s: refused or taken back, with every row as before', async (_what, rule, code, message) => {
    const before = await parts();
    own([{ name: 'r', table: '部品', ...rule }]);
    const error = fromFailure(await (await start(confirmed)).result().catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(await parts()).toBe(before);
    expect(error.state).toMatch(/Nothing was stopped or changed|put back as it was/);
  });

  test('an entry that can’t be meant is refused with its line', async () => {
    own([{ name: 'r', table: '部品' }]);
    const answer = await kintsugi(stack.plan, 'recover', 'repair', '--dry-run');
    expect(answer.status).toBe(3);
    expect(answer.stderr).toMatch(/kintsugi\.yaml:\d+:\d+ repairs\.rules\.0: “r” needs where or find/);
  });
});
