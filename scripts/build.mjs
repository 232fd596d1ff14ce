// @ts-check
/**
 * Builds `dist/`: the worker (compiled), the workflow bundle, and the command line (bundled, so that it starts quickly).
 * Does nothing when nothing changed: `dist/.built-from` is the hash of everything that goes in.
 *
 *   node scripts/build.mjs            build if something changed
 *   node scripts/build.mjs --force    build
 *   node scripts/build.mjs --no-check build without checking types (`npm run types` does)
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const fresh = join(root, '.kintsugi', `build-${process.pid}`);
const inputs = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'];

/** Loaded when needed only: each of them costs hundreds of milliseconds, or is native code. */
const notBundled = [/^@temporalio\/(worker|core-bridge|activity|workflow|testing)/, /^dockerode/, /^pg$/];

const hash = hashInputs();
const builtFrom = join(dist, '.built-from');
const isCurrent = existsSync(builtFrom) && readFileSync(builtFrom, 'utf8') === hash;

if (!isCurrent || process.argv.includes('--force')) {
  const began = Date.now();
  try {
    await compile();
    await Promise.all([bundleWorkflows(), bundleCommandLine()]);
    writeFileSync(join(fresh, '.built-from'), hash);
    putInPlace();
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  process.stdout.write(`built ${hash.slice(0, 12)} in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

function hashInputs() {
  const all = createHash('sha256').update(process.version);
  for (const file of inputs.flatMap((input) => filesOf(join(root, input)))) {
    all.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return all.digest('hex');
}

/** @param {string} path @returns {string[]} the files in a folder, in a fixed order; a file itself. */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.path, entry.name)).sort();
}

async function compile() {
  const check = process.argv.includes('--no-check') ? ['--noCheck'] : [];
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run([tsc, '-p', 'tsconfig.build.json', '--outDir', fresh, ...check]);
  // The command line runs from its bundle alone.
  rmSync(join(fresh, 'cli'), { recursive: true, force: true });
}

/**
 * Every run of a workflow evaluates its modules anew. So each loads its own procedure only, when its type is asked for: with the exports of
 * `workflows/index.js` an incident would load all of them (3 MB and 100 ms, for each message and timer of one that is not cached).
 *
 * @returns the entry of the bundle.
 */
function writeEntry() {
  const folder = join(fresh, 'workflows');
  const exported = readFileSync(join(folder, 'index.js'), 'utf8').matchAll(/^export \{ (\w+) \} from '(.+)';$/gm);
  const getters = [...exported].map(
    ([, name, file]) => `  ${name}: { enumerable: true, get: () => require('${file}').${name} },`,
  );
  const entry = join(folder, 'entry.cjs');
  writeFileSync(entry, `Object.defineProperties(exports, {\n${getters.join('\n')}\n});\n`);
  return entry;
}

async function bundleWorkflows() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  /** @param {string} _message */
  const silent = (_message) => {};
  const { code } = await bundleWorkflowCode({
    workflowsPath: writeEntry(),
    workflowInterceptorModules: ['incident-mark.js', 'interceptors.js'].map((file) => join(fresh, 'workflows', file)),
    logger: {
      log: silent,
      trace: silent,
      debug: silent,
      info: silent,
      warn: silent,
      error: (message) => process.stderr.write(`${message}\n`),
    },
  });
  writeFileSync(join(fresh, 'workflow-bundle.js'), code);
}

async function bundleCommandLine() {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    cwd: root,
    input: { main: 'src/cli/main.ts' },
    tsconfig: 'tsconfig.json',
    platform: 'node',
    external: notBundled,
    onLog: (level, log) => {
      // Protobuf's and gRPC's own code uses eval and optional modules; only ours is our business.
      if (level === 'warn' && (log.id ?? '').startsWith(join(root, 'src'))) process.stderr.write(`${log.message}\n`);
    },
  });
  await bundle.write({
    dir: join(fresh, 'cli'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await bundle.close();
}

/** The old build is replaced in one move, so that nothing ever runs half of one. */
function putInPlace() {
  const old = `${fresh}.old`;
  try {
    renameSync(dist, old);
  } catch {
    // The first build, or another one is just being put in place.
  }
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

/** @param {string[]} args @returns {Promise<void>} */
function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      process.stderr.write('ERROR: the sources do not compile; the build that was there stays.\n');
      process.exitCode = 1;
      rmSync(fresh, { recursive: true, force: true });
      reject(new Error(`tsc ended with ${code}`));
    });
  });
}
