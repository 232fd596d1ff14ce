import type pg from 'pg';
import type { StepInput, WorkerContext } from '../context.ts';
import { serverAccess, withClient } from '../postgres/server.ts';

/** A session that another one waits for. */
export interface Blocker {
  readonly pid: number;
  /** Who it is, for a person: user, program, address. */
  readonly who: string;
  /** `idle in transaction for 312 s` */
  readonly state: string;
  /** What it ran last, its beginning. */
  readonly query: string;
}

/** A session that waits for a lock, and what holds it. */
export interface Waiting {
  readonly pid: number;
  readonly address: string | null;
  readonly query: string;
  readonly blockers: readonly Blocker[];
}

const waitingSql = `
  SELECT w.pid, host(w.client_addr) AS address, left(w.query, 200) AS query,
         json_agg(json_build_object(
           'pid', b.pid,
           'who', concat_ws(', ', b.usename, nullif(b.application_name, ''), host(b.client_addr)),
           'state', concat(b.state, coalesce(' for ' || round(extract(epoch FROM clock_timestamp() - b.state_change)) || ' s', '')),
           'query', left(regexp_replace(b.query, '\\s+', ' ', 'g'), 120)) ORDER BY b.pid) AS blockers
    FROM pg_stat_activity w
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(pg_blocking_pids(w.pid)) AS pid) blocking
    JOIN pg_stat_activity b ON b.pid = blocking.pid
   WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
   GROUP BY 1, 2, 3 ORDER BY 1`;

/** @returns the sessions of a database that wait for a lock, each with who holds it. */
export async function waitingSessions(client: pg.Client): Promise<Waiting[]> {
  return (await client.query<Waiting>(waitingSql)).rows;
}

/** The last that was seen of who held a migration up. It is asked anew at each look, since a session comes and goes. */
export class LockWatch {
  readonly #context: WorkerContext;
  readonly #input: StepInput;
  readonly #container: string;
  #blockers: readonly Blocker[] = [];

  /** @param container name of the job container that migrates. */
  constructor(context: WorkerContext, input: StepInput, container: string) {
    this.#context = context;
    this.#input = input;
    this.#container = container;
  }

  /** Looks once. @returns what to tell of it: whom the migration waits for; null when it waits for nobody. */
  async look(): Promise<string | null> {
    const job = await this.#context.docker.getContainer(this.#container).inspect();
    const addresses = Object.values(job.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    const access = await serverAccess(this.#context, this.#input);
    const waiting = await withClient(access, this.#input.database, waitingSessions);
    const mine = waiting.filter(({ address }) => address !== null && addresses.includes(address));
    if (mine.length === 0) return null;
    this.#blockers = mine.flatMap(({ blockers }) => blockers);
    return `waits for ${this.#blockers.map(describeBlocker).join('; ')}`;
  }

  /** Who held it up when it was last seen waiting. */
  get blockers(): readonly Blocker[] {
    return this.#blockers;
  }
}

/** @returns a session for people: who, since when it does what. */
export function describeBlocker({ pid, who, state, query }: Blocker): string {
  return `process ${pid} (${who}, ${state}${query === '' ? '' : `: ${query}`})`;
}
