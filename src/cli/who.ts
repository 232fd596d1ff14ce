import { userInfo } from 'node:os';

/** @returns who is before the terminal: what was given, else `$USER`, else the name of the user of the process. */
export function whoAsks(given?: string): string {
  const name = given ?? process.env.SUDO_USER ?? process.env.USER;
  if (name) return name;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
