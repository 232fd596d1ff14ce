import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RestoreInput, RestoreResult, TakeBackupResult } from '../../src/workflows/contract.ts';
import { databaseText } from './harness/database-text.ts';
import { TestStack } from './harness/stack.ts';
import { Steps } from './harness/steps.ts';
import { startTemporal } from './harness/temporal.ts';
import { WorkerProcess } from './harness/worker.ts';

const database = 'uns_objects';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let before: string;
let backup: TakeBackupResult;

const sql = (statement: string, where = database) => stack.query(statement, where);

async function restore(input: RestoreInput = {}): Promise<RestoreResult> {
  const started: RestoreInput = {
    database,
    requestedBy: 'tester',
    confirm: database,
    reason: 'test',
    skip: ['freshBackup'],
    ...input,
  };
  const options = { taskQueue: `kintsugi-${stack.project}`, workflowId: `restore-${stack.project}`, args: [started] };
  return (await temporal.client.workflow.execute('restoreDatabase', options)) as RestoreResult;
}

/** The disaster: also a subscription stands in the way of DROP DATABASE. */
async function lose(): Promise<void> {
  await sql('DROP SUBSCRIPTION from_nowhere');
  await sql(`DROP DATABASE ${database} WITH (FORCE)`, 'postgres');
}

async function damage(): Promise<void> {
  await sql('TRUNCATE objects.extremes; DROP TABLE public.people');
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'objects', rows: 500, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  worker = new WorkerProcess(stack.plan);
  worker.start();
  before = await databaseText(stack, database);
  backup = (await temporal.client.workflow.execute('takeBackup', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'backup',
    args: [{ database, fingerprints: true }],
  })) as TakeBackupResult;
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

describe('a database with every kind of object comes back the same', () => {
  test('after DROP DATABASE, with the roles that were lost', async () => {
    await lose();
    await sql('DROP OWNED BY objects_auditor', 'postgres');
    await sql('DROP ROLE objects_auditor, "Role With Space", "読み取り専用"', 'postgres');
    await restore();
    expect(await databaseText(stack, database)).toBe(before);
  });

  test('while a damaged one is live, which is kept with its damage', async () => {
    await sql(`DROP TABLE objects.departments CASCADE; UPDATE objects.events SET amount = 0; SELECT lo_unlink(700001);
      ALTER EVENT TRIGGER disabled_event ENABLE; ALTER DATABASE ${database} OWNER TO uns_admin;
      ALTER DATABASE ${database} RESET ALL; GRANT ALL ON DATABASE ${database} TO PUBLIC`);
    const { replaced } = await restore();
    expect(await databaseText(stack, database)).toBe(before);
    await sql(`ALTER DATABASE ${replaced?.name} ALLOW_CONNECTIONS true`, 'postgres');
    expect(await sql("SELECT to_regclass('objects.departments') IS NULL", replaced?.name)).toBe('t');
  });
});

test('a database is dropped although its subscription is at work and the publisher is away', async () => {
  await sql(`DROP SUBSCRIPTION from_nowhere; CREATE SUBSCRIPTION at_work CONNECTION 'host=nowhere.invalid' PUBLICATION some_rows
    WITH (connect = false, slot_name = 'held')`);
  await sql('ALTER SUBSCRIPTION at_work ENABLE');
  const { replaced } = await restore({ dropFirst: true });
  expect(replaced).toBeNull();
  expect(await databaseText(stack, database)).toBe(before);
});

