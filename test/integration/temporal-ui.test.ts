/**
 * The Temporal UI as a place to work, in a real Chromium: procedures are started from its form, approved, cancelled and read there, as by a person who
 * has nothing else. What the pages looked like stays in .kintsugi/test/screens.
 */
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { ProcedureResult, Progress, WorkflowType } from '../../src/workflows/contract.ts';
import { exampleId } from '../../src/workflows/example.ts';
import { kintsugi } from './harness/kintsugi.ts';
import { freePort, TestStack } from './harness/stack.ts';
import { TemporalUi } from './harness/temporal-ui.ts';
import { until } from './harness/wait.ts';

let stack: TestStack;
let ui: TemporalUi;
let connection: Connection;
let client: Client;
let taskQueue: string;
let address: string;

beforeAll(async () => {
  const [port, uiPort] = [await freePort(), await freePort()];
  address = `http://127.0.0.1:${uiPort}`;
  const temporal = { temporalAddress: `127.0.0.1:${port}`, temporalUi: address };
  stack = new TestStack({ name: 'temporal-ui', rows: 1_000, databaseOnly: true, ...temporal });
  await stack.start();
  taskQueue = `kintsugi-${stack.project}`;
  expect(await kintsugi(stack.plan, 'up', '--no-schedules')).toMatchObject({ status: 0 });
  expect(await kintsugi(stack.plan, 'backup', 'take', '--fingerprints')).toMatchObject({ status: 0 });
  connection = await Connection.connect({ address: temporal.temporalAddress });
  client = new Client({ connection });
  ui = await TemporalUi.open(address);
});

afterAll(async () => {
  await ui.close();
  await connection.close();
  await kintsugi(stack.plan, 'down');
  await stack.remove();
});

const newest = async (workflowId: string) => (await client.workflow.getHandle(workflowId).describe()).runId;
const resultOf = (workflowId: string): Promise<ProcedureResult> => client.workflow.getHandle(workflowId).result();
const waits = (workflowId: string) =>
  until(`${workflowId} waits for a person`, () =>
    client.workflow
      .getHandle(workflowId)
      .query<Progress>('progress')
      .then(
        ({ phase }) => phase === 'waitingForApproval',
        () => false,
      ),
  );

/** What people start from the form: a row a procedure. `input` is what its example is changed to; without one it ends by itself. */
interface Started {
  readonly name: string;
  readonly workflowType: WorkflowType;
  /** A mistake that a person may make, and what the run answers. */
  readonly wrong: string;
  readonly says: string;
  /** What its own page says when it was started with an empty input and has ended, or waits. */
  readonly shows: RegExp;
  readonly approve: boolean;
}
const procedures: readonly Started[] = [
  {
    name: 'backup',
    workflowType: 'takeBackup',
    wrong: '{"fingerprints": "yes"}',
    says: 'fingerprints: Invalid input: expected boolean, received string',
    shows: /takeBackup · uns_claudejp · P4 · completed/,
    approve: false,
  },
  {
    name: 'drill',
    workflowType: 'monthlyDrill',
    wrong: '{"backup": 3}',
    says: 'backup: Invalid input: expected string, received number',
    shows: /monthlyDrill · uns_claudejp · P4 · completed/,
    approve: false,
  },
  // Last: it goes on waiting for its approval, and while a recovery is at work no backup is taken.
  {
    name: 'restore',
    workflowType: 'restoreDatabase',
    wrong: '{"bakcup": "20261125T024623Z-d4fc"}',
    says: 'there is no field “bakcup”, did you mean backup?',
    shows: /restoreDatabase · uns_claudejp · P1 · WAITS FOR A PERSON/,
    approve: true,
  },
];

