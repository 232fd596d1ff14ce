// @ts-check
/** The images of the sample stack: the official ones where they can be pulled, else the same built from Debian packages. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptCommand, hasApt, installWithApt, isRoot } from './apt.mjs';
import { imageRecipesFolder, imagesEnvFile } from './paths.mjs';
import { SetUpProblem } from './problem.mjs';
import { run, works } from './run.mjs';

const base = 'kintsugi-local/debian:bookworm-slim';
const recipeLabel = 'kintsugi.recipe';

/** Built in this order; `official` is pulled where a registry can be reached. */
const images = [
  { name: 'postgres', official: 'postgres:15-bookworm', local: 'kintsugi-local/postgres:15-bookworm' },
  { name: 'redis', official: 'redis:7-bookworm', local: 'kintsugi-local/redis:7-bookworm' },
  { name: 'python', official: 'python:3.11-slim-bookworm', local: 'kintsugi-local/python:3.11-slim-bookworm' },
  { name: 'nginx', official: 'nginx:1.28-bookworm', local: 'kintsugi-local/nginx:1.22-bookworm' },
  { name: 'adminer', official: 'adminer:4', local: 'kintsugi-local/adminer:4' },
];

/** sha256 of a recipe's files: a rebuild happens exactly when they change. @param {string} name */
const recipeSum = (name) => {
  const folder = join(imageRecipesFolder, name);
  const sum = createHash('sha256');
  for (const file of readdirSync(folder).sort()) sum.update(`${file}\0`).update(readFileSync(join(folder, file)));
  return sum.digest('hex');
};

/** @param {string} tag */
const labelOf = async (tag) =>
  (
    await run('docker', ['image', 'inspect', '--format', `{{index .Config.Labels "${recipeLabel}"}}`, tag], {
      logged: false,
    }).catch(() => '')
  ).trim();

/** @param {{ name: string, official: string, local: string }} image @returns the tag that is there and up to date, if any */
const presentTag = async (image) => {
  if ((await labelOf(image.local)) === recipeSum(image.name)) return image.local;
  return (await works('docker', ['image', 'inspect', image.official])) ? image.official : undefined;
};

/** Whether every image is there. */
export const hasImages = async () => {
  const tags = await Promise.all(images.map(presentTag));
  return existsSync(imagesEnvFile) && tags.every((tag) => tag !== undefined);
};

/** @param {(text: string) => void} detail */
export const makeImages = async (detail) => {
  const registry = await registryAnswers();
  const lines = [];
  for (const image of images) {
    detail(image.name);
    const tag = (await presentTag(image)) ?? (registry ? await pull(image) : await build(image));
    lines.push(`KINTSUGI_IMAGE_${image.name.toUpperCase()}=${tag}`);
  }
  writeFileSync(imagesEnvFile, `${lines.join('\n')}\n`);
  detail(registry ? 'pulled' : 'built from Debian packages, cached for next time');
};

const registryAnswers = () =>
  fetch('https://registry-1.docker.io/v2/', { signal: AbortSignal.timeout(5000) }).then(
    (answer) => answer.status === 401 || answer.ok,
    () => false,
  );

/** @param {{ official: string }} image */
const pull = async (image) => {
  await run('docker', ['pull', '--quiet', image.official]);
  return image.official;
};

/** @param {{ name: string, local: string }} image */
const build = async (image) => {
  if (!(await works('docker', ['image', 'inspect', base]))) await makeBase();
  const folder = join(imageRecipesFolder, image.name);
  const label = `${recipeLabel}=${recipeSum(image.name)}`;
  // The host's network: inside a build the package registries are reached as the host reaches them.
  const options = ['--quiet', '--network', 'host', '--build-arg', `BASE=${base}`, '--label', label, '--tag', image.local];
  const env = { DOCKER_BUILDKIT: (await works('docker', ['buildx', 'version'])) ? '1' : '0' };
  await run('docker', ['build', ...options, folder], { env });
  return image.local;
};

const makeBase = async () => {
  if (!isRoot() || !hasApt()) {
    throw new SetUpProblem(
      'BASE_IMAGE',
      'no registry can be reached, and making a base image with debootstrap needs root on Debian.',
      {
        state: 'No image was made.',
        next: ['docker pull debian:bookworm-slim from a machine that can', aptCommand(['debootstrap'])],
      },
    );
  }
  if (!existsSync('/usr/sbin/debootstrap')) await installWithApt(['debootstrap', 'debian-archive-keyring']);
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-base-'));
  try {
    const make = join(imageRecipesFolder, 'debian', 'make-root.sh');
    await run('sh', [make, 'bookworm', 'http://deb.debian.org/debian', 'http://deb.debian.org/debian-security', folder]);
    await run('docker', ['import', join(folder, 'root.tar'), base]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
