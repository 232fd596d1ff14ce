import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'dotenv';
import type { SecretReference } from '../../plan/secret-reference.ts';
import type { SeenContainer } from './stacks.ts';

/** How the plan names the password; null where the server asks for none. Its value goes nowhere. */
export type PasswordReference = SecretReference | null;

/** @returns where the server's container has its password from: a file of the host, a variable of the stack's `.env`, or its own. */
export async function findPassword(container: SeenContainer, stackFolder: string): Promise<PasswordReference> {
  const { POSTGRES_PASSWORD: value, POSTGRES_PASSWORD_FILE: inside, POSTGRES_HOST_AUTH_METHOD: method } = container.environment;
  if (inside !== undefined) {
    const mount = container.mounts.find((each) => each.inside === inside);
    return { file: mount?.outside ?? inside };
  }
  if (value === undefined) return method === 'trust' ? null : { env: 'POSTGRES_PASSWORD' };
  const text = await readFile(path.join(stackFolder, '.env'), 'utf8').catch(() => '');
  const variables = parse(text);
  if (variables.POSTGRES_PASSWORD === value) return { env: 'POSTGRES_PASSWORD' };
  const name = Object.keys(variables).find((each) => variables[each] === value);
  return { env: name ?? 'POSTGRES_PASSWORD' };
}
