import type { StackFacts, SymptomSeen } from '../../diagnosis/facts.ts';
import { type Symptom, symptoms } from '../../diagnosis/symptoms.ts';
import type { Plan } from '../../plan/schema.ts';
import { readContainerLog } from '../docker/container-log.ts';
import { shown } from './containers.ts';
import type { DiskPlaces } from './disks.ts';
import { isSettled, lastRecovered, type Recovered } from './recovered.ts';
import type { Looking } from './stack.ts';

type Tally = { -readonly [K in keyof SymptomSeen]: SymptomSeen[K] };

/** Counts the symptoms in lines of logs. */
export class SymptomCount {
  readonly #tallies = new Map<string, Tally>();
  readonly #rows: readonly Symptom[];

  readonly #database: string;
  readonly #recovered: Recovered;

  /** @param database name of the plan's database. @param recovered what recoveries settled does not count. */
  constructor(database: string, rows: readonly Symptom[] = symptoms, recovered: Recovered = {}) {
    this.#database = database;
    this.#rows = rows;
    this.#recovered = recovered;
  }

  /** @param at ISO 8601. @param isDatabase whether it is the database server's log. */
  take(service: string, isDatabase: boolean, at: string, line: string): void {
    for (const { name, pattern, of, namesDatabase, remedy } of this.#rows) {
      if ((of === 'database' && !isDatabase) || !pattern.test(line)) continue;
      if (isSettled(this.#recovered, remedy, at)) continue;
      if (namesDatabase === true && !line.includes(this.#database)) continue;
      const key = `${service} ${name}`;
      const seen = this.#tallies.get(key);
      if (seen === undefined)
        this.#tallies.set(key, { symptom: name, service, count: 1, firstAt: at, lastAt: at, line: heart(line, pattern) });
      else {
        seen.count += 1;
        if (at > seen.lastAt) seen.lastAt = at;
        if (at < seen.firstAt) seen.firstAt = at;
      }
    }
  }

  get seen(): SymptomSeen[] {
    return [...this.#tallies.values()];
  }
}

const around = 60;

/** @returns the part of a line that matched, with a little around it: an application's log lines can be very long. */
function heart(line: string, pattern: RegExp): string {
  const found = pattern.exec(line);
  if (found === null) return shown(line);
  // From the severity on, where the line has one: what stands before is a time and a process.
  const from = Math.max(
    0,
    line.lastIndexOf('ERROR:', found.index),
    line.lastIndexOf('FATAL:', found.index),
    line.lastIndexOf('PANIC:', found.index),
  );
  const start = from > 0 ? from : Math.max(0, found.index - around);
  return shown(line.slice(start, found.index + found[0].length + around).trim());
}

/** What is older says how it was. */
const windowMs = 15 * 60_000;
/** So far back it is looked for when a database went. */
const longWindowMs = 24 * 60 * 60_000;

/** @returns the symptoms in the logs of the stack's containers in the last quarter of an hour. */
export async function lookAtLogs(
  { docker, stateFolder }: Looking & Pick<DiskPlaces, 'stateFolder'>,
  facts: StackFacts,
  plan: Plan,
): Promise<SymptomSeen[]> {
  const count = new SymptomCount(plan.database.name, symptoms, await lastRecovered(stateFolder, plan.stack.project));
  const since = new Date(Date.parse(facts.at) - windowMs);
  await Promise.all(
    facts.containers.map(({ id, service }) =>
      readContainerLog(docker, id, since, (at, line) => count.take(service, service === plan.database.service, at, line)),
    ),
  );
  return count.seen;
}

/** A line of log_statement or log_min_duration_statement that tells of a change. */
const change = /LOG:\s+(?:duration: [\d.]+ ms\s+)?(?:statement|execute [^:]*):\s*(?:COMMIT|INSERT|UPDATE|DELETE|MERGE|COPY)\b/i;

/** @returns since when a database is missed and when something was last changed, as far as the server's log of a day tells. */
export async function whenItWent(
  { docker }: Looking,
  facts: StackFacts,
  { database }: Plan,
): Promise<{ seen: SymptomSeen[]; lastCommitAt: string | null }> {
  const server = facts.containers.find(({ service }) => service === database.service);
  if (server === undefined) return { seen: [], lastCommitAt: null };
  const count = new SymptomCount(
    database.name,
    symptoms.filter(({ namesDatabase }) => namesDatabase === true),
  );
  let lastCommitAt: string | null = null;
  await readContainerLog(docker, server.id, new Date(Date.parse(facts.at) - longWindowMs), (at, line) => {
    count.take(database.service, true, at, line);
    if (change.test(line)) lastCommitAt = at;
  });
  return { seen: count.seen, lastCommitAt };
}
