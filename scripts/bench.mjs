// @ts-check
/** `npm run bench -- restore`, `backup`, `repair` or `incidents`: sets up what is missing, builds, and hands over to `bench/`. */
import { spawnSync } from 'node:child_process';
import { setUp } from './setup/main.mjs';
import { repositoryRoot } from './setup/paths.mjs';
import { SetUpProblem } from './setup/problem.mjs';

try {
  await setUp();
} catch (error) {
  console.error(error instanceof SetUpProblem ? error.explain() : error);
  process.exit(1);
}
const { status } = spawnSync('node', ['scripts/build.mjs'], { cwd: repositoryRoot, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
// Only now: set-up may just have brought it.
const { register } = await import('tsx/esm/api');
register();
await import('../bench/main.ts');
