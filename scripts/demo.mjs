// @ts-check
/**
 * `npm run demo`: a database is destroyed and comes back, with a worker killed in the middle. `npm run demo -- --down` cleans up.
 * Everything that it prints was measured in that run.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { prepareStack } from '../examples/uns-claudejp/prepare.mjs';
import { setUp } from './setup/main.mjs';
import { imagesEnvFile, repositoryRoot, toolPath } from './setup/paths.mjs';
import { SetUpProblem } from './setup/problem.mjs';
import { createSteps } from './setup/steps.mjs';

const { values: options } = parseArgs({
  options: {
    down: { type: 'boolean', default: false },
    rows: { type: 'string', default: '200000' },
    'no-kill': { type: 'boolean', default: false },
  },
});
const folder = join(repositoryRoot, 'examples', 'uns-claudejp');
const project = 'uns-claudejp';
const container = `${project}-db`;
const { step, say } = createSteps();

/** @param {string} command @param {string[]} args @param {{ quiet?: boolean }} [how] @returns {string} */
const run = (command, args, { quiet = true } = {}) => {
  const ended = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: quiet ? 'pipe' : ['inherit', 'inherit', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (ended.status !== 0)
    throw new Error(
      `${command} ${args.slice(0, 3).join(' ')} ended with ${ended.status}:\n${ended.stderr ?? ''}${ended.stdout ?? ''}`,
    );
  return ended.stdout ?? '';
};
/** @param {string[]} args */
const compose = (...args) => run(toolPath('docker-compose'), args);
const program = join(repositoryRoot, 'bin', 'kintsugi.js');
/** @param {string[]} args */
const kintsugi = (...args) => run('node', [program, ...args]);
/** Runs a command of ours on this terminal. @param {string[]} args */
const show = async (...args) => {
  const [status] = await once(spawn('node', [program, ...args], { cwd: folder, stdio: 'inherit' }), 'exit');
  if (status !== 0) throw new Error(`kintsugi ${args.join(' ')} ended with ${status}`);
};
/** @param {string} command @param {string[]} args @returns {Promise<string>} */
const output = async (command, args) => (await promisify(execFile)(command, args, { cwd: folder })).stdout.trim();
/** @param {string} sql @param {string} [database] */
const query = (sql, database = 'uns_claudejp') =>
  run('docker', ['exec', container, 'psql', '-U', 'uns_admin', '-d', database, '-Atc', sql]).trim();
const contentOf = () =>
  run('docker', [
    'exec',
    container,
    'psql',
    '-U',
    'uns_admin',
    '-d',
    'uns_claudejp',
    '-At',
    '-f',
    '/generate/fingerprint.sql',
  ]).trim();

const down = () => {
  if (existsSync(join(repositoryRoot, 'dist'))) kintsugi('down');
  if (existsSync(join(folder, '.env'))) compose('--profile', '*', 'down', '--volumes', '--remove-orphans');
  say('The sample stack with its volumes, the worker and Temporal are gone. Backups, evidence and images were kept:');
  say('  examples/uns-claudejp/backups  examples/uns-claudejp/.kintsugi');
};

const demo = async () => {
  say('Kintsugi demo: a database is destroyed and comes back.\n');
  await setUp();
  run('node', [join(repositoryRoot, 'scripts', 'build.mjs')]);
  prepareStack({ folder, project, imagesEnv: imagesEnvFile });
  await step(`stack ${project}`, async (detail) => {
    compose('build', '--quiet');
    compose('up', '--detach', '--wait');
    detail(compose('ps', '--services').trim().split('\n').join(' '));
  });
  await step(`${Number(options.rows).toLocaleString('en')} timer cards`, async () => {
    run('docker', [
      'exec',
      container,
      'psql',
      '-q',
      '-U',
      'uns_admin',
      '-d',
      'uns_claudejp',
      '-v',
      `rows=${options.rows}`,
      '-v',
      'seed=42',
      '-f',
      '/generate/timer-cards.sql',
    ]);
  });
  await step('Temporal and the Kintsugi worker', async (detail) => {
    kintsugi('up', '--no-schedules');
    detail('UI http://127.0.0.1:8233');
  });
  await step('backup', async (detail) => {
    const taken = JSON.parse(kintsugi('--json', 'backup', 'take'));
    detail(
      `${taken.id}  ${(taken.bytes / 2 ** 20).toFixed(1)} MB  ${taken.tables} tables  ${taken.rows.toLocaleString('en')} rows`,
    );
  });
  const before = contentOf();
  await step('disaster: DROP DATABASE uns_claudejp (really)', async (detail) => {
    query('ALTER DATABASE uns_claudejp ALLOW_CONNECTIONS false', 'postgres');
    query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'uns_claudejp'", 'postgres');
    query('DROP DATABASE uns_claudejp', 'postgres');
    const answer = await fetch(healthAddress()).catch(() => undefined);
    detail(`the application answers ${answer?.status ?? 'nothing'}`);
  });
  const began = Date.now();
  say('\nThe recovery, as a person on call types it:');
  say('  $ kintsugi recover restore --yes --by demo --reason "npm run demo"\n');
  const [, killed] = await Promise.all([
    show('recover', 'restore', '--yes', '--by', 'demo', '--reason', 'npm run demo'),
    options['no-kill'] ? null : killWorker(),
  ]);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  if (killed !== null)
    say(`\n⚡ In the middle of the restore the worker was killed: SIGKILL to process ${killed}, a new one 3 s later.`);
  const after = contentOf();
  if (after !== before) throw new Error(`the content differs: ${before} before, ${after} after`);
  const answer = await fetch(healthAddress());
  say(
    `✔ All is back after ${seconds} s: every row of every table is as before the disaster, the application answers ${answer.status}.`,
  );
  say(`  rows, fingerprint  ${after.split('\n').join('  ')}`);
  say('  Temporal UI        http://127.0.0.1:8233');
  say('  clean up           npm run demo -- --down');
};

const healthAddress = () => {
  const port = /^HTTP_PORT=(\d+)/m.exec(readFileSync(join(folder, '.env'), 'utf8'))?.[1] ?? '8000';
  return `http://127.0.0.1:${port}/api/health`;
};

/** Kills the worker with SIGKILL once the restore's job runs, and starts another three seconds later. @returns its process id. */
const killWorker = async () => {
  const jobs = [
    'ps',
    '--all',
    '--quiet',
    '--filter',
    'label=kintsugi.step=restore-1',
    '--filter',
    `label=kintsugi.stack=${project}`,
  ];
  for (let waited = 0; (await output('docker', jobs)) === ''; waited += 50) {
    if (waited > 120_000) throw new Error('the restore did not begin within two minutes');
    await sleep(50);
  }
  const { pid } = JSON.parse(readFileSync(join(folder, '.kintsugi', 'worker.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await sleep(3000);
  await output('node', [program, 'up', '--no-schedules']);
  return pid;
};

try {
  await (options.down ? down() : demo());
} catch (error) {
  console.error(
    error instanceof SetUpProblem ? error.explain() : `\nThe demo failed: ${error instanceof Error ? error.message : error}`,
  );
  console.error('HINT: clean up with npm run demo -- --down, then try again');
  process.exit(1);
}
