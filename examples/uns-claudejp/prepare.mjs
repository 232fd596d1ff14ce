// Writes the .env that docker compose reads, from .env.example and the images that this machine has.
//
//   node prepare.mjs [--folder DIR] [--project NAME] [--db-port N] [--http-port N] [--images-env FILE]
//
// A second run keeps the password and whatever else was changed in .env; only what is given is set anew.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));

/** Where `npm run setup` notes the images it built; absent where images can be pulled. */
export const defaultImagesEnv = join(here, '..', '..', '.kintsugi', 'images.env');

/**
 * @typedef {object} PrepareOptions
 * @property {string} [folder] the stack's folder, with .env.example; default: this one
 * @property {string} [project] COMPOSE_PROJECT_NAME; default: what .env says
 * @property {number} [dbPort] published on 127.0.0.1; default: what .env says
 * @property {number} [httpPort] published on 127.0.0.1; default: what .env says
 * @property {string} [imagesEnv] file of KINTSUGI_IMAGE_... lines; it may be missing
 * @property {string} [password] default: the one in .env, else a random one
 * @property {Record<string, string>} [variables] any other variable to set
 */

/**
 * @param {PrepareOptions} [options]
 * @returns {{ file: string, variables: Record<string, string> }} the file written and all variables in it
 */
export function prepareStack(options = {}) {
  const folder = options.folder ?? here;
  const file = join(folder, '.env');
  const example = readFileSync(join(folder, '.env.example'), 'utf8');
  const previous = existsSync(file) ? readVariables(readFileSync(file, 'utf8')) : {};
  const imagesEnv = options.imagesEnv ?? defaultImagesEnv;
  const images = existsSync(imagesEnv) ? readVariables(readFileSync(imagesEnv, 'utf8')) : {};

  const variables = {
    ...readVariables(example),
    // Hexadecimal: goes through .env, URLs and shells without quoting.
    POSTGRES_PASSWORD: randomBytes(24).toString('hex'),
    ...previous,
    ...images,
    ...options.variables,
    ...given('COMPOSE_PROJECT_NAME', options.project),
    ...given('DB_PORT', options.dbPort),
    ...given('HTTP_PORT', options.httpPort),
    ...given('POSTGRES_PASSWORD', options.password),
  };

  // Written whole beside it and moved into place: a reader never sees half a file or a readable password.
  const unfinished = `${file}.${process.pid}.tmp`;
  writeFileSync(unfinished, render(example, variables), { mode: 0o600 });
  renameSync(unfinished, file);
  return { file, variables };
}

/** @returns {Record<string, string>} */
function given(name, value) {
  return value === undefined ? {} : { [name]: String(value) };
}

/** @returns {Record<string, string>} */
function readVariables(text) {
  const variables = {};
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trim());
    if (match) variables[match[1]] = match[2];
  }
  return variables;
}

/** The example's lines and comments with our values, then the variables that it does not name. */
function render(example, variables) {
  const named = readVariables(example);
  const lines = example
    .trimEnd()
    .split('\n')
    .map((line) => {
      const name = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(line.trim())?.[1];
      return name === undefined ? line : `${name}=${variables[name]}`;
    })
    .filter((line) => line !== '# Example only.' && !line.startsWith('# Copied to .env'));
  const others = Object.keys(variables).filter((name) => !(name in named));
  return `${['# Written by prepare.mjs; not for git.', ...lines, '', ...others.map((name) => `${name}=${variables[name]}`)].join('\n')}\n`;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' },
      project: { type: 'string' },
      'db-port': { type: 'string' },
      'http-port': { type: 'string' },
      'images-env': { type: 'string' },
    },
  });
  const { file, variables } = prepareStack({
    folder: values.folder,
    project: values.project,
    dbPort: values['db-port'],
    httpPort: values['http-port'],
    imagesEnv: values['images-env'],
  });
  console.log(
    `${file}: project ${variables.COMPOSE_PROJECT_NAME}, database on 127.0.0.1:${variables.DB_PORT}, http://127.0.0.1:${variables.HTTP_PORT}`,
  );
}