describe('a backup that others made of it', () => {
  test.each([
    ['directory, all is lost', ['-Fd'], 'dump.directory', lose],
    ['tar, some is lost', ['-Ft'], 'dump.tar', damage],
    ['custom, all is lost', ['-Fc'], 'dump.custom', lose],
    ['plain as the plan names them, some is lost', ['-Fp'], 'production_backup_2026_11_12_120000.sql', damage],
    ['plain with --clean and --create, all is lost', ['-Fp', '--clean', '--create', '-Z6'], 'dump-create.sql.gz', lose],
  ])('is restored with owners, privileges and settings: %s', async (_name, options, file, disaster) => {
    await execa('docker', ['exec', stack.database, 'pg_dump', '-U', 'uns_admin', ...options, '-f', `/tmp/${file}`, database]);
    await execa('docker', ['cp', `${stack.database}:/tmp/${file}`, path.join(stack.folder, file)]);
    await disaster();
    await restore({ backup: `./${file}` });
    expect(await databaseText(stack, database)).toBe(before);
  });
});

/** Restores a copy, spoils it. @returns what the verification says. */
async function verdictOn(...spoil: ((copy: string) => Promise<unknown>)[]): Promise<string> {
  const steps = await Steps.open(stack.plan, database);
  try {
    const restored = await steps.restore(backup.id);
    for (const act of spoil) await act(steps.scratch);
    return await steps.verify(restored).then(
      () => 'no difference',
      (error: Error) => error.message,
    );
  } finally {
    await steps.clear();
  }
}

describe('the verification names what is lost of the content', () => {
  let verdict: string;

  beforeAll(async () => {
    verdict = await verdictOn((copy) =>
      sql(
        `SET session_replication_role = replica; DELETE FROM public.people; INSERT INTO "with space".people VALUES (2);
         UPDATE objects.replicated SET value = 7 WHERE key = 'a'; SELECT setval('objects.free_standing', 1000000000000);
         SELECT setval('objects.never_called', 5, true); SELECT lo_put(700001, 0, 'A');
         REFRESH MATERIALIZED VIEW objects.feelings_total WITH NO DATA; REFRESH MATERIALIZED VIEW objects.never_filled`,
        copy,
      ),
    );
  });

  test.each([
    ['a row', 'public.people: 0 rows, the backup has 1'],
    ['a row too many', 'with space.people: 2 rows, the backup has 1'],
    ['a value', 'objects.replicated: the content differs'],
    ['a sequence set back', 'sequence objects.free_standing: 1000000000000, the backup has 1000000000063'],
    ['a sequence that gave out its first value', 'sequence objects.never_called: 5, the backup has 5 (not yet given out)'],
    ['a byte of a large object', 'large objects: the content, owner, privileges or comment of some differ'],
    ['a materialized view that is empty', 'missing: rows of the materialized view objects.feelings_total'],
    ['a materialized view that was never filled', 'not in the backup: rows of the materialized view objects.never_filled'],
  ])('%s', (_what, message) => {
    expect(verdict).toContain(message);
  });
});

describe('the verification names what is lost of triggers, owners and privileges', () => {
  let verdict: string;

  beforeAll(async () => {
    verdict = await verdictOn((copy) =>
      sql(
        `SET session_replication_role = replica; DROP TRIGGER people_row ON objects.people;
         ALTER TABLE objects.people DISABLE TRIGGER people_statement; ALTER TABLE objects.bookings OWNER TO uns_admin;
         REVOKE SELECT ON objects.departments FROM objects_reader; DROP POLICY never_sad ON objects.people;
         ALTER TABLE objects.replicated DISABLE ROW LEVEL SECURITY`,
        copy,
      ),
    );
  });

  test.each([
    ['a trigger', 'missing: TRIGGER objects.people people_row'],
    ['a trigger that is off', 'different: TRIGGER objects.people people_statement'],
    ['an owner', 'different: TABLE objects.bookings'],
    ['a grant', 'different: ACL objects.TABLE departments'],
    ['a policy', 'missing: POLICY objects.people never_sad'],
    ['row level security', 'missing: ROW SECURITY objects.replicated'],
  ])('%s', (_what, message) => {
    expect(verdict).toContain(message);
  });
});

