import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { type StandIn, standInFile } from '../plan/stand-in.ts';
import { stopInBackground } from '../worker/background.ts';
import { findEmbeddedTemporal } from '../worker/embedded-temporal.ts';
import { readRunning } from '../worker/process-file.ts';
import { stateFiles } from '../worker/state-files.ts';
import { withUpLock } from '../worker/up-lock.ts';
import type { CliContext } from './context.ts';
import { answers } from './temporal.ts';

/**
 * Lets a Temporal of this machine stand in for the plan's, which is gone: its address is written into the state folder, and the worker,
 * which waits for the other one, ends. `kintsugi up` then starts both anew. There is one worker for a state folder, so the two Temporals
 * never have a worker at the same time; and a recovery that the other one had begun refuses to swap when this one did it meanwhile.
 *
 * @throws KintsugiError ALREADY_RUNNING when the plan's Temporal answers, or is one that `kintsugi up` started here.
 */
export async function standInForTemporal(context: CliContext): Promise<void> {
  const { plan, stateFolder, standIn } = await context.loadPlan();
  if (standIn !== null) return;
  const { address } = plan.temporal;
  if (findEmbeddedTemporal(stateFolder) !== null || (await answers(plan))) {
    throw new KintsugiError('ALREADY_RUNNING', `The Temporal at ${address} answers: nothing has to stand in for it.`, {
      state: 'Nothing was started.',
      hints: ['kintsugi up', 'kintsugi recover restore'],
    });
  }
  await withUpLock(stateFolder, async () => {
    const worker = readRunning(stateFiles(stateFolder).worker);
    if (worker !== null) {
      context.note(`The worker (process ${worker.pid}) waits for ${address}; it makes way.`);
      await stopInBackground(worker, 45_000);
    }
    const [port, uiPort] = [await freePort(), await freePort()];
    const record: StandIn = {
      address: `127.0.0.1:${port}`,
      ui: `http://127.0.0.1:${uiPort}`,
      insteadOf: address,
      since: new Date().toISOString(),
    };
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(standInFile(stateFolder), `${JSON.stringify(record, null, 2)}\n`);
  });
  context.forgetPlan();
}

/** The plan's own Temporal counts again from now on. */
export function endStandIn(stateFolder: string): void {
  rmSync(standInFile(stateFolder), { force: true });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new KintsugiError('IO', 'There is no free port on this machine.');
  return address.port;
}