describe.each(procedures)('$name from the form', ({ name, workflowType, wrong, says, shows, approve }) => {
  const id = () => exampleId(stack.project, name);

  test('is filled in from its example', async () => {
    await ui.visit(`workflows?query=${encodeURIComponent('WorkflowId STARTS_WITH "ui-"')}`, (page) =>
      page.getByRole('link', { name: id() }),
    );
    await ui.shot(`${name}-examples`);
    const example = await newest(id());
    expect(await ui.details(id(), example)).toContain('This is an example: nothing was done');
    await ui.action('Start Workflow Like This One');
    await ui.page.getByText('Task Queue is Active').waitFor();
    await ui.shot(`${name}-form`);
    expect(await ui.page.getByLabel('Workflow ID').inputValue()).toBe(id());
    expect(await ui.page.getByLabel('Task Queue').inputValue()).toBe(taskQueue);
    expect(await ui.page.getByLabel('Workflow Type').inputValue()).toBe(workflowType);
    const input = JSON.parse(await ui.input()) as Record<string, unknown>;
    if (approve) expect(input).toMatchObject({ mode: 'plan', database: 'uns_claudejp' });
    await ui.pressStart();
    await until('it runs', async () => (await newest(id())) !== example);
    // As it is filled in it touches nothing, or is harmless.
    const planned = await resultOf(id());
    if (approve) expect(planned).toMatchObject({ phase: 'completed', report: null });
    expect((await client.workflow.getHandle(id()).describe()).memo).toEqual({});
  });

  test('with wrong input fails at once, and names the field', async () => {
    await ui.start({ workflowType, workflowId: `${name}-wrong`, taskQueue, input: wrong });
    const error = fromFailure(await resultOf(`${name}-wrong`).catch((thrown: unknown) => thrown));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain(says);
    await ui.open(`${name}-wrong`, await newest(`${name}-wrong`));
    await ui.page.getByText('Failed', { exact: true }).first().waitFor();
    await ui.shot(`${name}-wrong`);
    expect(await ui.page.getByRole('main').textContent()).toContain(says.replaceAll('"', '\\"'));
  });

  test('with empty input takes every default', async () => {
    const workflowId = `${name}-empty`;
    await ui.start({ workflowType, workflowId, taskQueue });
    if (approve) await waits(workflowId);
    else await resultOf(workflowId);
    expect(await ui.details(workflowId, await newest(workflowId))).toMatch(shows);
    await ui.shot(`${name}-empty`);
  });
});

test('a step is approved on its page: a wrong answer names the field, a right one lets it go on, and the result is read there', async () => {
  const workflowId = 'restore-empty';
  await ui.open(workflowId, await newest(workflowId), 'user-metadata');
  const dialog = await ui.update('approve', '{"by": "sato"}');
  await dialog.getByText('reason is missing').first().waitFor();
  await ui.shot('approve-wrong');
  await ui.update('approve', '{"by": "sato", "reason": "seen on the page"}');
  const result = await resultOf(workflowId);
  expect(result).toMatchObject({ approvals: [{ by: 'sato', reason: 'seen on the page', approved: true }] });
  const details = await ui.details(workflowId, await newest(workflowId));
  await ui.shot('approved');
  expect(details).toMatch(/✔ approval · \d\d:\d\d:\d\d · \d+:\d\d · sato: seen on the page/);
  expect(details).toMatch(/✔ swap · \d\d:\d\d:\d\d/);
  expect(details).toMatch(/Started \d\d:\d\d:\d\d JST, took 0:\d\d:\d\d of 2:00:00/);
  await ui.open(workflowId, await newest(workflowId));
  await ui.page.getByText('Completed', { exact: true }).first().waitFor();
  await ui.page.getByText('rtaMs').first().waitFor();
  await ui.shot('result');
  // Beside the activity's name; the timeline draws only what is in view, the latest first.
  await ui.page
    .getByText(/Writes the report/)
    .first()
    .waitFor({ state: 'attached' });
  // One that was started in the UI is found by the command line, too.
  expect((await kintsugi(stack.plan, 'report', workflowId)).status).toBe(0);
});

test('a run is cancelled on its page, and says in what state things are', async () => {
  const content = await stack.content();
  const workflowId = exampleId(stack.project, 'restore');
  await ui.start({ workflowType: 'restoreDatabase', workflowId, taskQueue, input: '{"reason": "a try"}' });
  await waits(workflowId);
  const { stdout } = await kintsugi(stack.plan, 'status');
  expect(stdout).toContain(workflowId);
  await ui.open(workflowId, await newest(workflowId));
  await ui.cancel();
  await expect(resultOf(workflowId)).rejects.toThrow();
  const details = await ui.details(workflowId, await newest(workflowId));
  await ui.shot('cancelled');
  expect(details).toContain('P1 · cancelled');
  expect(details).toContain('Nothing was stopped or changed.');
  expect(await stack.content()).toBe(content);
});

test('the list is filtered by what the procedures write into their search attributes', async () => {
  const query = `KintsugiStack="${stack.project}" AND KintsugiProcedure="restoreDatabase" AND KintsugiSeverity="P1" AND KintsugiPhase="cancelled"`;
  await ui.visit(`workflows?query=${encodeURIComponent(query)}`, (page) =>
    page.getByRole('link', { name: exampleId(stack.project, 'restore') }),
  );
  await ui.shot('filtered');
  expect(await ui.page.getByRole('link', { name: 'restore-empty' }).count()).toBe(0);
});
