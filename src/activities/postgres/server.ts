import pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { OnServer, WorkerContext } from '../context.ts';
import { type DatabaseContainer, databaseContainer } from '../docker/stack.ts';

/** How the worker reaches the server of a plan. Never put into a result: it holds the password. */
export interface ServerAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  /** A database that always exists. */
  readonly maintenance: string;
}

/**
 * @returns how to reach the plan's server, or the scratch server, at this moment: the container's address changes with every start.
 * @throws KintsugiError SCRATCH_SERVER (it does not run, and what was restored into it is lost), STACK_MISSING, DATABASE_SERVER_DOWN (its container does not run), CONNECTION_LOST (it restarts), SECRET_MISSING.
 */
export async function serverAccess(context: WorkerContext, where: OnServer): Promise<ServerAccess> {
  const { plan, target } = where;
  const { user, maintenance, connect } = plan.database;
  const password = plan.database.password === undefined ? undefined : await context.secret(plan.database.password);
  if (target === undefined && connect !== 'auto') return { ...connect, user, password, maintenance };
  const container = await databaseContainer(context, where);
  if (target !== undefined && !container.running) throw scratchServerDown(container);
  if (container.restarting) {
    throw new KintsugiError(
      'CONNECTION_LOST',
      `The container ${container.name} is restarting (exit ${container.exitCode}, ${container.restarts} restarts so far).`,
    );
  }
  if (!container.running) {
    throw new KintsugiError(
      'DATABASE_SERVER_DOWN',
      `The database server of ${plan.stack.project} is down: its container ${container.name} is not running (exit ${container.exitCode}).`,
      { hints: serverDownHints(plan) },
    );
  }
  const { host, port } = container.published ?? { host: container.address, port: 5432 };
  return { host, port, user, password, maintenance };
}

function scratchServerDown({ name, exitCode }: DatabaseContainer): KintsugiError {
  return new KintsugiError('SCRATCH_SERVER', `The scratch server ${name} does not run any more (exit ${exitCode}).`, {
    state: 'Production was not touched.',
    hints: ['was the Docker Engine restarted? It is made anew the next time'],
  });
}

/** @returns the next commands where the database server is down. */
export function serverDownHints(plan: Plan): string[] {
  const compose = `docker compose -p ${plan.stack.project}`;
  return [`${compose} logs --tail 50 ${plan.database.service}`, `${compose} up -d ${plan.database.service}`];
}

/**
 * Runs `work` with a connection and closes it, whatever happens.
 *
 * @throws KintsugiError DATABASE_AUTH (wrong user or password), NOT_FOUND (no maintenance database), CONNECTION_LOST (retryable:
 * refused, reset, full, starting up or shutting down); other errors of PostgreSQL as pg throws them (`code` is the SQLSTATE).
 */
export async function withClient<T>(access: ServerAccess, database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: access.host,
    port: access.port,
    user: access.user,
    password: access.password,
    database,
    application_name: 'kintsugi',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // Without a listener a broken idle connection would end the process; the query that runs into it gets the error anyway.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw asKnown(error, access, database);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const lostStates = new Set(['57P01', '57P02', '57P03', '53300', '08006', '08001', '08003', '08004']);
const lostErrors =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|terminated unexpectedly|timeout expired|not queryable|Connection terminated/;

function asKnown(error: unknown, access: ServerAccess, database: string): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code === '28P01' || code === '28000') {
    return new KintsugiError(
      'DATABASE_AUTH',
      `The server ${access.host}:${access.port} refuses the user ${access.user}: ${message}.`,
      {
        hints: ['check database.user and database.password of the plan: kintsugi plan check'],
        cause: error,
      },
    );
  }
  if (code === '3D000' && database === access.maintenance) {
    return new KintsugiError('NOT_FOUND', `The server ${access.host}:${access.port} has no database ${database}, to work from.`, {
      hints: ['set database.maintenance of the plan to a database that always exists: kintsugi plan check'],
      cause: error,
    });
  }
  if (
    (code !== undefined && (lostStates.has(code) || lostErrors.test(code))) ||
    (message !== undefined && lostErrors.test(message))
  ) {
    return new KintsugiError('CONNECTION_LOST', `The connection to ${access.host}:${access.port} broke: ${message || code}.`, {
      cause: error,
    });
  }
  return error;
}

/** @returns the name as a quoted SQL identifier. */
export function identifier(name: string): string {
  return pg.escapeIdentifier(name);
}

/** @returns the text as a quoted SQL literal, for statements that take no parameters (DDL). */
export function literal(text: string): string {
  return pg.escapeLiteral(text);
}
