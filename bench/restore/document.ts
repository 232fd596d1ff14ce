/** The document's own script. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Bench, secondsSince } from './bench.ts';
import type { Measurement } from './measurement.ts';

const script = fileURLToPath(new URL('./restore_database.sh', import.meta.url));
const compose = fileURLToPath(new URL('../../.kintsugi/tools/bin/docker-compose', import.meta.url));
/** `sleep 5` before it drops, `sleep 20` before it asks for health. */
const asleep = 25;

/**
 * Runs the script as it stands, with its 25 seconds of sleep; it counts until the script has seen the application healthy, as
 * it does for the other ways.
 *
 * @throws an error of execa when the script fails.
 */
export async function byDocument(bench: Bench, round: number): Promise<Measurement> {
  const { stack } = bench;
  await stack.dropDatabase();
  const began = performance.now();
  const phases: Record<string, number> = {};
  let phase = { title: 'starting bash', began };
  const run = execa('bash', [script, bench.plainDump], {
    cwd: stack.folder,
    env: { COMPOSE: compose, DATABASE: stack.database, HEALTH: stack.health, SLEEP: 'sleep' },
    // psql says each statement, which is of no use here.
    buffer: false,
  });
  for await (const line of run) {
    const title = /^\[\*\] (.*?)(?: \(.*\))?\.\.\.$/.exec(line)?.[1];
    if (title === undefined) continue;
    phases[phase.title] = secondsSince(phase.began);
    phase = { title, began: performance.now() };
  }
  await run;
  const ended = performance.now();
  phases[phase.title] = secondsSince(phase.began);
  // The script starts the backends and the frontend; the rest of the round needs all of them healthy.
  await stack.compose('up', '--detach', '--wait');
  return { way: 'document', round, seconds: (ended - began) / 1000, phases, workerBytes: null, killedAfter: null, asleep };
}
