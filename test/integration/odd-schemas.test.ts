import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oddSchema } from './harness/odd-schema.ts';
import { TestStack } from './harness/stack.ts';
import { Steps } from './harness/steps.ts';

const database = 'odd "Name" - 表';

const stack = new TestStack({ name: 'odd', rows: 10, temporalAddress: '127.0.0.1:1', databaseOnly: true });

beforeAll(() => stack.start());
afterAll(() => stack.remove());

/** Everything in a database as PostgreSQL's own tool writes it, whatever the order. */
async function dump(name: string): Promise<string[]> {
  const { stdout } = await execa('docker', ['exec', stack.database, 'pg_dump', '-U', 'uns_admin', '--inserts', name]);
  return stdout
    .split('\n')
    .filter((line) => !/^\\(un)?restrict /.test(line))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

test('a database of any names and values comes back the same', async () => {
  const property = fc.asyncProperty(oddSchema, async (statements) => {
    await stack.query('DROP DATABASE IF EXISTS "odd ""Name"" - 表"');
    await stack.query('CREATE DATABASE "odd ""Name"" - 表"');
    await execa('docker', ['exec', '-i', stack.database, 'psql', '-q', '-v', 'ON_ERROR_STOP=1', '-U', 'uns_admin', database], {
      input: statements,
    });
    const steps = await Steps.open(stack.plan, database);
    try {
      const { id } = await steps.takeBackup();
      await steps.verify(await steps.restore(id));
      expect(await dump(steps.scratch)).toEqual(await dump(database));
    } finally {
      await steps.clear();
    }
  });
  // A case takes many seconds: to make a failing one smaller would take an hour. Its seed is printed.
  await fc.assert(property, { numRuns: 3, endOnFailure: true });
});