describe('the verification names what is lost of indexes and constraints', () => {
  let verdict: string;

  beforeAll(async () => {
    verdict = await verdictOn((copy) =>
      sql(
        `SET session_replication_role = replica; DROP INDEX objects.people_gin;
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'objects.people_hash'::regclass;
         UPDATE pg_constraint SET convalidated = false WHERE conname = 'people_department';
         ALTER TABLE objects.people DROP CONSTRAINT people_born_check`,
        copy,
      ),
    );
  });

  test.each([
    ['an index', 'missing: INDEX objects.people_gin'],
    ['an index that is not valid', 'invalid index: objects.people_hash'],
    ['a constraint that is valid no more', 'different: FK CONSTRAINT objects.people people_department'],
    ['a constraint', 'different: TABLE objects.people'],
  ])('%s', (_what, message) => {
    expect(verdict).toContain(message);
  });
});

describe('the verification names what is lost of the database as a whole, and errors in the server’s log', () => {
  let verdict: string;

  /** Lets a session in the copy end as one of the restore's own would. */
  const asRestoring = (copy: string, statement: string) =>
    execa(
      'docker',
      ['exec', '--env', 'PGOPTIONS=-c log_disconnections=on', stack.database, 'psql', '-U', 'uns_admin', '-c', statement, copy],
      { reject: false },
    );

  beforeAll(async () => {
    verdict = await verdictOn(
      (copy) =>
        sql(
          `ALTER DATABASE ${copy} RESET work_mem; ALTER ROLE objects_reader IN DATABASE ${copy} RESET work_mem;
           REVOKE CONNECT ON DATABASE ${copy} FROM objects_reader; ALTER DATABASE ${copy} OWNER TO uns_admin;
           ALTER DATABASE ${copy} CONNECTION LIMIT 7`,
          'postgres',
        ),
      async (copy) => {
        // As if the restore still went on.
        const marker = await sql(
          `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${copy}'`,
          'postgres',
        );
        const later = marker.replace(/"restoredAt":"[^"]*"/, '"restoredAt":"2999-01-01T00:00:00.000Z"');
        await sql(`COMMENT ON DATABASE ${copy} IS '${later}'`, 'postgres');
        await asRestoring(copy, 'SELECT 1 / 0');
        await asRestoring(copy, 'SELECT pg_terminate_backend(pg_backend_pid())');
        await asRestoring('uns_claudejp', "SELECT 'elsewhere'::integer");
      },
    );
  });

  test.each([
    ['a setting', 'missing: setting of the database: work_mem = 5MB'],
    ['a setting of a role', 'missing: setting of the database: work_mem = 6MB of the role objects_reader'],
    ['a privilege', 'missing: privilege of the database: CONNECT of objects_reader'],
    ['the owner', 'owner of the database: uns_admin, the backup has objects_owner'],
    ['the connection limit', 'connectionLimit of the database: 7, the backup has 50'],
    ['an error in the log', 'in the server’s log of the restore: ERROR: division by zero / SELECT 1 / 0'],
  ])('%s', (_what, message) => {
    expect(verdict).toContain(message);
  });

  test('but not errors that are no fault of the restore', () => {
    expect(verdict).not.toContain('terminating connection');
    expect(verdict).not.toContain('elsewhere');
  });
});

describe('the checks of the plan', () => {
  test.each([
    ['finds something else', 'SELECT count(*) FROM users', /^The check “of the test” found \d+ in the restored copy/],
    ['can’t be run', 'SELECT nothing', /^The check “of the test” cannot be run on the restored copy: column "nothing"/],
  ])('fail the verification when one %s', async (_how, query, message) => {
    const steps = await Steps.open(stack.plan, 'uns_claudejp', {
      checks: [{ name: 'of the test', sql: query, expect: { equals: -1 } }],
    });
    try {
      const { id } = await steps.takeBackup();
      await expect(steps.verify(await steps.restore(id), false)).rejects.toThrow(message);
    } finally {
      await steps.clear();
    }
  });
});
