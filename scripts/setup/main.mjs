// @ts-check
/** Sets up what the project needs and nothing else. `node scripts/setup/main.mjs [--only packages,tools,server,browser,docker,images] [--quiet]` */
import { fileURLToPath } from 'node:url';
import { hasBrowser, installBrowser } from './browser.mjs';
import { hasEngine, installEngine } from './engine.mjs';
import { hasImages, makeImages } from './images.mjs';
import { withLock } from './lock.mjs';
import { hasPackages, installPackages } from './packages.mjs';
import { reasonOf, SetUpProblem } from './problem.mjs';
import { beginLog } from './run.mjs';
import { hasServer, installServer } from './server.mjs';
import { createSteps } from './steps.mjs';
import { hasTools, installTools } from './tools.mjs';

/** In this order: images need an engine, the server needs the tools. */
const parts = [
  { name: 'packages', what: 'npm packages of the lock file into node_modules', has: hasPackages, install: installPackages },
  { name: 'tools', what: 'Temporal 1.9.1 and Compose 5.6.1 into .kintsugi/tools', has: hasTools, install: installTools },
  {
    name: 'server',
    what: 'Temporal’s production server 1.32.2, built from its Go module into ~/.cache/kintsugi (only for the tests)',
    has: hasServer,
    install: installServer,
  },
  {
    name: 'browser',
    what: 'Chromium with apt (only for the tests)',
    has: hasBrowser,
    install: installBrowser,
  },
  {
    name: 'docker',
    what: 'a Docker Engine (docker.io with apt, where none is installed) and start it',
    has: hasEngine,
    install: installEngine,
  },
  {
    name: 'images',
    what: 'images of the sample stack, pulled or built from Debian packages',
    has: hasImages,
    install: makeImages,
  },
];

/** What the product, its demo and its benchmarks need. */
const usual = ['packages', 'tools', 'docker', 'images'];

/**
 * Installs what is missing; does nothing, quickly, when all is there. Safe to run twice, and at the same time.
 * @param {object} [options]
 * @param {string[]} [options.only] Names of parts; what the product needs if missing.
 * @param {boolean} [options.quiet]
 * @throws {SetUpProblem}
 */
export const setUp = async ({ only, quiet = false } = {}) => {
  const wanted = parts.filter((part) => (only ?? usual).includes(part.name));
  if ((await missing(wanted)).length === 0) return;
  beginLog();
  const steps = createSteps({ quiet });
  await withLock(steps.say, async () => {
    const absent = await missing(wanted);
    if (absent.length === 0) return;
    steps.say('Will install what is missing here. Nothing else on this machine is changed.');
    for (const part of absent) steps.say(`  ${part.what}`);
    for (const part of absent) await steps.step(part.name, (detail) => part.install(detail).catch(explain(part.name)));
  });
};

/** @param {typeof parts} wanted */
const missing = async (wanted) => {
  const absent = [];
  // One after the other: where no engine answers, the images can't be there either.
  for (const part of wanted) if (!(await part.has())) absent.push(part);
  return absent;
};

/** @param {string} part @returns {(error: unknown) => never} */
const explain = (part) => (error) => {
  if (error instanceof SetUpProblem) throw error;
  throw new SetUpProblem('SETUP_FAILED', `setting up “${part}” failed: ${reasonOf(error)}`, {
    state: 'What was set up before stays and is used by the next run.',
    next: ['look at the log, mend the cause, and run the same command again'],
    cause: error,
  });
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--only');
  const only = at > 0 ? process.argv[at + 1]?.split(',') : undefined;
  try {
    await setUp({ ...(only ? { only } : {}), quiet: process.argv.includes('--quiet') });
  } catch (error) {
    console.error(error instanceof SetUpProblem ? error.explain() : error);
    process.exit(1);
  }
}
