// @ts-check
/**
 * `npm test`: sets up what is missing, then lint, types, unit tests, replay tests, tests of waiting and integration tests. `npm test -- --depth quick` leaves out what
 * needs Docker and takes seconds; `--depth long` adds every kill and every kind of damage of the procedures, and takes an hour.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { setUp } from './setup/main.mjs';
import { repositoryRoot } from './setup/paths.mjs';
import { SetUpProblem } from './setup/problem.mjs';

const { values } = parseArgs({ options: { depth: { type: 'string', default: 'full' } } });
if (!['quick', 'full', 'long'].includes(values.depth)) {
  console.error(`--depth is quick, full or long, not ${values.depth}.`);
  process.exit(2);
}
const quick = values.depth === 'quick';

/** Runs a part and ends the whole run when it fails. @param {string} title @param {string} command @param {string[]} args */
const part = (title, command, args) => {
  console.log(`\n▸ ${title}`);
  const { status } = spawnSync(command, args, { cwd: repositoryRoot, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

try {
  await setUp({ only: quick ? ['packages'] : ['packages', 'tools', 'server', 'browser', 'docker', 'images'] });
} catch (error) {
  console.error(error instanceof SetUpProblem ? error.explain() : error);
  process.exit(1);
}
part('build', 'node', ['scripts/build.mjs']);
part('lint', 'npm', ['run', '--silent', 'lint']);
part('types', 'npm', ['run', '--silent', 'types']);
part('unit tests', 'npx', ['vitest', 'run', '--project', 'unit']);
part('replay tests', 'npx', ['vitest', 'run', '--project', 'replay']);
if (!quick) part('tests of waiting', 'npx', ['vitest', 'run', '--project', 'time']);
if (!quick) part('integration tests', 'npx', ['vitest', 'run', '--project', 'integration']);
if (values.depth === 'long') part('long tests', 'npx', ['vitest', 'run', '--project', 'long']);
console.log('\nAll passed.');
