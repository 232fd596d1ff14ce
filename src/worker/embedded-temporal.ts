import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { searchAttributeNames } from '../workflows/contract.ts';
import { lastLines, type Stopped, startInBackground, stopInBackground } from './background.ts';
import { splitAddress } from './connection-options.ts';
import { type ProcessFile, readRunning, removeProcessFile, writeProcessFile } from './process-file.ts';
import { isRunning } from './process-identity.ts';
import { stateFiles } from './state-files.ts';
import { findTemporalProgram } from './temporal-program.ts';

/** How long a start may take: a first one creates the schema, one after a SIGKILL reads its whole file back. */
const startWithin = 60_000;

export type EmbeddedTemporal =
  | { readonly whose: 'ours'; readonly record: ProcessFile; readonly startedNow: boolean }
  /** It answered already and was not started by us: used as it is, and never stopped. */
  | { readonly whose: 'not ours' };

/** @returns the record of the server that we started for this state folder, if it runs. */
export function findEmbeddedTemporal(stateFolder: string): ProcessFile | null {
  return readRunning(stateFiles(stateFolder).temporal);
}

/**
 * Sees to it that the plan's Temporal answers; starts one on this machine, with its state in `<state>/temporal.db`, if none
 * does. Starting it again after whatever ended it brings everything back from that file.
 *
 * @param answers asks the plan's address over gRPC.
 * @throws KintsugiError TOOL_MISSING, or TEMPORAL_UNREACHABLE with the end of its log.
 */
export async function startEmbeddedTemporal(loaded: LoadedPlan, answers: () => Promise<boolean>): Promise<EmbeddedTemporal> {
  const ours = findEmbeddedTemporal(loaded.stateFolder);
  if (ours !== null) {
    await untilAnswering(ours, loaded, answers);
    return { whose: 'ours', record: ours, startedNow: false };
  }
  if (await answers()) return { whose: 'not ours' };
  const { address } = loaded.plan.temporal;
  const { host, port } = splitAddress(address);
  if (!isThisMachine(host)) {
    throw new KintsugiError(
      'TEMPORAL_UNREACHABLE',
      `The Temporal server at ${address} does not answer, and it is not on this machine.`,
      {
        state: 'Nothing was started.',
        hints: [
          `start it there, or see why ${address} can't be reached`,
          'set temporal.address in the plan to 127.0.0.1:7233 to let kintsugi up start one here',
        ],
      },
    );
  }
  if (await isTaken(host, port)) {
    throw new KintsugiError('TEMPORAL_UNREACHABLE', `Something that is no Temporal server listens on ${address}.`, {
      state: 'Nothing was started.',
      hints: [`ss -ltnp 'sport = :${port}'    (who it is)`, 'set another temporal.address in the plan'],
    });
  }
  const record = await start(loaded, port);
  await untilAnswering(record, loaded, answers);
  return { whose: 'ours', record, startedNow: true };
}

/** Stops the server that we started for this state folder; its state stays in its file. */
export async function stopEmbeddedTemporal(stateFolder: string): Promise<Stopped> {
  const record = findEmbeddedTemporal(stateFolder);
  if (record === null) return 'was not running';
  const how = await stopInBackground(record, 15_000);
  removeProcessFile(stateFiles(stateFolder).temporal, record.pid);
  return how;
}

/**
 * How the embedded server writes its file: a log that is appended to, synced at each commit. As safe as the journal that SQLite has by
 * default, which costs several syncs and a new file each time: docs/decisions/0021-incidents-bench.md.
 */
export const sqliteSettings: readonly string[] = ['journal_mode=WAL', 'synchronous=FULL'].flatMap((pragma) => [
  '--sqlite-pragma',
  pragma,
]);

async function start(loaded: LoadedPlan, port: number): Promise<ProcessFile> {
  const files = stateFiles(loaded.stateFolder);
  const { namespace, ui } = loaded.plan.temporal;
  // What a stand-in knows must not be mixed with what the plan's own server on this machine knows.
  const database = loaded.standIn === null ? files.temporalDatabase : files.standInDatabase;
  const uiPort = new URL(ui).port;
  const process_ = await startInBackground({
    command: findTemporalProgram(),
    arguments: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', uiPort || String(port + 1000)],
      ...['--db-filename', database, ...sqliteSettings, '--namespace', namespace, '--ui-disable-news-fetch'],
      ...searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    log: files.temporalLog,
  });
  const record: ProcessFile = { ...process_, startedAt: new Date().toISOString(), log: files.temporalLog, build: null };
  writeProcessFile(files.temporal, record);
  return record;
}

async function untilAnswering(record: ProcessFile, loaded: LoadedPlan, answers: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + startWithin; Date.now() < until; await sleep(100)) {
    if (await answers()) return;
    if (!isRunning(record)) break;
  }
  const how = isRunning(record) ? `does not answer at ${loaded.plan.temporal.address} within a minute` : 'ended at once';
  throw new KintsugiError(
    'TEMPORAL_UNREACHABLE',
    `The embedded Temporal server ${how}. Its log ends:\n${await lastLines(record.log)}`,
    {
      state: 'Its state is in its file, untouched.',
      hints: [`less ${record.log}`, 'kintsugi up'],
    },
  );
}

/** @returns whether a host name or address means the machine that this runs on. */
function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

async function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const done = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}
