import type { BackupFacts } from '../../catalog/facts.ts';
import type { DatabaseProperties } from '../../catalog/manifest.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { readProperties } from '../postgres/inventory.ts';
import { databaseNames } from '../postgres/marker.ts';
import { databaseScript } from '../postgres/plain-dump.ts';
import { dropDatabase } from '../postgres/scratch.ts';
import { identifier, serverAccess, withClient } from '../postgres/server.ts';
import { splitStatements } from '../postgres/sql-statements.ts';

/**
 * Reads what a backup that others made says of its database as a whole: owner, locale, settings, privileges, comment. The server
 * itself reads it, by making an empty database so, under the name of the copy, which is dropped again.
 *
 * @returns null for a dump that says nothing of it, as a plain one made without `--create`.
 * @throws KintsugiError RESTORE_FAILED where the server does not accept it.
 */
export async function declaredProperties(
  context: WorkerContext,
  input: StepInput & { facts: BackupFacts },
): Promise<DatabaseProperties | null> {
  const statements = splitStatements(await databaseText(context, input));
  const create = statements.map((statement) => creation.exec(statement)).find((match) => match !== null);
  if (create === undefined) return null;
  const [, name = '', clauses = ''] = create;
  const access = await serverAccess(context, input);
  const { scratch } = databaseNames(input.database, input.runId);
  return withClient(access, access.maintenance, async (client) => {
    await dropDatabase(client, scratch);
    try {
      await client.query(`CREATE DATABASE ${identifier(scratch)} ${clauses}`);
      for (const statement of statements) {
        const here = forCopy(statement, name, identifier(scratch));
        if (here !== null) await client.query(here);
      }
      return await readProperties(client, scratch);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === undefined || !/^(?:22|42|55|0L)/.test(code)) throw error;
      throw new KintsugiError(
        'RESTORE_FAILED',
        `The server does not accept what ${input.facts.id} says of its database: ${message}.`,
      );
    } finally {
      await client.query('RESET SESSION AUTHORIZATION');
      await dropDatabase(client, scratch);
    }
  });
}

const creation = /^CREATE DATABASE ("(?:[^"]|"")*"|[^\s;]+) (WITH .*);$/s;

// Whether sessions are let in is the recovery's own to say.
const leftOut = /^(CREATE|DROP) DATABASE | (ALLOW_CONNECTIONS|IS_TEMPLATE) /;

/** @returns the statement for the copy instead of the database `name`, or null for one that is about something else. */
function forCopy(statement: string, name: string, copy: string): string | null {
  if (/^(SET|RESET) SESSION AUTHORIZATION/.test(statement)) return statement;
  // The name stands right after the word; elsewhere it may be part of a value, of a role's name or of a comment.
  const words = `DATABASE ${name} `;
  if (leftOut.test(statement) || !statement.includes(words)) return null;
  return statement.replace(words, () => `DATABASE ${copy} `);
}

async function databaseText(context: WorkerContext, input: StepInput & { facts: BackupFacts }): Promise<string> {
  const server = await databaseContainer(context, input);
  const inside = '/kintsugi/archive';
  const lines: string[] = [];
  const spec = {
    name: jobName(input, 'database-entries'),
    image: server.image,
    network: 'none',
    command: databaseScript(input.facts.kind, inside),
    mounts: [{ source: input.facts.path, target: inside, readOnly: true }],
    labels: jobLabels(input, 'database-entries'),
  };
  const result = await runJob(context.docker, spec, { onLine: (line, stream) => stream === 'stdout' && lines.push(line) });
  if (result.exitCode !== 0)
    throw new KintsugiError('RESTORE_FAILED', `${input.facts.id} cannot be read: ${result.stderr.slice(-400)}`);
  return lines.join('\n');
}
