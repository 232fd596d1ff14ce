// @ts-check
/** Installing Debian packages, where that is possible: as root on Debian, Ubuntu and what descends from them. */
import { existsSync, readFileSync } from 'node:fs';
import { run } from './run.mjs';

export const isRoot = () => process.getuid?.() === 0;

/** Whether packages come with apt here. */
export const hasApt = () => existsSync('/usr/bin/apt-get') && /\b(debian|ubuntu)\b/.test(readFileSync('/etc/os-release', 'utf8'));

/** @param {string[]} packages The command that a person would type. */
export const aptCommand = (packages) =>
  `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;

/** @param {string[]} packages */
export const installWithApt = async (packages) => {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Whoever stopped an earlier installation halfway left packages that are unpacked and not configured.
  await run('dpkg', ['--configure', '-a'], { env });
  await run('apt-get', ['update', '-q'], { env });
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', ['install', ...options, ...packages], { env });
};
