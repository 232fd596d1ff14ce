/** Plain `pg_restore -j` into a fresh database, then the services: the least that any recovery from the dump takes. */
import path from 'node:path';
import { runTool } from '../plain-tool.ts';
import { answers, type Bench, secondsSince } from './bench.ts';
import type { Measurement } from './measurement.ts';

const fresh = 'bench_plain';
/** What a recovery stops and starts; a running service would take the processor from pg_restore. */
const services = ['backend', 'frontend', 'nginx'];

/** @throws an Error when the restored rows differ. */
export async function byPlainRestore(bench: Bench, round: number): Promise<Measurement> {
  const { stack } = bench;
  await stack.compose('stop', ...services);
  await stack.query(`CREATE DATABASE ${fresh} TEMPLATE template0`);
  await stack.query('CHECKPOINT');
  const restored = performance.now();
  await pgRestore(bench);
  const restoring = secondsSince(restored);
  const content = await stack.psql(fresh, '--file', '/generate/fingerprint.sql');
  if (content !== bench.content) throw new Error(`pg_restore brought other rows: ${content}`);
  await stack.query(`DROP DATABASE ${fresh}`);
  const started = performance.now();
  // Without its dependencies: the one-shot importer has nothing to do here.
  await stack.compose('up', '--detach', '--wait', '--no-deps', '--no-recreate', ...services);
  await answers(stack.health);
  const healthy = secondsSince(started);
  return {
    ...{ way: 'pg_restore', round, seconds: restoring + healthy, workerBytes: null, killedAfter: null },
    phases: { [`pg_restore -j ${bench.jobs}`]: restoring, 'services healthy': healthy },
  };
}

/** The archive is the same. */
function pgRestore({ stack, backup, jobs }: Bench): Promise<void> {
  const command = ['pg_restore', `--jobs=${jobs}`, '--exit-on-error', `--dbname=${fresh}`, '/dump'];
  return runTool(stack, command, `${path.join(backup.path, 'data')}:/dump:ro`);
}
